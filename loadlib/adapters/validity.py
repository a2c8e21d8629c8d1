"""Whether a run is evidence: samples there, workers complete, generator not saturated. Pure judgements."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from loadlib.core.aggregate import Ledger
from loadlib.core.result import Problem, ProcessHealth
from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import AnyValue, sample_count

BUSY_PART: Final = 0.2
LAG_QUANTILE: Final = 0.95
UNMEASURED_AFTER_S: Final = 5.0


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
    left_early: Collection[str],
    folded: int,
    max_cpu_ratio: float,
    max_loop_lag_s: float,
) -> tuple[Problem, ...]:
    """Return everything that makes the run doubtful.

    ``expected`` names the processes that were to run users, ``left_early`` those that ended before the run,
    ``folded`` is how often a tag set found no room of its own.
    """
    return (
        *_without_samples(snapshot),
        *_incomplete(ledger, expected),
        *_unreadable(ledger),
        *(Problem("left_early", f"{name} left before the end", True) for name in sorted(left_early)),
        *_folded(folded),
        *_unmeasured(snapshot, expected),
        *_saturated(snapshot, max_cpu_ratio, max_loop_lag_s),
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


def _folded(folded: int) -> Iterator[Problem]:
    if folded:
        detail = (
            f"more tag sets than max_series: samples were folded {folded} times, where no rule on their tags "
            "sees them; keep ids out of names, or raise it"
        )
        yield Problem("folded", detail, invalidates=True)


def _unmeasured(snapshot: Snapshot, expected: Collection[str]) -> Iterator[Problem]:
    lag = snapshot.group("generator_loop_lag", "process")
    for name in sorted(expected):
        if snapshot.elapsed_s >= UNMEASURED_AFTER_S and not _sketch(lag, name).count:
            yield Problem("unmeasured", f"nothing is known of the health of {name}", invalidates=True)


def _saturated(snapshot: Snapshot, max_cpu_ratio: float, max_loop_lag_s: float) -> Iterator[Problem]:
    """Judge CPU by the busiest fifth of the run, which a mean would hide, and timers by p(95).

    CPU that was wanted and not had counts like CPU that was used: a process whose core others take is as late
    as one that fills it. One freeze in a short run is no saturation.
    """
    wanting = snapshot.group("generator_cpu_wanted_ratio", "process")
    queueing = "latencies contain the generator's own queueing"
    for name, cpu in sorted(snapshot.group("generator_cpu_ratio", "process").items()):
        busy = cpu.quantile(1 - BUSY_PART) if isinstance(cpu, Sketch) else 0.0
        wanted = _sketch(wanting, name).quantile(1 - BUSY_PART)
        if max(busy, wanted) > max_cpu_ratio:
            used = f"used {busy:.0%}" if busy > max_cpu_ratio else f"got {busy:.0%} and wanted {wanted:.0%}"
            detail = (
                f"{name} {used} of a core or more for {BUSY_PART:.0%} of the run "
                f"(limit {max_cpu_ratio:.0%}): {queueing}"
            )
            yield Problem("saturated", detail, invalidates=True)
    for name, lag in sorted(snapshot.group("generator_loop_lag", "process").items()):
        late_s = lag.quantile(LAG_QUANTILE) if isinstance(lag, Sketch) else 0.0
        if late_s > max_loop_lag_s:
            detail = (
                f"timers of {name} were late by {late_s * 1000:.0f}ms at p(95) "
                f"(limit {max_loop_lag_s * 1000:.0f}ms): {queueing}"
            )
            yield Problem("saturated", detail, invalidates=True)


def _sketch(groups: Mapping[str, AnyValue], name: str) -> Sketch:
    value = groups.get(name)
    return value if isinstance(value, Sketch) else Sketch()
