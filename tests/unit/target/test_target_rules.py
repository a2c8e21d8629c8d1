"""The command line's small languages: what they accept, what they refuse, and how readable the refusal is."""

import random
import statistics

import pytest

from loadlib.errors import ConfigurationError
from loadlib.target import rules


@pytest.mark.parametrize(
    ("text", "seconds"), [("5ms", 0.005), ("0.2s", 0.2), ("20us", 0.00002), ("1m", 60.0), (" 3s ", 3.0)]
)
def test_duration_is_read_with_its_unit(text: str, seconds: float) -> None:
    assert rules.parse_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", "ms", "-5ms", "5 h", "", "1e3ms"])
def test_duration_without_a_known_unit_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not a duration"):
        rules.parse_duration_s(text)


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("GET /health", ("agentos", "GET", "/health", "/health"), True),
        ("GET /health", ("agentos", "POST", "/health", "/health"), False),
        ("/health", ("web", "POST", "/health", "/health"), True),
        ("web /health", ("agentos", "GET", "/health", "/health"), False),
        ("agentos POST /a2a/*", ("agentos", "POST", "/a2a/{agent}/rpc", "/a2a/navi/rpc"), True),
        ("POST /a2a/navi/rpc", ("agentos", "POST", "/a2a/{agent}/rpc", "/a2a/navi/rpc"), True),
        ("POST /a2a/navi/rpc", ("agentos", "POST", "/a2a/{agent}/rpc", "/a2a/pulse/rpc"), False),
        ("*", ("ccr", "GET", "/x", "/x"), True),
    ],
)
def test_pattern_chooses_by_service_method_and_path(
    text: str, place: tuple[str, str, str, str], expected: bool
) -> None:
    assert rules.parse_pattern(text).matches(*place) is expected


@pytest.mark.parametrize("text", ["health", "FETCH /x", "GET  ", "moon GET /x"])
def test_pattern_that_names_nothing_known_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not a route pattern"):
        rules.parse_pattern(text)


@pytest.mark.parametrize(
    ("text", "low_s", "high_s"),
    [
        ("constant:20ms", 0.02, 0.02),
        ("uniform:1ms:9ms", 0.001, 0.009),
        ("lognormal:5ms:0.4", 0.0, 1.0),
        ("exponential:5ms", 0.0, 1.0),
        ("bimodal:5ms:200ms:0.5", 0.005, 0.2),
    ],
)
def test_distribution_draws_within_its_range(text: str, low_s: float, high_s: float) -> None:
    rng = random.Random(1)
    drawn = [rules.parse_distribution(text).sample_s(rng) for _ in range(1000)]
    assert low_s <= min(drawn)
    assert max(drawn) <= high_s


def test_lognormal_has_the_median_it_names() -> None:
    rng = random.Random(1)
    distribution = rules.parse_distribution("lognormal:5ms:0.4")
    assert statistics.median(distribution.sample_s(rng) for _ in range(4000)) == pytest.approx(
        0.005, rel=0.05
    )


def test_bimodal_ratio_is_the_share_of_slow_draws() -> None:
    rng = random.Random(1)
    distribution = rules.parse_distribution("bimodal:5ms:200ms:0.25")
    slow = sum(distribution.sample_s(rng) == 0.2 for _ in range(4000))
    assert slow / 4000 == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(
    "text", ["constant", "constant:5", "gamma:1ms", "lognormal:5ms:x", "bimodal:1ms:2ms:3"]
)
def test_distribution_with_wrong_parameters_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        rules.parse_distribution(text)


def test_error_rule_holds_ratio_and_outcome() -> None:
    rule = rules.parse_error_rule("POST /a2a/*=0.02:500")
    assert (rule.pattern.text, rule.ratio, rule.outcome) == ("POST /a2a/*", 0.02, 500)
    assert rules.parse_error_rule("*=1:cut").outcome == "cut"


@pytest.mark.parametrize(
    "text", ["POST /x", "POST /x=0.1", "POST /x=2:500", "POST /x=0.1:99", "POST /x=0.1:boom"]
)
def test_error_rule_with_impossible_parts_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        rules.parse_error_rule(text)


def test_stream_fault_is_given_by_kind_or_by_route() -> None:
    by_kind = rules.parse_stream_fault_rule("agui=truncate:0.1")
    assert (by_kind.kind, by_kind.pattern, by_kind.mode, by_kind.ratio) == ("agui", None, "truncate", 0.1)
    by_route = rules.parse_stream_fault_rule("POST /agents/*=error:1")
    assert by_route.pattern is not None
    assert by_route.pattern.glob == "/agents/*"


@pytest.mark.parametrize("text", ["agui=truncate", "moon=truncate:0.1", "agui=:0.1", "agui"])
def test_stream_fault_without_kind_mode_and_ratio_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        rules.parse_stream_fault_rule(text)


def test_model_settings_are_named() -> None:
    agent, spec = rules.parse_model("navi=ttft:50ms,gap:10ms,chunks:3,error:0.02,jitter:0.2")
    assert agent == "navi"
    assert spec == rules.ModelSpec(0.05, 0.01, 3, 0.02, 0.2)


@pytest.mark.parametrize("text", ["navi", "navi=speed:1", "navi=chunks:many", "navi=ttft:5"])
def test_model_setting_that_is_unknown_or_malformed_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        rules.parse_model(text)
