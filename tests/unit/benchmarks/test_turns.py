"""Rounds: generators take turns, rows are medians, and a ratio that is not shown is not held."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks import turns
from benchmarks.generators import GENERATORS
from benchmarks.session import Timing
from benchmarks.target import Target, running_target
from tests.unit.benchmarks.builders import steady

BRIEF = Timing(settle_s=0.0, window_s=0.05)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Return a server."""
    with running_target(nginx="") as running:
        yield running


def two() -> list[turns.Generator]:
    """Return two generators that start at once."""
    floor = GENERATORS["floor"]
    return [replace(floor, key="a"), replace(floor, key="b")]


def test_generators_take_turns_and_every_other_round_goes_backwards(target: Target) -> None:
    said: list[str] = []
    plan = turns.Plan(two(), (1, 3), 2, BRIEF, time.monotonic() + 600)
    measured = turns.run(plan, target, said.append)
    order = [(one.round, one.users, one.generator) for one in measured]
    assert order == [
        *[(1, 1, "a"), (1, 1, "b"), (1, 3, "a"), (1, 3, "b")],
        *[(2, 1, "b"), (2, 1, "a"), (2, 3, "b"), (2, 3, "a")],
    ]
    assert len(said) == len(order)
    assert all(one.requests > 0 and one.cpu_s > 0 for one in measured)


def test_first_round_is_always_made_and_no_other_after_the_deadline(target: Target) -> None:
    said: list[str] = []
    plan = turns.Plan(two()[:1], (1,), 5, BRIEF, time.monotonic())
    assert len(turns.run(plan, target, said.append)) == 1
    assert said[-1] == "no time for round 2 of 5"


def test_row_is_the_median_of_its_rounds_with_the_paired_ratio() -> None:
    measured = [
        *(steady("loadlib", number, cost) for number, cost in ((1, 20.0), (2, 40.0), (3, 22.0))),
        *(steady("fasthttp", number, cost) for number, cost in ((1, 100.0), (2, 160.0), (3, 88.0))),
    ]
    own, rival = turns.rows(measured, "loadlib")
    assert own.cpu_us_per_request.median == pytest.approx(22.0)
    assert own.requests_per_cpu_s.median == pytest.approx(1e6 / 22)
    assert own.requests_per_s.median == 2000
    assert rival.ratio is not None
    assert (rival.ratio.minimum, rival.ratio.median, rival.ratio.maximum) == pytest.approx((4.0, 4.0, 5.0))


def test_row_names_every_problem_of_its_rounds() -> None:
    rows = turns.rows([steady(problem="3 failed requests"), steady(number=2)], "loadlib")
    assert turns.problems(rows) == ["loadlib, 50 users: 3 failed requests"]


@pytest.mark.parametrize(("cost_us", "held"), [(100.0, True), (99.0, False)])
def test_required_ratio_is_held_from_its_value_on(cost_us: float, held: bool) -> None:
    measured = [steady(cost_us=25.0), steady("fasthttp", cost_us=cost_us)]
    assert (turns.unmet(measured, ["loadlib"], "fasthttp", 4.0) == []) is held


def test_required_ratio_must_be_held_at_every_number_of_users() -> None:
    measured = [
        *(steady(users=users) for users in (1, 50)),
        *(steady("fasthttp", cost_us=cost, users=users) for users, cost in ((1, 50.0), (50, 200.0))),
    ]
    lines = turns.unmet(measured, ["loadlib"], "fasthttp", 4.0)
    assert lines == ["1 users: fasthttp costs 2.00 times as much as loadlib, 4 is required"]


def test_required_ratio_must_be_held_by_every_own_row() -> None:
    """The row with all that the suite can do at once is held to it as well."""
    measured = [steady(), steady("loadlib-event", cost_us=30.0), steady("fasthttp", cost_us=110.0)]
    lines = turns.unmet(measured, ["loadlib", "loadlib-event"], "fasthttp", 4.0)
    assert lines == ["50 users: fasthttp costs 3.67 times as much as loadlib-event, 4 is required"]


@pytest.mark.parametrize("generator", ["loadlib", "fasthttp"])
def test_ratio_that_was_not_measured_is_not_held(generator: str) -> None:
    assert turns.unmet([steady(generator)], ["loadlib"], "fasthttp", 4.0) == [
        "no ratio to fasthttp was measured"
    ]
