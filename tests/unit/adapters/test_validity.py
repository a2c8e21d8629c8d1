"""What makes a run doubtful: no samples, processes that never finished, reports that got lost, saturation."""

from collections.abc import Callable

import pytest

from loadlib.adapters.validity import problems, process_health
from loadlib.core.aggregate import Aggregate
from loadlib.core.delta import Delta
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.store import MetricStore

START_S = 1_700_000_000.0
METRICS = MetricRegistry(BUILTIN)


def delta(
    process: str,
    sequence: int,
    *,
    requests: int = 1,
    cpu_ratio: float = 0.1,
    lag_s: float = 0.001,
    final: bool = False,
) -> Delta:
    store = MetricStore(METRICS, started_at_s=START_S)
    tags = (("process", process),)
    store.counter("http_reqs").add(requests) if requests else None
    store.trend("generator_cpu_ratio", tags).add(cpu_ratio)
    store.trend("generator_loop_lag", tags).add(lag_s)
    return Delta("run", process, sequence, tuple(store.drain(at_s=START_S, everything=True)), final=final)


def found(*deltas: Delta, expected: tuple[str, ...] = ("worker-0",)) -> list[tuple[str, str]]:
    aggregate = Aggregate("run", METRICS, started_at_s=START_S)
    for part in deltas:
        aggregate.merge(part)
    snapshot = aggregate.snapshot(START_S + 1)
    judged = problems(snapshot, aggregate.ledger, expected=expected, max_cpu_ratio=0.9, max_loop_lag_s=0.25)
    assert all(problem.invalidates for problem in judged)
    return [(problem.kind, problem.detail) for problem in judged]


def test_complete_and_idle_generator_has_no_problem() -> None:
    assert found(delta("worker-0", 1), delta("worker-0", 2, final=True)) == []


CASES: list[tuple[str, Callable[[], list[tuple[str, str]]], list[str], str]] = [
    ("nothing", found, ["no_samples", "lost_worker"], "no request was recorded"),
    (
        "no requests",
        lambda: found(delta("worker-0", 1, requests=0, final=True)),
        ["no_samples"],
        "no request",
    ),
    ("no final", lambda: found(delta("worker-0", 1)), ["lost_worker"], "worker-0 was lost"),
    (
        "a process that was expected and never reported",
        lambda: found(delta("worker-0", 1, final=True), expected=("worker-0", "worker-1")),
        ["lost_worker"],
        "worker-1 was lost",
    ),
    (
        "a process that nobody expected, without a final",
        lambda: found(delta("worker-0", 1, final=True), delta("worker-7", 1)),
        ["lost_worker"],
        "worker-7 was lost",
    ),
    ("a gap", lambda: found(delta("worker-0", 3, final=True)), ["lost_delta"], "2 reports of worker-0"),
    (
        "CPU",
        lambda: found(delta("worker-0", 1, cpu_ratio=0.95, final=True)),
        ["saturated"],
        "worker-0 used 95% of a core (limit 90%)",
    ),
    (
        "lag",
        lambda: found(delta("worker-0", 1, lag_s=0.5, final=True)),
        ["saturated"],
        "late by 500ms at p(99) (limit 250ms)",
    ),
]


@pytest.mark.parametrize(("judge", "kinds", "words"), [pytest.param(*c[1:], id=c[0]) for c in CASES])
def test_problem_is_named_with_its_process(
    judge: Callable[[], list[tuple[str, str]]], kinds: list[str], words: str
) -> None:
    judged = judge()
    assert [kind for kind, _ in judged] == kinds
    assert words in "; ".join(detail for _, detail in judged)


@pytest.mark.parametrize("late", [delta("worker-0", 1), delta("worker-0", 2)])
def test_repeated_or_late_report_changes_nothing(late: Delta) -> None:
    aggregate = Aggregate("run", METRICS, started_at_s=START_S)
    for part in (delta("worker-0", 1), delta("worker-0", 2, final=True)):
        aggregate.merge(part)
    assert not aggregate.merge(late)
    assert aggregate.snapshot(START_S).select("http_reqs").total == 2  # type: ignore[union-attr]
    assert aggregate.ledger.processes["worker-0"].duplicates == 1


def test_report_of_an_earlier_run_is_refused() -> None:
    aggregate = Aggregate("second run", METRICS, started_at_s=START_S)
    assert not aggregate.merge(delta("worker-0", 9, final=True))
    assert aggregate.ledger.foreign == 1
    assert aggregate.ledger.processes == {}
    assert aggregate.snapshot(START_S).series == {}


def test_health_of_a_process_is_its_own() -> None:
    aggregate = Aggregate("run", METRICS, started_at_s=START_S)
    aggregate.merge(delta("worker-0", 1, cpu_ratio=0.5, lag_s=0.25, final=True))
    aggregate.merge(delta("worker-1", 1, cpu_ratio=0.0625, lag_s=0.0))
    first, second = process_health(aggregate.snapshot(START_S), aggregate.ledger)
    assert (first.process, first.cpu_mean_ratio, first.cpu_max_ratio, first.final) == (
        "worker-0",
        0.5,
        0.5,
        True,
    )
    assert (second.process, second.cpu_max_ratio, second.loop_lag_max_s, second.final) == (
        "worker-1",
        0.0625,
        0.0,
        False,
    )
