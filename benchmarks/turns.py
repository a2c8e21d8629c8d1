"""All generators in turn, round after round, and what their rounds amount to.

Interleaving is the point: what slows the machine for a while slows every generator of that round.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.generators import Generator
from benchmarks.session import Steady, Timing, measure
from benchmarks.stats import Spread, paired_ratio, spread
from benchmarks.target import Target

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, counted in ``unit``.

    No round begins that would end after ``deadline_s`` (of the monotonic clock), except the first.
    """

    generators: Sequence[Generator]
    users: Sequence[int]
    rounds: int
    timing: Timing
    deadline_s: float
    unit: str = "request"


@dataclass(frozen=True, slots=True)
class Row:
    """One generator at one number of users over all rounds. ``ratio``: its cost over the reference's."""

    generator: str
    users: int
    cpu_us_per_request: Spread
    requests_per_cpu_s: Spread
    requests_per_s: Spread
    ratio: Spread | None
    p50_s: Spread | None
    p99_s: Spread | None
    start_wall_s: Spread
    start_cpu_s: Spread
    problems: tuple[str, ...]

    def record(self, unit: str = "request") -> dict[str, Any]:
        """Return it as results keep it, counted in requests or in another unit."""
        values = ((name.replace("request", unit), getattr(self, name)) for name in self.__slots__)
        return {name: value.record() if isinstance(value, Spread) else value for name, value in values}


def run(plan: Plan, target: Target, say: Say) -> list[Steady]:
    """Measure round by round, all generators at all numbers of users in each, every other round backwards.

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
            for generator in plan.generators if number % 2 else reversed(plan.generators):
                one = measure(generator, target, users, number, plan.timing)
                measured.append(one)
                say(_line(one, plan))
        longest_s = max(longest_s, time.monotonic() - began_s)
    return measured


def rows(measured: Iterable[Steady], reference: str) -> list[Row]:
    """Return one row for each number of users and generator, in the order of measuring."""
    groups = _groups(measured)
    return [_row(group, groups.get((users, reference), [])) for (users, _), group in groups.items()]


def unmet(measured: Iterable[Steady], own_keys: Collection[str], rival: str, wanted: float) -> list[str]:
    """Return a line for each number of users at which a rival costs less than ``wanted`` times an own row.

    Fails closed: without any ratio that is a line too.
    """
    groups = _groups(measured)
    lines, compared = [], 0
    for (users, key), group in groups.items():
        ratio = paired_ratio(_costs(groups.get((users, rival), ())), _costs(group))
        if key in own_keys and ratio is not None:
            compared += 1
            if ratio.median < wanted:
                lines.append(
                    f"{users} users: {rival} costs {ratio.median:.2f} times as much as {key},"
                    f" {wanted:g} is required"
                )
    return lines if compared else [f"no ratio to {rival} was measured"]


def problems(found: Iterable[Row]) -> list[str]:
    """Return a line for everything that makes a row no evidence."""
    return [f"{row.generator}, {row.users} users: {text}" for row in found for text in row.problems]


def _groups(measured: Iterable[Steady]) -> dict[tuple[int, str], list[Steady]]:
    groups: dict[tuple[int, str], list[Steady]] = {}
    for one in measured:
        groups.setdefault((one.users, one.generator), []).append(one)
    return groups


def _row(group: Sequence[Steady], own: Sequence[Steady]) -> Row:
    return Row(
        generator=group[0].generator,
        users=group[0].users,
        cpu_us_per_request=spread(one.cpu_us_per_request for one in group),
        requests_per_cpu_s=spread(one.requests_per_cpu_s for one in group),
        requests_per_s=spread(one.requests_per_s for one in group),
        ratio=paired_ratio(_costs(group), _costs(own)),
        p50_s=_known(one.p50_s for one in group),
        p99_s=_known(one.p99_s for one in group),
        start_wall_s=spread(one.start_wall_s for one in group),
        start_cpu_s=spread(one.start_cpu_s for one in group),
        problems=tuple(sorted({one.problem for one in group if one.problem})),
    )


def _costs(group: Iterable[Steady]) -> dict[int, float]:
    return {one.round: one.cpu_us_per_request for one in group}


def _known(values: Iterable[float | None]) -> Spread | None:
    kept = [value for value in values if value is not None]
    return spread(kept) if kept else None


def _line(one: Steady, plan: Plan) -> str:
    busy = f"  others {one.others_cpu_ratio:.2f} cores" if one.others_cpu_ratio > 0.1 else ""
    problem = f"  PROBLEM: {one.problem}" if one.problem else ""
    return (
        f"round {one.round}/{plan.rounds}  {one.users:>4} users  {one.generator:<14}"
        f" {one.cpu_us_per_request:7.1f} us CPU/{plan.unit}{busy}{problem}"
    )
