"""A seed repeats what each user does; without one no two users and no two runs are alike."""

from collections.abc import Mapping

import pytest

from tests.integration.protocol_calls import Case, Recorded, play
from tests.support import TargetServer

SCENARIOS = ("a2a", "dashboard", "streaming", "ccr")
ITERATIONS = 4
QUICK = {"think_time_factor": 0, "polling_interval_s": 0.001, "agui_share": 0.5}
LACKING = [f"POST /a2a/dashboard/rpc#{method}" for method in ("health", "run")]
VARIANTS = {
    "first": ({"seed": 7}, 0, "a" * 32),
    "again": ({"seed": 7}, 0, "b" * 32),
    "other user": ({"seed": 7}, 1, "a" * 32),
    "other seed": ({"seed": 8}, 0, "a" * 32),
    "no seed": ({}, 0, "a" * 32),
    "no seed, other user": ({}, 1, "a" * 32),
    "no seed, other run": ({}, 0, "b" * 32),
}


@pytest.fixture(scope="module")
def played(target_server: TargetServer) -> Mapping[tuple[str, str], Recorded]:
    """Return a few iterations of every scenario under every variant, all users at once."""
    names = [(scenario, variant) for scenario in SCENARIOS for variant in VARIANTS]
    cases = [_case(scenario, *VARIANTS[variant]) for scenario, variant in names]
    return dict(zip(names, play(target_server.env, cases), strict=True))


def _case(scenario: str, seed: Mapping[str, int], index: int, run_id: str) -> Case:
    iterate = [["iterate", ITERATIONS]]
    return Case(
        iterate, {**QUICK, **seed}, unavailable=LACKING, index=index, scenario=scenario, run_id=run_id
    )


Played = Mapping[tuple[str, str], Recorded]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_seed_repeats_the_requests_of_a_user(played: Played, scenario: str) -> None:
    first, again = played[scenario, "first"], played[scenario, "again"]
    assert len(first.sent) >= ITERATIONS
    assert first.sent == again.sent
    assert first.failure_kinds == {}


@pytest.mark.parametrize("scenario", ["a2a", "dashboard", "streaming"])
@pytest.mark.parametrize("variant", ["other user", "other seed"])
def test_users_and_seeds_differ(played: Played, scenario: str, variant: str) -> None:
    assert played[scenario, "first"].sent != played[scenario, variant].sent


@pytest.mark.parametrize("scenario", ["a2a", "streaming"])
@pytest.mark.parametrize("variant", ["no seed, other user", "no seed, other run"])
def test_without_a_seed_nothing_is_repeated(played: Played, scenario: str, variant: str) -> None:
    assert played[scenario, "no seed"].sent != played[scenario, variant].sent
