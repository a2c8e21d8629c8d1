"""CCR's rules without a server: classification, fallback chains, usage and quota."""

from datetime import UTC, datetime, timedelta

import pytest

from loadlib.errors import ConfigurationError
from loadlib.target.platform_web.ccr_classify import Classification, classify
from loadlib.target.platform_web.ccr_routing import ChainExhaustedError, Providers
from loadlib.target.platform_web.ccr_usage import CcrUsage


@pytest.mark.parametrize(
    ("text", "header", "agent", "task_type", "source"),
    [
        ("[code] why", "long_context", "navi", "long_context", "header"),
        ("[code] why", "nonsense", "navi", "code_generation", "hint"),
        ("[Think] refactor", None, None, "reasoning", "hint"),
        ("[summary] x", None, None, "long_context", "hint"),
        ("[default] refactor code", None, None, "general", "hint"),
        ("[unknown] refactor", None, None, "code_generation", "keywords"),
        ("refactor the code", None, "navi", "reasoning", "agent"),
        ("why", None, "sage", "code_generation", "agent"),
        ("why", None, "scribe", "long_context", "agent"),
        ("summarize the document", None, "stranger", "long_context", "keywords"),
        ("code step by step", None, None, "reasoning", "keywords"),
        ("code, but why", None, None, "code_generation", "keywords"),
        ("why this report", None, None, "reasoning", "keywords"),
        ("good morning", None, None, "general", "default"),
        ("encoded decoder", None, None, "general", "default"),
    ],
)
def test_the_first_rule_that_applies_tells_the_task_type(text, header, agent, task_type, source):
    found = classify(text, task_header=header, agent_id=agent)
    assert (found.task_type, found.source) == (task_type, source)


@pytest.mark.parametrize(
    ("first", "unavailable", "served"),
    [
        ("claude", (), "claude"),
        ("claude", ("claude",), "deepseek"),
        ("claude", ("claude", "deepseek"), "gemini"),
        ("deepseek", ("deepseek",), "claude"),
        ("gemini", ("gemini", "claude"), "deepseek"),
        ("openrouter", ("openrouter", "claude", "deepseek"), "gemini"),
        ("deepseek,deepseek-chat", (), "deepseek"),
        ("gemini-2.5-pro", (), "gemini"),
    ],
)
def test_the_chain_of_the_first_choice_is_walked_in_order(first, unavailable, served):
    route = Providers(unavailable).route(first, Classification("general", "default"))
    assert (route.provider, route.classification.source) == (served, "model")
    assert (route.fallback_reason is None) == (first.startswith(served))


def test_a_chain_without_an_available_provider_raises_with_every_status():
    providers = Providers(("claude", "gemini", "openrouter"), ("deepseek",))
    with pytest.raises(ChainExhaustedError) as caught:
        providers.route("auto", Classification("long_context", "header"))
    assert list(caught.value.attempted) == ["gemini", "claude", "deepseek", "openrouter"]
    assert caught.value.attempted["deepseek"] == "rate_limited"


def test_an_unknown_provider_name_is_refused():
    with pytest.raises(ConfigurationError, match="unknown providers gpt; allowed are claude"):
        Providers(("gpt",))


@pytest.mark.parametrize(
    ("limit", "used", "level", "percentage", "remaining"),
    [
        (0, 500, "info", 0.0, 0),
        (1000, 799, "info", 79.9, 201),
        (1000, 800, "warning", 80.0, 200),
        (1000, 950, "critical", 95.0, 50),
        (1000, 1200, "critical", 120.0, 0),
    ],
)
def test_the_quota_alerts_but_its_remainder_never_falls_below_zero(limit, used, level, percentage, remaining):
    usage = CcrUsage(limit)
    usage.record("claude", "general", used, fallback=False)
    assert (usage.alert_level, usage.percentage, usage.remaining) == (level, percentage, remaining)
    assert (usage.alert_message is None) == (level == "info")


def test_usage_starts_in_the_documented_shape_and_counts():
    usage = CcrUsage(clock=lambda: datetime(2026, 5, 1, tzinfo=UTC))
    empty = usage.as_agentos_metrics()
    assert empty == {
        "status": "enabled",
        "metrics": {
            "total_requests": 0,
            "requests_by_provider": {},
            "requests_by_task_type": {},
            "estimated_tokens": 0,
            "fallback_count": 0,
            "last_reset": "2026-05-01T00:00:00+00:00",
        },
        "quota": {
            "used": 0,
            "limit": 0,
            "remaining": 0,
            "percentage": 0.0,
            "alert_level": "info",
            "alert_message": None,
        },
        "thresholds": {"warning": 0.8, "critical": 0.95},
    }
    usage.record("gemini", "reasoning", 10, fallback=True)
    usage.record("claude", "reasoning", 5, fallback=False)
    assert (usage.total_requests, usage.estimated_tokens, usage.fallback_count) == (2, 15, 1)
    assert usage.requests_by_provider == {"gemini": 1, "claude": 1}
    assert usage.requests_by_task_type == {"reasoning": 2}


def test_the_quota_starts_again_at_midnight_and_the_counters_do_not():
    now = [datetime(2026, 5, 1, 23, tzinfo=UTC)]
    usage = CcrUsage(100, clock=lambda: now[0])
    usage.record("claude", "general", 90, fallback=False)
    now[0] += timedelta(hours=2)
    assert (usage.used, usage.alert_level, usage.estimated_tokens) == (0, "info", 90)
