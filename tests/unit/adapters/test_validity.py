"""What makes a run doubtful: no samples, processes that never finished, reports that got lost, saturation."""

from collections.abc import Callable, Sequence

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
    cpu_ratios: Sequence[float] = (0.1,),
    wanted_ratios: Sequence[float] = (),
    lags_s: Sequence[float] = (0.001,),
    final: bool = False,
) -> Delta:
    store = MetricStore(METRICS, started_at_s=START_S)
    tags = (("process", process),)
    store.counter("http_reqs").add(requests) if requests else None
    health = {
        "generator_cpu_ratio": cpu_ratios,
        "generator_cpu_wanted_ratio": wanted_ratios,
        "generator_loop_lag": lags_s,
    }
    for metric, values in health.items():
        for value in values:
            store.trend(metric, tags).add(value)
    return Delta("run", process, sequence, tuple(store.drain(at_s=START_S, everything=True)), final=final)


def found(
    *deltas: Delta,
    expected: tuple[str, ...] = ("worker-0",),
    left_early: tuple[str, ...] = (),
    folded: int = 0,
    unreadable: int = 0,
    elapsed_s: float = 10.0,
) -> list[tuple[str, str]]:
    aggregate = Aggregate("run", METRICS, started_at_s=START_S)
    for part in deltas:
        aggregate.merge(part)
    aggregate.ledger.unreadable = unreadable
    judged = problems(
        aggregate.snapshot(START_S + elapsed_s),
        aggregate.ledger,
        expected=expected,
        left_early=left_early,
        folded=folded,
        max_cpu_ratio=0.9,
        max_loop_lag_s=0.25,
    )
    assert all(problem.invalidates for problem in judged)
    return [(problem.kind, problem.detail) for problem in judged]


def test_complete_and_idle_generator_has_no_problem() -> None:
    assert found(delta("worker-0", 1), delta("worker-0", 2, final=True)) == []


CASES: list[tuple[str, Callable[[], list[tuple[str, str]]], list[str], str]] = [
    (
        "nothing",
        lambda: found(elapsed_s=1.0),
        ["no_samples", "lost_worker"],
        "no request was recorded",
    ),
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
        ["lost_worker", "unmeasured"],
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
        "reports that could not be read",
        lambda: found(delta("worker-0", 1, final=True), unreadable=3),
        ["lost_delta"],
        "3 reports could not be read",
    ),
    (
        "a process that left",
        lambda: found(delta("worker-0", 1, final=True), left_early=("worker-0",)),
        ["left_early"],
        "worker-0 left before the end",
    ),
    (
        "tag sets without room",
        lambda: found(delta("worker-0", 1, final=True), folded=7),
        ["folded"],
        "folded 7 times",
    ),
    (
        "a process whose health nobody measured",
        lambda: found(delta("worker-0", 1, lags_s=(), final=True)),
        ["unmeasured"],
        "nothing is known of the health of worker-0",
    ),
    (
        "CPU",
        lambda: found(delta("worker-0", 1, cpu_ratios=(0.95,), final=True)),
        ["saturated"],
        "worker-0 used 95% of a core or more for 20% of the run (limit 90%)",
    ),
    (
        "CPU in a quarter of the run, under a low mean",
        lambda: found(delta("worker-0", 1, cpu_ratios=(*[0.05] * 15, *[1.0] * 5), final=True)),
        ["saturated"],
        "% of a core or more for 20% of the run",
    ),
    (
        "CPU that others had",
        lambda: found(delta("worker-0", 1, cpu_ratios=(0.35,), wanted_ratios=(0.95,), final=True)),
        ["saturated"],
        "worker-0 got 35% and wanted 95% of a core or more for 20% of the run (limit 90%)",
    ),
    (
        "lag",
        lambda: found(delta("worker-0", 1, lags_s=(0.5,), final=True)),
        ["saturated"],
        "late by 500ms at p(95) (limit 250ms)",
    ),
]
FINE: list[tuple[str, Callable[[], list[tuple[str, str]]]]] = [
    (
        "CPU in a tenth of the run",
        lambda: found(delta("worker-0", 1, cpu_ratios=(*[0.05] * 18, 1.0, 1.0), final=True)),
    ),
    (
        "CPU that others had in a tenth of the run",
        lambda: found(delta("worker-0", 1, wanted_ratios=(*[0.4] * 18, 1.0, 1.0), final=True)),
    ),
    (
        "one late timer in forty",
        lambda: found(delta("worker-0", 1, lags_s=(*[0.001] * 39, 2.0), final=True)),
    ),
    (
        "health of a run too short to measure",
        lambda: found(delta("worker-0", 1, cpu_ratios=(), lags_s=(), final=True), elapsed_s=4.9),
    ),
]


@pytest.mark.parametrize("judge", [pytest.param(judge, id=name) for name, judge in FINE])
def test_what_a_run_can_bear_is_no_problem(judge: Callable[[], list[tuple[str, str]]]) -> None:
    assert judge() == []


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
    aggregate.merge(delta("worker-0", 1, cpu_ratios=(0.5,), lags_s=(0.25,), final=True))
    aggregate.merge(delta("worker-1", 1, cpu_ratios=(0.0625,), lags_s=(0.0,)))
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
