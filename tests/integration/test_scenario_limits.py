"""Rate limits: a 429 is counted as what it is, told apart from errors, and its Retry-After is respected."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from loadlib.core.values import Rate
from tests.integration.bench import Ended, bench, fetch, requests_of
from tests.integration.protocol_calls import Call, Case, play
from tests.integration.test_scenario_runs import QUICK, SHIPPED
from tests.support import TargetServer, start_target

LIMIT: Final = 20
"""Calls of one rpc path that the platform allows a user in a minute."""

DENIED: Final = re.compile(
    r'^rate_limit_hits_total\{endpoint="([^"]+)",result="denied"\} (\d+)', re.MULTILINE
)
NO_PAUSE: Final = {"max_retry_after_s": 0}
HEALTH: Final[Call] = ["rpc", "pulse", "health"]


@pytest.fixture(scope="module")
def limited() -> Iterator[TargetServer]:
    """Return the platform with its own limits, the default one of 10 a minute and path left out."""
    with start_target("--rate-limits", "on", "--default-limit", "off") as server:
        yield server


def denied(server: TargetServer) -> int:
    """Return how many requests the target says it has denied."""
    text = fetch(f"{server.base_url}/metrics").decode()
    return sum(int(float(count)) for _, count in DENIED.findall(text))


def rate(ended: Ended, metric: str) -> Rate:
    """Return a rate of a result."""
    value = ended.result.snapshot().select(metric)
    assert isinstance(value, Rate)
    return value


def test_calls_above_the_limit_are_throttled_and_no_errors(limited: TargetServer) -> None:
    before = denied(limited)
    [run] = play(limited.env, [Case([HEALTH] * (LIMIT + 5), NO_PAUSE, index=50)])
    assert run.rate("http_req_throttled") == (5, LIMIT + 5)
    assert run.rate("a2a_errors") == (0, LIMIT)
    assert run.failure_kinds == {"throttled": 5}
    assert run.count("a2a_duration") == LIMIT
    assert run.returned == [True] * LIMIT + [False] * 5
    assert denied(limited) - before == 5


def test_limits_are_those_of_each_user(limited: TargetServer) -> None:
    """With a token for each user nobody is throttled where one token for all would be."""
    cases = [Case([HEALTH] * (LIMIT // 2), NO_PAUSE, index=60 + number) for number in range(4)]
    assert [run.rate("http_req_throttled")[0] for run in play(limited.env, cases)] == [0, 0, 0, 0]
    shared = [Case([HEALTH] * (LIMIT // 2), NO_PAUSE, index=70) for _ in range(4)]
    assert sum(run.rate("http_req_throttled")[0] for run in play(limited.env, shared)) == LIMIT


def test_user_waits_as_the_server_asks_but_not_longer_than_allowed(limited: TargetServer) -> None:
    """The platform asks for the rest of the minute; the setting bounds it. No measured time contains it."""
    allowed_s = 0.5
    hasty, patient = play(
        limited.env,
        [
            Case([HEALTH] * (LIMIT + 3), NO_PAUSE, index=80, alone=True),
            Case([HEALTH] * 3, {"max_retry_after_s": allowed_s}, index=80, alone=True),
        ],
    )
    assert hasty.rate("http_req_throttled")[0] == 3
    assert patient.rate("http_req_throttled") == (3, 3)
    assert patient.elapsed_s >= 3 * allowed_s
    assert patient.trend("http_req_duration").sum <= patient.elapsed_s - 3 * allowed_s


def test_throttled_stream_waits_too_and_is_no_failed_stream(limited: TargetServer) -> None:
    calls: list[Call] = [["team", "hello"]] * 12
    settings = {"max_retry_after_s": 0.3}
    [run] = play(limited.env, [Case(calls, settings, index=95)])
    assert run.rate("http_req_throttled") == (2, 12)
    assert run.rate("stream_failed") == (0, 10)
    assert run.tally("http_reqs", "error_kind") == {"throttled": 2}
    assert run.elapsed_s >= 2 * 0.3


def test_throttled_run_fails_by_name_and_agrees_with_the_target(tmp_path: Path) -> None:
    """What the users were refused is what the target says it has denied, and it is no a2a error."""
    env = {**QUICK, "LOADLIB_MAX_RETRY_AFTER_S": "0"}
    with start_target("--rate-limits", "on") as server, bench(tmp_path, server.env, SHIPPED) as place:
        ended = place.ended(place.loadlib("a2a", "--users 5 --duration 3s --seed 1", env))
        denied_by_target = denied(server)
    throttled = rate(ended, "http_req_throttled")
    assert ended.code == 99
    assert throttled.passes > 0
    assert throttled.passes == denied_by_target == requests_of(ended.result, error_kind="throttled")
    assert rate(ended, "a2a_errors").passes == 0
    failed = {verdict.selector for verdict in ended.result.verdicts if verdict.fails_run}
    assert {"http_req_failed", "http_req_throttled"} <= failed
    assert "a2a_errors" not in failed
