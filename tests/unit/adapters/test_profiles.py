"""Load profiles: users over time, scaled by users and duration, with their rates and areas."""

import pytest

from loadlib.adapters.profiles import (
    PROFILES,
    Stage,
    Stages,
    rate_at,
    stages_for,
    total_duration_s,
    user_seconds,
    users_at,
)

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


@pytest.mark.parametrize(
    ("stages", "rates"),
    [
        (RAMP, {0: 2, 9.9: 2, 10: 2, 29: 2, 30: 2, 39: 2}),
        ((Stage(0, 150), Stage(10, 150)), {0: 150, 9: 150}),
        ((Stage(60, 6), Stage(60, 6), Stage(3, 10)), {0: 1, 70: 1, 121: 2}),
        ((Stage(10, 5), Stage(0, 100), Stage(10, 100)), {5: 1, 11: 95, 19: 95}),
        ((Stage(10, 7),), {0: 1, 99: 1}),
    ],
)
def test_rate_is_the_slope_of_a_ramp_and_all_at_once_for_a_jump(
    stages: Stages, rates: dict[float, float]
) -> None:
    """Rounded up, at least one; a steady stage has that of the one before it."""
    assert {at_s: rate_at(stages, at_s) for at_s in rates} == rates


@pytest.mark.parametrize(
    ("stages", "asked"),
    [
        (RAMP, {0: 0, 5: 25, 10: 100, 20: 300, 30: 500, 35: 575, 40: 600, 99: 600}),
        ((Stage(0, 7), Stage(10, 7)), {0: 0, 1: 7, 10: 70, 11: 70}),
        ((Stage(4, 0),), {2: 0}),
    ],
)
def test_user_seconds_are_the_area_under_the_stages(stages: Stages, asked: dict[float, float]) -> None:
    assert {at_s: user_seconds(stages, at_s) for at_s in asked} == asked
