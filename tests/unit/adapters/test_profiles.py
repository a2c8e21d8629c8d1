"""Load profiles: users over time, scaled by users and duration; and the shape that Locust follows."""

from itertools import pairwise

import pytest

from loadlib.adapters.profiles import PROFILES, Stage, stages_for, total_duration_s, users_at
from loadlib.adapters.shape import ProfileShape

RAMP = (Stage(10, 20), Stage(20, 20), Stage(10, 0))
NAMES = ("smoke", "load", "stress", "spike", "soak")


@pytest.mark.parametrize(
    ("at_s", "users"),
    [(0, 0), (5, 10), (9.99, 20), (10, 20), (29, 20), (35, 10), (39.9, 0), (40, None), (99, None)],
)
def test_users_follow_the_stages_linearly_and_end_with_them(at_s: float, users: int | None) -> None:
    assert users_at(RAMP, at_s) == users


def test_stage_without_duration_is_a_jump() -> None:
    assert users_at((Stage(0, 7), Stage(10, 7)), 0) == 7


def test_every_scenario_has_every_profile_and_so_has_any_other() -> None:
    for scenario in (*PROFILES, "my_own"):
        for profile in NAMES:
            stages = stages_for(scenario, profile)
            assert total_duration_s(stages) > 0
            assert max(stage.users for stage in stages) >= 1
    assert {name for profiles in PROFILES.values() for name in profiles} == set(NAMES)


@pytest.mark.parametrize("profile", NAMES)
def test_users_scale_the_peak_and_duration_the_length(profile: str) -> None:
    plain, scaled = stages_for("a2a", profile), stages_for("a2a", profile, users=7, duration_s=30)
    assert max(stage.users for stage in scaled) == pytest.approx(7)
    assert total_duration_s(scaled) == pytest.approx(30)
    ratios = {
        round(new.duration_s / old.duration_s, 9)
        for old, new in zip(plain, scaled, strict=True)
        if old.duration_s
    }
    assert len(ratios) == 1


def test_unknown_profile_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        stages_for("a2a", "smok")


class Clock(ProfileShape):
    """A shape whose run time the test sets."""

    abstract = True
    now_s = 0.0

    def get_run_time(self) -> float:
        return self.now_s


def ticks(shape: Clock, times_s: list[float]) -> list[tuple[int, float] | None]:
    found = []
    for time_s in times_s:
        shape.now_s = time_s
        found.append(shape.tick())
    return found


def test_shape_asks_for_the_users_that_are_due_at_the_slope_of_their_stage() -> None:
    """A plateau repeats the rate before it: a changed one would make Locust ramp anew."""
    made = ticks(Clock(RAMP), [0, 1, 2, 10, 11, 30, 35, 40])
    assert made == [(1, 2.0), (2, 2.0), (4, 2.0), (20, 2.0), (20, 2.0), (20, 2.0), (10, 2.0), None]


def test_shape_starts_a_jump_at_once_and_never_asks_for_less_than_a_user() -> None:
    made = ticks(Clock((Stage(0, 5000), Stage(10, 5000), Stage(10, 0), Stage(5, 0))), [0, 5, 19.999, 21])
    assert made == [(5000, 5000.0), (5000, 5000.0), (1, 500.0), (1, 500.0)]


def test_shape_that_missed_ticks_goes_straight_to_what_is_due() -> None:
    made = ticks(Clock(RAMP), [0, 8, 33])
    assert [users for users, _ in made if users] == [1, 16, 14]  # type: ignore[misc]
    assert all(before != after for before, after in pairwise(made))
