"""Scenarios on the platform as it literally is: what it lacks is said once, skipped, never a success."""

from collections.abc import Iterator, Mapping

import pytest

from loadlib.core.verdict import Status
from tests.integration.bench import Bench, Ended, requests_of, samples_of
from tests.integration.protocol_calls import Call, Case, play
from tests.integration.test_scenario_runs import QUICK, SHIPPED, counts
from tests.support import TargetServer, start_target

LITERAL = (
    *("--agui", "literal"),
    *("--pm-health", "literal"),
    *("--dashboard-rpc", "literal"),
    *("--registry", "literal"),
    *("--ccr-enabled", "off"),
)
LACKING = {
    ("a2a", "POST /a2a/dashboard/rpc#health"),
    ("a2a", "POST /a2a/dashboard/rpc#run"),
    ("a2a", "POST /a2a/navi/rpc#health"),
    ("a2a", "POST /a2a/pulse/rpc#health"),
    ("a2a", "POST /a2a/herald/rpc#health"),
    ("a2a", "POST /a2a/validation/rpc#health"),
    ("a2a", "POST /a2a/validation/rpc#capabilities"),
    ("dashboard", "POST /agui"),
    ("streaming", "POST /agui"),
    ("ccr", "GET /ccr/metrics"),
}
SKIPPED = {
    "a2a_duration{operation:health}",
    "stream_ttft{protocol:agui}",
    "ccr_quota_duration",
    "ccr_accounting_ok",
}
RUNS = {"lenient": "", "strict": "--require-all"}


@pytest.fixture(scope="module")
def literal() -> Iterator[TargetServer]:
    """Return the platform as it literally is."""
    with start_target(*LITERAL) as server:
        yield server


@pytest.fixture(scope="module")
def ended(literal: TargetServer, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Ended]:
    """Return two runs of all scenarios, one of which requires everything."""
    benches = {name: Bench(tmp_path_factory.mktemp(name), literal.env, SHIPPED) for name in RUNS}
    begun = {
        name: place.loadlib("mixed", f"--users 10 --duration 4s --seed 1 {RUNS[name]}", QUICK)
        for name, place in benches.items()
    }
    try:
        return {name: place.ended(begun[name]) for name, place in benches.items()}
    finally:
        for place in benches.values():
            place.close()


def test_every_lacking_route_is_said_once_for_each_scenario(ended: Mapping[str, Ended]) -> None:
    entries = [(entry.scenario, entry.endpoint) for entry in ended["lenient"].result.unavailable]
    assert set(entries) == LACKING
    assert len(entries) == len(LACKING)
    assert all(entry.reason for entry in ended["lenient"].result.unavailable)


def test_lacking_routes_are_never_asked_and_never_a_success(
    ended: Mapping[str, Ended], literal: TargetServer
) -> None:
    result = ended["lenient"].result
    asked = {endpoint: requests_of(result, endpoint=endpoint) for _, endpoint in LACKING}
    assert set(asked.values()) == {0}
    assert samples_of(result, "streams", protocol="agui") == 0
    assert counts(literal)["agentos POST (no route)"] == len(RUNS)


def test_thresholds_that_rest_on_them_are_skipped_and_the_others_judged(ended: Mapping[str, Ended]) -> None:
    verdicts = ended["lenient"].result.verdicts
    skipped = {verdict.selector for verdict in verdicts if verdict.status is Status.SKIPPED}
    assert skipped == SKIPPED
    assert {verdict.status for verdict in verdicts} == {Status.PASS, Status.SKIPPED}


def test_run_against_the_literal_platform_passes_with_what_it_has(ended: Mapping[str, Ended]) -> None:
    run = ended["lenient"]
    assert run.code == 0, run.stdout
    assert run.result.failures == ()
    for _, endpoint in LACKING:
        assert endpoint in run.stdout


def test_run_that_requires_everything_does_not_pass(ended: Mapping[str, Ended]) -> None:
    run = ended["strict"]
    assert run.code != 0
    failed = {verdict.selector for verdict in run.result.verdicts if verdict.status is Status.FAIL}
    assert failed == SKIPPED


def test_no_client_asks_for_what_the_target_lacks(target_server: TargetServer) -> None:
    calls: dict[str, Call] = {
        "POST /agui": ["agui", "hello"],
        "POST /agents/validation/runs": ["team", "hello"],
        "POST /a2a/navi/rpc#health": ["rpc", "navi", "health"],
        "GET /.well-known/agent.json": ["cards"],
        "GET web:/dashboard": ["page"],
        "GET web:/api/pm/notifications/unread-count": ["poll"],
        "GET api:/approvals": ["pending"],
        "GET ccr:/health": ["ccr_health"],
        "POST ccr:/v1/chat/completions": ["route", "general", "navi"],
        "GET /ccr/metrics": ["usage"],
    }
    there = play(target_server.env, [Case([call]) for call in calls.values()])
    lacking = play(target_server.env, [Case([call], unavailable=list(calls)) for call in calls.values()])
    assert [endpoint in run.sent for endpoint, run in zip(calls, there, strict=True)] == [True] * len(calls)
    assert [run.sent for run in lacking] == [[]] * len(calls)
    assert [run.count("streams") for run in lacking] == [0] * len(calls)
