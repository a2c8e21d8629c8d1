"""Who served a completion, by what the platform documents, and which completions are misrouted."""

import json
from typing import Any

import pytest

from loadlib.users.ccr import Router
from tests.integration.protocol_calls import Recorded
from tests.unit.users.support import recorded_user, reply, server

CLAUDE = "claude-sonnet-4"
BODY: dict[str, Any] = {
    "choices": [{"message": {"role": "assistant", "content": "an answer"}}],
    "usage": {"total_tokens": 7},
}
METADATA = {
    "routing_source": "hint",
    "model_requested": "auto",
    "model_used": CLAUDE,
    "fallback_reason": None,
}


def routed(body: object, *headers: str, task_type: str = "reasoning") -> Recorded:
    """Return the recording of one completion with this answer."""
    with server(lambda _asked, _served: [reply(json.dumps(body).encode(), 200, *headers)]) as router:
        user, recorded = recorded_user(ccr_url=router.url)
        Router(user).route(task_type, "vera")
        user.on_stop()
    return recorded()


@pytest.mark.parametrize(
    ("more", "headers", "provider"),
    [
        ({"metadata": METADATA}, (), "claude"),
        ({"metadata": METADATA, "model": "auto"}, (), "claude"),
        ({"model": CLAUDE}, (), "claude"),
        ({"model": CLAUDE, "metadata": None}, (), "claude"),
        ({"model": "Claude-3-5-Sonnet", "metadata": {}}, (), "claude"),
        ({"provider": "claude", "model": "auto"}, (), "claude"),
        ({"model": "auto"}, ("X-CCR-Provider: claude",), "claude"),
        ({"metadata": {**METADATA, "model_used": "claude,opus"}}, (), "claude"),
    ],
)
def test_provider_is_known_by_name_or_by_the_model_used(
    more: dict[str, Any], headers: tuple[str, ...], provider: str
) -> None:
    run = routed({**BODY, **more}, *headers)
    assert run.failure_kinds == {}
    assert run.tally("ccr_routing_decisions", "provider") == {provider: 1}
    assert run.rate("ccr_routed_as_asked") == (1, 1)


@pytest.mark.parametrize(
    ("model", "provider"),
    [("deepseek-chat", "deepseek"), ("gemini-2.5-pro", "gemini"), ("openrouter/claude-3", "openrouter")],
)
def test_wrong_model_is_misrouted_and_admitted_one_a_fallback(model: str, provider: str) -> None:
    wrong = routed({**BODY, "metadata": {**METADATA, "model_used": model}})
    assert wrong.failure_kinds == {"misrouted": 1}
    assert wrong.count("ccr_routing_decisions") == 0
    admitted = routed(
        {**BODY, "metadata": {**METADATA, "model_used": model, "fallback_reason": "claude down"}}
    )
    assert admitted.failure_kinds == {}
    assert admitted.tally("ccr_fallbacks", "provider") == {provider: 1}
    assert admitted.rate("ccr_routed_as_asked") == (0, 1)


def test_fallback_reason_counts_beside_a_header_that_names_the_provider() -> None:
    body = {**BODY, "metadata": {"fallback_reason": "claude rate_limited"}}
    run = routed(body, "X-CCR-Provider: deepseek")
    assert run.failure_kinds == {}
    assert run.tally("ccr_fallbacks", "provider") == {"deepseek": 1}


@pytest.mark.parametrize("more", [{}, {"model": "auto"}, {"provider": None}, {"metadata": ["x"], "model": 7}])
def test_completion_that_does_not_say_who_served_it_is_good_and_counted_apart(more: dict[str, Any]) -> None:
    run = routed({**BODY, **more})
    assert run.failure_kinds == {}
    assert run.rate("ccr_errors") == (0, 1)
    assert run.tally("ccr_routing_decisions", "provider") == {"unknown": 1}
    assert run.rate("ccr_routed_as_asked") == (0, 1)
    assert run.total("ccr_tokens") == 7


@pytest.mark.parametrize("body", [[], "x", None, {"choices": 1}, {**BODY, "usage": None}])
def test_answer_that_is_no_completion_has_a_bad_shape(body: object) -> None:
    assert routed(body).failure_kinds == {"bad_shape": 1}
