"""Reading a stream as a user: bytes into events, events to the protocol's verifier, times into metrics.

A stream is good when its verifier says that it completed. Latencies are recorded of completed streams only;
a failed one is a failure of exactly one kind. One that our own stop cut off is neither, nor is one that was
throttled (429): the user then waits as the server asks.
"""

from collections.abc import Callable, Mapping
from typing import Final

from loadlib.client.errors import TransportError
from loadlib.client.stream import StreamResponse
from loadlib.core.endpoint import endpoint_name
from loadlib.protocols.failures import Failure
from loadlib.protocols.sse import SseFramingError, SseParser
from loadlib.protocols.stream import CRLF_FRAMING, StreamEnd, StreamVerdict, StreamVerifier
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import THROTTLED, wait_as_asked
from loadlib.users.stream_times import StreamTimes

EVENT_STREAM: Final = "text/event-stream"
_ENDS: Final = {
    "timeout": StreamEnd.TIMEOUT,
    "idle_timeout": StreamEnd.IDLE_TIMEOUT,
    "truncated": StreamEnd.CUT,
    "reset": StreamEnd.CUT,
}
_STATUS_KINDS: Final = {401: "auth", 403: "auth", 429: THROTTLED}


class StreamCall:
    """One kind of stream a user opens: where, under which name, of which protocol."""

    def __init__(
        self,
        user: PlatformUser,
        *,
        protocol: str,
        path: str,
        name: str,
        headers: Mapping[str, str],
        agent: str = "",
    ) -> None:
        self._user = user
        self._path = path
        self._name = name
        self._headers = headers
        endpoint = endpoint_name("POST", name)
        self._tags = {"protocol": protocol, "endpoint": endpoint, "agent": agent}
        self._http_tags = {key: value for key, value in (("protocol", protocol), ("agent", agent)) if value}

    def run(
        self, body: bytes, verifier: StreamVerifier, judge_json: Callable[[str], Failure] | None = None
    ) -> StreamVerdict:
        """Open the stream, read it to its end, record it, and return the verdict.

        ``judge_json`` names what a single JSON answer means in the protocol, where one may come instead.
        """
        user = self._user
        user.measure("streams", 1, **self._tags)
        response = user.http("agentos").stream(
            "POST", self._path, name=self._name, headers=self._headers, data=body, tags=self._http_tags
        )
        with response:
            times = StreamTimes(response.attempt.ready_s, user.settings.stall_s)
            verdict = _refused(response) or _read(response, verifier, times, judge_json)
            failure = verdict.failure
            response.finish(failure.kind if failure else "", failure.detail if failure else "")
        throttled = response.status_code == 429
        user.measure("http_req_throttled", throttled, **self._tags)
        if throttled:
            wait_as_asked(user, response.headers)
        else:
            self._record(response, verdict, times)
        return verdict

    def _record(self, response: StreamResponse, verdict: StreamVerdict, times: StreamTimes) -> None:
        measure, tags = self._user.measure, self._tags
        measure("stream_events", times.events, **tags)
        measure("stream_stalls", len(times.stalls_s), **tags)
        for finding, count in verdict.soft.items():
            measure("stream_findings", count, kind=finding, **tags)
        if verdict.outcome in ("completed", "failed"):
            measure("stream_failed", verdict.outcome == "failed", **tags)
        if verdict.failure is None:
            measure("stream_failures", 0, **tags)
        else:
            measure("stream_failures", 1, kind=verdict.failure.kind, **tags)
        if verdict.outcome == "completed":
            self._record_times(response, verdict, times)

    def _record_times(self, response: StreamResponse, verdict: StreamVerdict, times: StreamTimes) -> None:
        measure, tags = self._user.measure, self._tags
        taken = {
            "stream_ttfb": response.attempt.first_byte_s - response.attempt.ready_s,
            "stream_ttfe": times.ttfe_s,
            "stream_ttft": times.ttft_s,
            "stream_duration": times.duration_s,
            "stream_stall_time": sum(times.stalls_s),
        }
        for metric, value in taken.items():
            if value is not None:
                measure(metric, value, **tags)
        for gap_s in times.gaps_s:
            measure("stream_chunk_gap", gap_s, **tags)
        if verdict.output_tokens is not None:
            measure("stream_tokens", verdict.output_tokens, **tags)


def _refused(response: StreamResponse) -> StreamVerdict | None:
    """Return the verdict of an answer that is no stream at all, ``None`` when it is one."""
    if not response.status_code:
        return _failed(_transport(response.error_kind, response.error))
    if response.status_code != 200:
        kind = _STATUS_KINDS.get(response.status_code, "http_status")
        return _failed(Failure(kind, f"HTTP {response.status_code}: {_excerpt(response)}"))
    return None


def _read(
    response: StreamResponse,
    verifier: StreamVerifier,
    times: StreamTimes,
    judge_json: Callable[[str], Failure] | None,
) -> StreamVerdict:
    if response.content_type != EVENT_STREAM:
        return _not_streamed(response, judge_json)
    parser = SseParser()
    end, leftover = StreamEnd.CLOSED, None
    try:
        for at_s, chunk in response:
            for event in parser.feed(chunk):
                times.on_event(at_s, verifier.on_event(event))
    except TransportError as error:
        end = _ENDS.get(error.kind, StreamEnd.CUT)
        leftover = None if error.kind in _ENDS else _transport(error.kind, error.message)
    except SseFramingError as error:
        leftover = error.failure
    verdict = verifier.finish(end, leftover or parser.close())
    return verdict.with_soft(CRLF_FRAMING) if parser.crlf_seen else verdict


def _not_streamed(response: StreamResponse, judge_json: Callable[[str], Failure] | None) -> StreamVerdict:
    body = _excerpt(response)
    if judge_json is not None and response.content_type == "application/json":
        return _failed(judge_json(body))
    return _failed(Failure("content_type", f"{response.content_type or 'no media type'}: {body}"))


def _excerpt(response: StreamResponse) -> str:
    try:
        return response.read_all().decode("utf-8", "replace")
    except TransportError as error:
        return f"({error})"


def _transport(kind: str, error: str) -> Failure:
    return Failure(f"transport:{kind}", error)


def _failed(failure: Failure) -> StreamVerdict:
    return StreamVerdict("failed", failure)
