"""Whether a run is evidence: samples there, workers complete, generator not saturated. Pure judgements."""

from collections.abc import Collection, Iterator, Mapping

from loadlib.core.aggregate import Ledger
from loadlib.core.result import Problem, ProcessHealth
from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import AnyValue, sample_count


def process_health(snapshot: Snapshot, ledger: Ledger) -> tuple[ProcessHealth, ...]:
    """Return the health of every process that recorded anything."""
    cpu = snapshot.group("generator_cpu_ratio", "process")
    lag = snapshot.group("generator_loop_lag", "process")
    return tuple(
        ProcessHealth(
            process=name,
            cpu_mean_ratio=_sketch(cpu, name).mean,
            cpu_max_ratio=max(_sketch(cpu, name).maximum, 0.0),
            loop_lag_p99_s=_sketch(lag, name).quantile(0.99),
            loop_lag_max_s=max(_sketch(lag, name).maximum, 0.0),
            final=state.final,
            lost_deltas=state.lost,
        )
        for name, state in sorted(ledger.processes.items())
    )


def problems(
    snapshot: Snapshot,
    ledger: Ledger,
    *,
    expected: Collection[str],
    max_cpu_ratio: float,
    max_loop_lag_s: float,
) -> tuple[Problem, ...]:
    """Return everything that makes the run doubtful. ``expected`` names the processes that ran users."""
    health = process_health(snapshot, ledger)
    return (
        *_without_samples(snapshot),
        *_incomplete(ledger, expected),
        *_unreadable(ledger),
        *_saturated(health, max_cpu_ratio, max_loop_lag_s),
    )


def _without_samples(snapshot: Snapshot) -> Iterator[Problem]:
    requests = snapshot.select("http_reqs")
    if requests is None or sample_count(requests) == 0:
        yield Problem("no_samples", "no request was recorded", invalidates=True)


def _incomplete(ledger: Ledger, expected: Collection[str]) -> Iterator[Problem]:
    for name in sorted({*expected, *ledger.processes}):
        state = ledger.processes.get(name)
        if state is None or not state.final:
            yield Problem("lost_worker", f"{name} was lost: its last numbers never came", invalidates=True)
        if state is not None and state.lost:
            yield Problem("lost_delta", f"{state.lost} reports of {name} never came", invalidates=True)


def _unreadable(ledger: Ledger) -> Iterator[Problem]:
    if ledger.unreadable:
        yield Problem("lost_delta", f"{ledger.unreadable} reports could not be read", invalidates=True)


def _saturated(
    health: tuple[ProcessHealth, ...], max_cpu_ratio: float, max_loop_lag_s: float
) -> Iterator[Problem]:
    for process in health:
        if process.cpu_mean_ratio > max_cpu_ratio:
            detail = (
                f"{process.process} used {process.cpu_mean_ratio:.0%} of a core (limit {max_cpu_ratio:.0%}): "
                "latencies contain the generator's own queueing"
            )
            yield Problem("saturated", detail, invalidates=True)
        if process.loop_lag_p99_s > max_loop_lag_s:
            detail = (
                f"timers of {process.process} were late by {process.loop_lag_p99_s * 1000:.0f}ms at p(99) "
                f"(limit {max_loop_lag_s * 1000:.0f}ms): latencies contain the generator's own queueing"
            )
            yield Problem("saturated", detail, invalidates=True)


def _sketch(groups: Mapping[str, AnyValue], name: str) -> Sketch:
    value = groups.get(name)
    return value if isinstance(value, Sketch) else Sketch()
