"""Metric definitions: names, kinds and contents; k6's names first, then the suite's own.

A definition says what a metric means. This file holds no values.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """The four kinds of k6."""

    COUNTER = "counter"
    GAUGE = "gauge"
    RATE = "rate"
    TREND = "trend"


class Contains(StrEnum):
    """What a metric's numbers are: plain numbers, seconds, bytes or ratios in 0..1."""

    DEFAULT = "default"
    TIME = "time"
    DATA = "data"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class MetricDef:
    """One metric. Times are kept in seconds; a bare number in a threshold on them means milliseconds."""

    name: str
    kind: Kind
    contains: Contains = Contains.DEFAULT
    description: str = ""


NAME_RULE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{1,127}")


class MetricRegistry(Mapping[str, MetricDef]):
    """The metrics a run may record: the built-in ones plus what the scenarios define."""

    def __init__(self, metrics: Iterable[MetricDef] = ()) -> None:
        self._by_name: dict[str, MetricDef] = {}
        for metric in metrics:
            self.define(metric)

    def define(self, metric: MetricDef) -> MetricDef:
        """Add a metric; repeating a definition is fine. Raises ``ValueError`` on a bad name or conflict."""
        if not NAME_RULE.fullmatch(metric.name):
            raise ValueError(
                f"metric name {metric.name!r}: use 2 to 128 letters, digits or _, no digit first"
            )
        known = self._by_name.setdefault(metric.name, metric)
        if (known.kind, known.contains) != (metric.kind, metric.contains):
            raise ValueError(f"metric {metric.name!r} is already a {known.kind} of {known.contains}")
        return known

    def __getitem__(self, name: str) -> MetricDef:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


def _table(kind: Kind, contains: Contains, rows: Mapping[str, str]) -> list[MetricDef]:
    return [MetricDef(name, kind, contains, text) for name, text in rows.items()]


_TIME_TRENDS: Final = {
    "iteration_duration": "one full iteration",
    "http_req_duration": "sending + waiting + receiving; streamed responses are in stream_duration instead",
    "http_req_blocked": "asking for a connection until having it, DNS, connect and TLS included",
    "http_req_connecting": "TCP connect; 0 on a reused connection",
    "http_req_tls_handshaking": "TLS handshake; 0 on a reused connection",
    "http_req_sending": "writing the request",
    "http_req_waiting": "request written until the first byte of the response (TTFB)",
    "http_req_receiving": "first byte until the end of the body; streamed responses excluded",
    "group_duration": "a named group of requests, sequential or parallel",
    "a2a_duration": "one A2A or platform rpc call that was judged good",
    "a2a_discovery_duration": "one discovery request that was judged good",
    "dashboard_page_duration": "the dashboard page with everything it loads",
    "dashboard_widget_duration": "one widget's data request that was judged good",
    "dashboard_poll_duration": "one polling request that was judged good",
    "approval_decision_duration": "one approve or reject request that was judged good",
    "ccr_routing_duration": "one request routed by CCR to the provider that was asked for",
    "ccr_health_duration": "one CCR health request that was judged good",
    "ccr_quota_duration": "one read of the usage and quota page that was judged good",
    "stream_ttfb": "request start until the response head",
    "stream_ttfe": "request start until the first event, comments excluded",
    "stream_ttft": "request start until the first event with content",
    "stream_chunk_gap": "every gap between two consecutive content events",
    "stream_duration": "request start until the terminal event",
    "stream_stall_time": "summed length of the stalls of one stream",
    "ws_connecting": "opening a WebSocket: name, connection, TLS and handshake",
    "ws_session_duration": "a WebSocket, from the start of opening it to its end",
    "ws_ping": "a WebSocket ping of ours until its pong",
    "realtime_connect_duration": "start of opening until the gateway said that we are connected",
    "realtime_delivery_duration": "a state update sent until a second socket received it",
    "realtime_state_duration": "the full state asked for until it came",
    "generator_loop_lag": "how late a short timer of the generator fires",
}
_COUNTERS: Final = {
    "http_reqs": "requests, each redirect hop included",
    "http_reqs_interrupted": "requests that the end of the run cut off; they are in no other metric",
    "iterations": "completed iterations, those that ended with an exception included",
    "dropped_iterations": "iterations that could not start",
    "iteration_errors": "iterations that ended with an exception",
    "stream_stalls": "gaps between content events above the stall limit",
    "stream_events": "events of streams, comments excluded",
    "stream_tokens": "output tokens that streams reported",
    "stream_failures": "failed streams; tag kind says why",
    "stream_findings": "soft protocol findings that fail no stream; tag kind says which",
    "streams": "streams started",
    "streams_incomplete": "streams that our own stop cut off; neither completed nor failed",
    "a2a_neutral": "A2A cancels that came too late; neither good nor bad",
    "a2a_findings": "oddities of A2A cards that fail nothing; tag kind says which",
    "ccr_routing_decisions": "requests routed by CCR, tag provider says where to",
    "ccr_fallbacks": "requests that CCR served by a fallback provider",
    "approval_conflicts": "decisions that somebody else had made already",
    "ccr_tokens": "tokens that CCR reported as used",
    "ws_sessions": "WebSockets opened",
    "ws_msgs_sent": "WebSocket messages sent",
    "ws_msgs_received": "WebSocket messages received",
    "realtime_updates": "state updates that were delivered or lost",
    "realtime_updates_incomplete": "state updates that our own stop cut off; neither delivered nor lost",
    "realtime_disconnects": "connections that broke or that the gateway ended; tag kind says how",
    "realtime_findings": "oddities of deliveries that fail nothing; tag kind says which",
}
_RATES: Final = {
    "http_req_failed": "requests that failed by status, transport or meaning",
    "http_req_throttled": "requests of the platform's clients answered with 429",
    "checks": "checks that held; tag check names them",
    "a2a_errors": "A2A and platform rpc calls judged bad, discovery included",
    "dashboard_errors": "requests of the dashboard flow judged bad",
    "ccr_errors": "CCR requests judged bad",
    "ccr_availability": "CCR health requests that said healthy or degraded",
    "ccr_routed_as_asked": "routed requests served by the provider that the task type asks for",
    "ccr_accounting_ok": "comparisons of CCR's usage page with what was sent that agreed",
    "realtime_failed": "attempts to connect that the gateway did not call connected",
    "realtime_lost": "state updates that a second socket did not receive in time",
    "stream_failed": "streams that did not complete by their protocol's meaning",
}

BUILTIN: Final[tuple[MetricDef, ...]] = (
    *_table(Kind.TREND, Contains.TIME, _TIME_TRENDS),
    *_table(Kind.COUNTER, Contains.DEFAULT, _COUNTERS),
    *_table(Kind.RATE, Contains.RATIO, _RATES),
    MetricDef("vus", Kind.GAUGE, Contains.DEFAULT, "active users"),
    MetricDef("vus_max", Kind.GAUGE, Contains.DEFAULT, "highest number of active users"),
    MetricDef("data_sent", Kind.COUNTER, Contains.DATA, "bytes of requests, heads included"),
    MetricDef("data_received", Kind.COUNTER, Contains.DATA, "bytes of responses on the wire, heads included"),
    MetricDef("generator_cpu_ratio", Kind.TREND, Contains.RATIO, "CPU of one generator process; 1 is a core"),
    MetricDef(
        "generator_cpu_wanted_ratio",
        Kind.TREND,
        Contains.RATIO,
        "CPU of one generator process and what others kept it from using; Linux only",
    ),
)
