"""A run result with something in every part, made from recorded samples."""

from collections.abc import Sequence

from loadlib.core.aggregate import Aggregate
from loadlib.core.failures import FailureGroup
from loadlib.core.result import Problem, ProcessHealth, RunInfo, RunResult
from loadlib.core.result_series import SeriesRecord, WindowRecord
from loadlib.core.routes import Feed, Unavailable
from loadlib.core.store import Tags
from loadlib.core.verdict import Severity, Status, Verdict
from tests.unit.core.samples import START_S, Sample, deltas, merged, samples

RUN = RunInfo(
    id="run-1",
    scenario="mixed",
    scenarios=("a2a", "dashboard"),
    profile="smoke",
    environment="local",
    started_at="2023-11-14T22:13:20Z",
    started_at_s=START_S,
    duration_s=10.0,
    peak_users=10,
    mode="local",
    workers=1,
    targets={"agentos": "http://127.0.0.1:8000"},
    settings={"users": "10"},
    versions={"loadlib": "0.1.0"},
)
VERDICT = Verdict(
    metric="http_req_duration",
    selector="http_req_duration{endpoint:GET /e0}",
    expression="p(95)<500",
    section="endpoint GET /e0",
    status=Status.FAIL,
    severity=Severity.FAIL,
    aggregation="p(95)",
    contains="time",
    value=3.75,
    bound=0.5,
    samples=13,
    headroom_ratio=-6.5,
    reason="p(95) is 3.75s, which is not < 500ms",
    source="thresholds.yaml:3:7",
)

RUN_FEED = Feed("a2a_duration", {"operation": "run"})


def records(series: dict[tuple[str, Tags], object]) -> tuple[SeriesRecord, ...]:
    """Return series as records, in order."""
    return tuple(SeriesRecord.of(name, tags, value) for (name, tags), value in sorted(series.items()))  # type: ignore[arg-type]


def run_result(recorded: Sequence[Sample] | None = None) -> RunResult:
    """Return the result of samples recorded by two processes."""
    recorded = samples(40) if recorded is None else recorded
    aggregate: Aggregate = merged([*deltas(recorded[::2], "w1"), *deltas(recorded[1::2], "w2")])
    snapshot = aggregate.snapshot(START_S + 10)
    flat = {(name, tags): value for name, by in snapshot.series.items() for tags, value in by.items()}
    return RunResult(
        run=RUN,
        ended="completed",
        end_reason="",
        metrics=tuple(aggregate.metrics[name] for name in sorted(snapshot.series)),
        series=records(flat),
        window_s=aggregate.history.width_s,
        windows=tuple(
            WindowRecord(start, records({(name, tags): value for (tags, name), value in window.items()}))
            for start, window in aggregate.history.windows()
        ),
        failures=(FailureGroup("GET /e0", "http", "status 500", "status 500", 4, START_S, START_S + 9),),
        problems=(Problem("saturated", "w1 used 97% of a core", False),),
        processes=(ProcessHealth("w1", 0.4, 0.97, 0.002, 0.01, True, 0),),
        unavailable=(
            Unavailable("GET /e9", "a2a", "404 on the probe", (Feed("a2a_duration", {"operation": "run"}),)),
        ),
        available_feeds=(Feed("a2a_errors", {}),),
        folded_tagsets=0,
        verdicts=(VERDICT,),
        exit_code=99,
    )
