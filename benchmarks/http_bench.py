"""Requests over HTTP/1.1: all generators in turn, round after round, and what their rounds amount to."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.generators import OWN, Generator
from benchmarks.session import Steady, Timing, measure
from benchmarks.stats import Spread, paired_ratio, spread
from benchmarks.target import Target

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured. No round begins that would end after ``deadline_s`` (monotonic), except the first."""

    generators: Sequence[Generator]
    users: Sequence[int]
    rounds: int
    timing: Timing
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Row:
    """One generator at one number of users over all rounds. ``ratio``: its cost over that of this suite."""

    generator: str
    users: int
    cpu_us_per_request: Spread
    requests_per_cpu_s: Spread
    requests_per_s: Spread
    ratio: Spread | None
    p50_s: float | None
    p99_s: float | None
    start_wall_s: Spread
    start_cpu_s: Spread
    problems: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return it as results keep it."""
        return {
            name: value.record() if isinstance(value, Spread) else value
            for name, value in ((name, getattr(self, name)) for name in self.__slots__)
        }


def run(plan: Plan, target: Target, say: Say) -> list[Steady]:
    """Measure round by round, all generators at all numbers of users in each.

    Raises:
        MeasurementError: a generator could not be measured.
    """
    measured: list[Steady] = []
    longest_s = 0.0
    for number in range(1, plan.rounds + 1):
        began_s = time.monotonic()
        if number > 1 and began_s + longest_s > plan.deadline_s:
            say(f"no time for round {number} of {plan.rounds}")
            break
        for users in plan.users:
            for generator in plan.generators:
                one = measure(generator, target, users, number, plan.timing)
                measured.append(one)
                say(_line(one, plan.rounds))
        longest_s = max(longest_s, time.monotonic() - began_s)
    return measured


def rows(measured: Iterable[Steady]) -> list[Row]:
    """Return one row for each number of users and generator, in the order of measuring."""
    groups: dict[tuple[int, str], list[Steady]] = {}
    for one in measured:
        groups.setdefault((one.users, one.generator), []).append(one)
    return [_row(group, groups.get((users, OWN), [])) for (users, _), group in groups.items()]


def unmet(found: Iterable[Row], rival: str, wanted: float) -> list[str]:
    """Return a line for each number of users at which a rival costs less than ``wanted`` times this suite.

    Fails closed: without any ratio that is a line too.
    """
    rivals = [row for row in found if row.generator == rival]
    lines = [
        f"{row.users} users: {rival} costs {row.ratio.median:.2f} times as much, {wanted:g} is required"
        for row in rivals
        if row.ratio is not None and row.ratio.median < wanted
    ]
    if not any(row.ratio is not None for row in rivals):
        lines.append(f"no ratio to {rival} was measured")
    return lines


def _row(group: Sequence[Steady], own: Sequence[Steady]) -> Row:
    return Row(
        generator=group[0].generator,
        users=group[0].users,
        cpu_us_per_request=spread(one.cpu_us_per_request for one in group),
        requests_per_cpu_s=spread(one.requests_per_cpu_s for one in group),
        requests_per_s=spread(one.requests_per_s for one in group),
        ratio=paired_ratio(_costs(group), _costs(own)),
        p50_s=_median_of(one.p50_s for one in group),
        p99_s=_median_of(one.p99_s for one in group),
        start_wall_s=spread(one.start_wall_s for one in group),
        start_cpu_s=spread(one.start_cpu_s for one in group),
        problems=tuple(sorted({one.problem for one in group if one.problem})),
    )


def _costs(group: Iterable[Steady]) -> dict[int, float]:
    return {one.round: one.cpu_us_per_request for one in group}


def _median_of(values: Iterable[float | None]) -> float | None:
    kept = [value for value in values if value is not None]
    return median(kept) if kept else None


def _line(one: Steady, rounds: int) -> str:
    busy = f"  others {one.others_cpu_ratio:.2f} cores" if one.others_cpu_ratio > 0.1 else ""
    problem = f"  PROBLEM: {one.problem}" if one.problem else ""
    return (
        f"round {one.round}/{rounds}  {one.users:>4} users  {one.generator:<13}"
        f" {one.cpu_us_per_request:7.1f} us CPU/request{busy}{problem}"
    )
