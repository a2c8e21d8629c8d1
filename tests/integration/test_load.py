"""The load that a profile asks for is the load that there is, whatever a preflight costs before it."""

import pytest

from tests.integration.bench import Bench, Ended, Together, requests_of
from tests.support import start_target

CROWD = 150
"""More users than Locust likes to start in a second."""

SLOW_HEALTH = ("--services", "agentos", "--latency", "GET /health=constant:1.5s")


def crowd(options: str, runs: Bench) -> Ended:
    return runs.ended(runs.loadlib("waiting.py", f"--users {CROWD} --duration 4s {options}"))


def slow_health(options: str, runs: Bench) -> Ended:
    """Run a profile of several stages against a target whose health takes its time."""
    with start_target(*SLOW_HEALTH) as target:
        return runs.ended(
            runs.loadlib("plain.py", f"--profile load --users 8 --duration 6s {options}", target.env)
        )


CASES = {
    "crowd, processes": lambda runs: crowd("--processes 2", runs),
    "crowd": lambda runs: crowd("", runs),
    "slow health": lambda runs: slow_health("", runs),
    "slow health, processes": lambda runs: slow_health("--processes 2", runs),
}


@pytest.mark.parametrize("name", ["crowd", "crowd, processes"])
def test_jump_of_a_profile_reaches_all_its_users(together: Together, name: str) -> None:
    ended = together[name]
    assert ended.code == 0, ended.stdout + ended.stderr
    assert (ended.result.run.peak_users, ended.result.problems) == (CROWD, ())


@pytest.mark.parametrize("name", ["slow health", "slow health, processes"])
def test_slow_preflight_neither_shortens_the_run_nor_is_cut_off_by_its_profile(
    together: Together, name: str
) -> None:
    """A shape that changes its mind makes a local Locust cut off what it does at the start."""
    ended = together[name]
    assert ended.code == 0, ended.stdout + ended.stderr
    assert (ended.result.ended, ended.result.problems) == ("completed", ())
    assert ended.result.run.duration_s > 5.8
    assert ended.result.run.peak_users >= 6
    assert requests_of(ended.result) > 0
