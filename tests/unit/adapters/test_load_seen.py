"""How much load there was: a profile that was followed is evidence, one that was not is none."""

from collections.abc import Callable

import pytest

from loadlib.adapters.load_seen import LoadSeen
from loadlib.adapters.profiles import Stage, Stages, users_at

PLATEAU = (Stage(0, 10), Stage(20, 10))
RAMP = (Stage(10, 20), Stage(20, 20), Stage(10, 0))


def seen(stages: Stages, users: Callable[[int], int], seconds: int, *, wanted: int = 10) -> list[str]:
    """Return the problems of a run that is looked at once a second."""
    return [problem.kind for problem in load(users, seconds, wanted).problems(stages)]


def load(users: Callable[[int], int], seconds: int, wanted: int = 10) -> LoadSeen:
    made = LoadSeen()
    for second in range(1, seconds + 1):
        made.see(users(second), wanted, float(second))
    return made


def on_ramp(second: int) -> int:
    return users_at(RAMP, second) or 0


@pytest.mark.parametrize(
    ("stages", "users", "seconds", "kinds"),
    [
        (PLATEAU, lambda _: 10, 20, []),
        (PLATEAU, lambda second: min(10, 2 * second), 20, []),
        (PLATEAU, lambda _: 7, 20, []),
        (PLATEAU, lambda _: 6, 20, ["load_missing"]),
        (PLATEAU, lambda second: 10 if second < 13 else 1, 20, ["load_missing"]),
        (PLATEAU, lambda _: 10, 5, []),
        (RAMP, on_ramp, 39, []),
        (RAMP, lambda second: on_ramp(second) // 2, 39, ["load_missing"]),
        ((Stage(0, 300), Stage(10, 300)), lambda _: 100, 10, ["load_missing"]),
    ],
)
def test_profile_must_have_been_run_for_the_greater_part(
    stages: Stages, users: Callable[[int], int], seconds: int, kinds: list[str]
) -> None:
    """A run that was cut short is measured by what the profile had asked for until then."""
    assert seen(stages, users, seconds) == kinds


@pytest.mark.parametrize("stages", [PLATEAU, None])
def test_users_that_all_ended_before_the_run_are_a_problem_with_a_profile_or_without(
    stages: Stages | None,
) -> None:
    gone = load(lambda second: 10 if second < 19 else 0, 20)
    assert [problem.kind for problem in gone.problems(stages)] == ["no_users"]


def test_no_users_where_none_are_wanted_are_no_problem() -> None:
    assert list(load(lambda second: 10 if second < 19 else 0, 20, wanted=0).problems(PLATEAU)) == []


def test_problem_says_what_was_asked_for_and_what_there_was() -> None:
    (problem,) = load(lambda _: 4, 20).problems(PLATEAU)
    assert problem.invalidates
    assert problem.detail == (
        "the profile asked for 200 user-seconds, 80 were run (at most 4 users at a time)"
    )


def test_without_a_profile_any_load_is_enough() -> None:
    few = load(lambda _: 1, 20)
    assert (few.peak_users, few.user_seconds, list(few.problems(None))) == (1, 20.0, [])


def test_look_that_comes_twice_or_late_counts_its_time_once() -> None:
    looks = LoadSeen()
    for users, elapsed_s in ((5, 1.0), (5, 1.0), (5, 4.0), (5, 3.0)):
        looks.see(users, 5, elapsed_s)
    assert looks.user_seconds == 20.0
