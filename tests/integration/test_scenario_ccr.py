"""The model router: fallbacks count as what they are, misrouting and missing accounts are seen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadlib.core.values import Counter
from loadlib.core.verdict import Status
from tests.integration.bench import bench
from tests.integration.capture import capture
from tests.integration.protocol_calls import Call, Case, play
from tests.integration.test_scenario_runs import SHIPPED, run_scenario
from tests.support import TargetServer, start_target

GOOD: dict[str, Any] = {
    "choices": [{"message": {"role": "assistant", "content": "an answer"}}],
    "usage": {"total_tokens": 7},
    "provider": "claude",
}
REASON: Call = ["route", "reasoning", "vera"]


@pytest.fixture(scope="module")
def without_claude() -> Iterator[TargetServer]:
    """Return a platform whose router can't reach the provider of most task types."""
    with start_target("--ccr-unavailable", "claude") as server:
        yield server


def test_admitted_fallback_is_good_and_counted(without_claude: TargetServer) -> None:
    [run] = play(without_claude.env, [Case([REASON, ["route", "code_generation", "sage"]])])
    assert run.rate("ccr_errors") == (0, 2)
    assert run.tally("ccr_fallbacks", "task_type") == {"reasoning": 1}
    assert run.rate("ccr_routed_as_asked") == (1, 2)
    assert run.tally("ccr_routing_decisions", "provider") == {"deepseek": 2}


def test_degraded_router_is_available(without_claude: TargetServer) -> None:
    [run] = play(without_claude.env, [Case([["ccr_health"]])])
    assert run.rate("ccr_availability") == (1, 1)
    assert run.rate("ccr_errors") == (0, 1)


def test_fallbacks_warn_and_do_not_fail_the_run(without_claude: TargetServer, tmp_path: Path) -> None:
    with bench(tmp_path, without_claude.env, SHIPPED) as place:
        ended = run_scenario(place, "ccr")
    assert ended.code == 0, ended.stdout
    crossed = [verdict.selector for verdict in ended.result.verdicts if verdict.status is not Status.PASS]
    assert crossed == ["ccr_routed_as_asked"]
    fallbacks = ended.result.snapshot().select("ccr_fallbacks")
    assert isinstance(fallbacks, Counter)
    assert fallbacks.total > 0


def test_exhausted_chain_is_an_error(target_server: TargetServer) -> None:
    everything = "claude,deepseek,gemini,openrouter"
    with start_target("--ccr-unavailable", everything, "--services", "ccr,agentos") as server:
        [run] = play({**target_server.env, **server.env}, [Case([REASON, ["ccr_health"]])])
    assert run.rate("ccr_errors") == (2, 2)
    assert run.rate("ccr_availability") == (0, 1)
    assert run.failure_kinds == {"server_error": 1, "app_unhealthy": 1}
    assert run.count("ccr_routing_duration") == 0


WRONG: list[tuple[object, str]] = [
    ({**GOOD, "provider": "gemini"}, "misrouted"),
    ({**GOOD, "choices": [{"message": {"content": ""}}]}, "empty_run"),
    ({**GOOD, "choices": []}, "bad_shape"),
    ({"choices": GOOD["choices"], "provider": "claude"}, "bad_shape"),
    ({**GOOD, "usage": {"total_tokens": None}}, "empty_run"),
]


def test_wrong_completion_is_a_failure_of_its_kind(target_server: TargetServer) -> None:
    with capture([answer for answer, _ in WRONG]) as server:
        runs = play(target_server.env, [Case([REASON], {"ccr_url": server.url}, alone=True) for _ in WRONG])
    assert [dict(run.failure_kinds) for run in runs] == [{kind: 1} for _, kind in WRONG]
    assert {run.rate("ccr_errors") for run in runs} == {(1, 1)}
    assert {run.count("ccr_routing_duration") + run.count("ccr_routing_decisions") for run in runs} == {0}


def test_completion_that_is_right_is_none(target_server: TargetServer) -> None:
    """The tests above fail for the right reason: what they damage is good."""
    with capture([GOOD]) as server:
        [run] = play(target_server.env, [Case([REASON], {"ccr_url": server.url})])
    assert run.failure_kinds == {}
    assert run.rate("ccr_routed_as_asked") == (1, 1)
    assert run.total("ccr_tokens") == 7


def test_throttled_router_is_no_unavailable_one(target_server: TargetServer) -> None:
    with capture(status=429) as server:
        [run] = play(target_server.env, [Case([["ccr_health"], REASON], {"ccr_url": server.url})])
    assert run.rate("http_req_throttled") == (2, 2)
    assert run.rate("ccr_availability") == (0, 0)
    assert run.rate("ccr_errors") == (0, 0)


def test_usage_page_that_grew_by_less_than_was_sent_is_seen() -> None:
    with start_target("--services", "agentos,ccr") as server:
        exact, fewer, tokens = play(
            server.env,
            [
                Case([["account", 1, 0]], alone=True),
                Case([["account", 2, 0]], alone=True),
                Case([["account", 1, 1000]], alone=True),
            ],
        )
    assert exact.rate("ccr_accounting_ok") == (1, 1)
    assert fewer.rate("ccr_accounting_ok") == (0, 1)
    assert tokens.rate("ccr_accounting_ok") == (0, 1)


def test_router_that_does_not_account_is_seen(target_server: TargetServer) -> None:
    """The completions go to another router than the one whose usage the page shows."""
    with capture([GOOD]) as server:
        [run] = play(target_server.env, [Case([["account", 1, 0]], {"ccr_url": server.url}, alone=True)])
    assert run.rate("ccr_accounting_ok") == (0, 1)
