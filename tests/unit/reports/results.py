"""Finished runs for the tests of the reports: recorded through a real store from seeded samples."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from loadlib.core.aggregate import Aggregate
from loadlib.core.delta import Delta
from loadlib.core.failures import FailureLog
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.result import Problem, ProcessHealth, RunInfo, RunResult
from loadlib.core.result_series import SeriesRecord
from loadlib.core.routes import Feed, Unavailable
from loadlib.core.snapshot import Snapshot
from loadlib.core.store import MetricStore, make_tags
from loadlib.core.verdict import Severity, Status, Verdict

START_S = 1_790_000_000.0
DURATION_S = 60.0
RUN = RunInfo(
    id="7f1c2a",
    scenario="a2a",
    scenarios=("a2a",),
    profile="smoke",
    environment="local",
    started_at="2026-09-21T14:13:20Z",
    started_at_s=START_S,
    duration_s=DURATION_S,
    peak_users=10,
    mode="local",
    workers=0,
    targets={"agentos": "http://127.0.0.1:8000"},
    settings={"users": "10"},
    versions={"loadlib": "0.1.0"},
)
HEALTHY = ProcessHealth("local", 0.31, 0.48, 0.0021, 0.0094, True, 0)


def verdict(
    selector: str = "http_req_duration",
    expression: str = "p(95)<500",
    *,
    status: Status = Status.PASS,
    severity: Severity = Severity.FAIL,
    contains: str = "time",
    value: float | None = 0.231,
    bound: float = 0.5,
    **rest: object,
) -> Verdict:
    """Return a verdict; the aggregation is the expression's."""
    made = Verdict(
        metric=selector.partition("{")[0],
        selector=selector,
        expression=expression,
        section="",
        status=status,
        severity=severity,
        aggregation=expression.partition("<")[0].partition(">")[0],
        contains=contains,
        value=value,
        bound=bound,
        samples=1234,
        headroom_ratio=0.54 if status is Status.PASS else None,
        reason="",
        source="thresholds.yaml:12:9",
    )
    return replace(made, **rest)  # type: ignore[arg-type] # fields by name


PASSING = verdict(section="endpoint POST /a2a/{id}/rpc")
FAILING = verdict(
    "http_req_failed",
    "rate<0.01",
    status=Status.FAIL,
    contains="ratio",
    value=0.0312,
    bound=0.01,
    reason="rate=3.12% is not <1%",
    source="thresholds.yaml:8:7",
)
WITHOUT_DATA = verdict(
    "stream_ttft{agent:navy}",
    "p(95)<2s",
    status=Status.NO_DATA,
    value=None,
    bound=2.0,
    samples=0,
    reason="tag agent: 'navy' matched nothing; recorded: navi, pulse; did you mean navi?",
    source="thresholds.yaml:31:11",
)
WARNING = verdict(
    "http_req_duration",
    "p(99)<1s",
    status=Status.FAIL,
    severity=Severity.WARN,
    value=1.25,
    bound=1.0,
    samples=87,
    reason="p(99)=1.25s is not <1s",
    section="endpoint GET /health",
    source="thresholds.yaml:19:9",
)
SKIPPED = verdict(
    "ccr_routing_duration",
    "p(95)<100",
    status=Status.SKIPPED,
    value=None,
    bound=0.1,
    samples=0,
    reason="unavailable: POST /v1/chat/completions answered 404",
)


@dataclass
class Recording:
    """Records samples of a run second by second and makes its result."""

    seed: int = 1
    scenario: str = "a2a"
    store: MetricStore = field(
        default_factory=lambda: MetricStore(MetricRegistry(BUILTIN), started_at_s=START_S)
    )
    failures: FailureLog = field(default_factory=FailureLog)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def requests(
        self, endpoint: str, count: int, median_s: float, *, failed: dict[str, tuple[int, str]] | None = None
    ) -> None:
        """Record requests around a median, and failed ones: ``{kind: (count, message)}``."""
        kinds = [kind for kind, (times, _) in (failed or {}).items() for _ in range(times)]
        for kind in [*kinds, *[""] * (count - len(kinds))]:
            tags = make_tags(
                {
                    "scenario": self.scenario,
                    "endpoint": endpoint,
                    "expected_response": "false" if kind else "true",
                    "error_kind": kind,
                }
            )
            self.store.counter("http_reqs", tags).add(1)
            self.store.rate("http_req_failed", tags).add(bool(kind))
            self.store.trend("http_req_duration", tags).add(self.rng.lognormvariate(0.0, 0.4) * median_s)
            self.store.counter("data_sent", tags).add(412)
            self.store.counter("data_received", tags).add(1830)
            if kind and failed:
                self.failures.add(endpoint, kind, failed[kind][1], START_S)

    def streams(
        self, endpoint: str, count: int, *, failed: dict[str, int] | None = None, stalls: int = 0
    ) -> None:
        """Record streams of ten gaps each; failed ones have a kind and no times."""
        tags = make_tags({"scenario": self.scenario, "endpoint": endpoint})
        kinds = [kind for kind, times in (failed or {}).items() for _ in range(times)]
        self.store.counter("streams", tags).add(count)
        self.store.counter("stream_stalls", tags).add(stalls)
        for kind in [*kinds, *[""] * (count - len(kinds))]:
            self.store.rate("stream_failed", tags).add(bool(kind))
            if kind:
                self.store.counter("stream_failures", make_tags({**dict(tags), "kind": kind})).add(1)
                self.failures.add(endpoint, kind, f"{kind} after 3 events", START_S)
                continue
            first_byte_s = self.rng.uniform(0.02, 0.05)
            self.store.trend("stream_ttfb", tags).add(first_byte_s)
            self.store.trend("stream_ttft", tags).add(first_byte_s + self.rng.uniform(0.2, 0.6))
            for _ in range(10):
                self.store.trend("stream_chunk_gap", tags).add(self.rng.expovariate(20.0))

    def checks(self, check: str, held: int, of: int) -> None:
        """Record a check."""
        rate = self.store.rate("checks", make_tags({"scenario": self.scenario, "check": check}))
        for number in range(of):
            rate.add(number < held)

    def iterations(self, count: int, *, errors: int = 0, dropped: int = 0) -> None:
        """Record iterations of about a second."""
        tags = make_tags({"scenario": self.scenario})
        self.store.counter("iterations", tags).add(count)
        for _ in range(count):
            self.store.trend("iteration_duration", tags).add(self.rng.uniform(0.8, 1.4))
        if errors:
            self.store.counter("iteration_errors", tags).add(errors)
        if dropped:
            self.store.counter("dropped_iterations", tags).add(dropped)

    def aggregate(self) -> Aggregate:
        """Return everything recorded, merged."""
        aggregate = Aggregate("run", self.store.metrics, started_at_s=START_S)
        windows = tuple(self.store.drain(at_s=START_S, everything=True))
        aggregate.merge(Delta("run", "local", 1, windows, self.failures.groups(), final=True))
        return aggregate

    def snapshot(self, elapsed_s: float = DURATION_S) -> Snapshot:
        """Return a snapshot of everything recorded."""
        return self.aggregate().snapshot(START_S + elapsed_s)

    def result(self, **changes: object) -> RunResult:
        """Return the result: complete and healthy but for ``changes``."""
        aggregate = self.aggregate()
        snapshot = aggregate.snapshot(START_S + DURATION_S)
        series = tuple(
            SeriesRecord.of(name, tags, value)
            for name, by_tags in sorted(snapshot.series.items())
            for tags, value in sorted(by_tags.items())
        )
        result = RunResult(
            run=RUN,
            ended="completed",
            end_reason="",
            metrics=tuple(aggregate.metrics.values()),
            series=series,
            window_s=1.0,
            windows=(),
            failures=snapshot.failures,
            problems=(),
            processes=(HEALTHY,),
            unavailable=(),
            available_feeds=(),
            folded_tagsets=0,
            verdicts=(PASSING,),
            exit_code=0,
        )
        return replace(result, **changes)  # type: ignore[arg-type] # fields by name


def a2a_recording() -> Recording:
    """Return an ordinary run of one scenario, with a few failures."""
    recording = Recording()
    recording.requests("GET /.well-known/agent-card.json", 240, 0.012)
    recording.requests("GET /health", 118, 0.0008)
    recording.requests(
        "POST /a2a/{id}/rpc",
        2310,
        0.180,
        failed={
            "rate_limited": (41, "HTTP 429: 20 per 1 minute"),
            "jsonrpc_error": (3, "code -32601: Method not found"),
        },
    )
    recording.checks("answer has content", 2266, 2310)
    recording.checks("card names its skills", 240, 240)
    recording.iterations(590, errors=2, dropped=7)
    return recording


def passing() -> RunResult:
    """Return a run where every threshold holds."""
    recording = Recording()
    recording.requests("GET /health", 600, 0.004)
    recording.requests("POST /a2a/{id}/rpc", 1200, 0.18)
    recording.checks("answer has content", 1200, 1200)
    recording.iterations(600)
    verdicts = (
        verdict("http_req_failed", "rate<0.01", contains="ratio", value=0.0, bound=0.01, headroom_ratio=1.0),
        verdict("checks", "rate>0.99", contains="ratio", value=1.0, bound=0.99, headroom_ratio=0.0101),
        PASSING,
        verdict(
            expression="p(99)<1s", value=0.4127, bound=1.0, headroom_ratio=0.587, section=PASSING.section
        ),
    )
    return recording.result(verdicts=verdicts)


def failing() -> RunResult:
    """Return a run with every kind of verdict and a missing route."""
    return a2a_recording().result(
        verdicts=(PASSING, SKIPPED, WARNING, WITHOUT_DATA, FAILING),
        unavailable=(Unavailable("POST /v1/chat/completions", "a2a", "HTTP 404", ()),),
        exit_code=99,
    )


def without_data() -> RunResult:
    """Return a run in which nothing was recorded."""
    problem = Problem("no_samples", "no request was recorded", True)
    idle = replace(RUN, peak_users=0)
    return Recording().result(
        run=idle, verdicts=(WITHOUT_DATA,), problems=(problem,), processes=(), exit_code=111
    )


def invalid() -> RunResult:
    """Return a distributed run with a lost worker and a saturated one."""
    return a2a_recording().result(
        run=replace(RUN, mode="distributed", workers=3),
        problems=(
            Problem("lost_worker", "w3 was lost: its last numbers never came", True),
            Problem(
                "saturated",
                "w2 used 97% of a core (limit 85%): latencies contain the generator's own queueing",
                True,
            ),
            Problem("unreachable", "1 of 240 probes of http://127.0.0.1:8000 found nobody listening", False),
        ),
        processes=(
            ProcessHealth("w1", 0.41, 0.55, 0.0034, 0.0181, True, 0),
            ProcessHealth("w2", 0.97, 1.0, 0.0821, 0.412, True, 0),
            ProcessHealth("w3", 0.40, 0.52, 0.0029, 0.0112, False, 2),
        ),
        folded_tagsets=1380,
        exit_code=111,
    )


def interrupted() -> RunResult:
    """Return a run that was ended from outside after a third of its time."""
    return a2a_recording().result(
        run=replace(RUN, duration_s=20.0),
        ended="interrupted",
        end_reason="SIGINT",
        verdicts=(PASSING, FAILING),
        exit_code=105,
    )


def mixed() -> RunResult:
    """Return a run of three scenarios, one of which sent nothing, with streams."""
    recording = a2a_recording()
    recording.scenario = "streaming"
    recording.requests("POST /agui", 200, 0.03, failed={"incomplete": (4, "closed without RUN_FINISHED")})
    recording.streams("POST /agui", 200, failed={"incomplete": 3, "provider_error": 1}, stalls=5)
    recording.requests("POST /agents/validation/runs", 60, 0.9)
    recording.streams("POST /agents/validation/runs", 60)
    recording.iterations(200)
    run = replace(RUN, scenario="mixed", scenarios=("a2a", "streaming", "ccr"))
    return recording.result(run=run, verdicts=(PASSING, WARNING))


HOSTILE = (
    "\x1b[2J\x1b[31mred",
    "line\nbreak\r\nand\ttab",
    "right\u202eto\u202dleft\u2066",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u0645\u0631\u062d\u0628\u0627 42",
    "zero\u200bwidth\ufeff",
    "\ud800 half a pair",
    "\u4f60\u597d\u4e16\u754c" * 11,
    "e\u0301" * 50,
    "\u2028separators\u2029\x85",
    "\x00\x07\x9b31m",
    "x" * 120,
)


def hostile() -> RunResult:
    """Return a run whose every name and message tries to break out of its place."""
    recording = Recording()
    verdicts: list[Verdict] = []
    problems: Sequence[Problem] = [
        Problem(text, text, position % 2 == 0) for position, text in enumerate(HOSTILE)
    ]
    for text in HOSTILE:
        recording.scenario = text
        recording.requests(f"GET /{text}", 3, 0.1, failed={text: (1, text)})
        recording.streams(f"GET /{text}", 2, failed={text: 1})
        recording.checks(text, 1, 2)
        recording.iterations(1)
        named = {"selector": f"http_reqs{{{text}}}", "section": text, "source": text, "reason": text}
        for status in (Status.FAIL, Status.PASS):
            verdicts.append(replace(verdict(), status=status, **named))  # type: ignore[arg-type]
    run = replace(
        RUN,
        id=HOSTILE[0],
        scenario=HOSTILE[1],
        scenarios=HOSTILE,
        profile=HOSTILE[2],
        targets={HOSTILE[3]: HOSTILE[4]},
    )
    return recording.result(
        run=run,
        ended=HOSTILE[2],
        end_reason=HOSTILE[0],
        verdicts=tuple(verdicts),
        problems=tuple(problems),
        processes=tuple(replace(HEALTHY, process=text) for text in HOSTILE),
        unavailable=tuple(Unavailable(text, text, text, (Feed(text, {text: text}),)) for text in HOSTILE),
        exit_code=99,
    )
