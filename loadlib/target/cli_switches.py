"""The command line's switches as tables: words that mean a value, and values that are parsed from text.

Adding them to a parser and reading them back is ``cli``'s work.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from loadlib.errors import ConfigurationError
from loadlib.target.options import BusinessLookup, ProviderFailure
from loadlib.target.rules import parse_duration_s


@dataclass(frozen=True, slots=True)
class Switch:
    """One option with a small set of words; ``values`` maps a word to the value of the options' ``field``."""

    flag: str
    field: str
    values: Mapping[str, Any]
    help: str

    @property
    def destination(self) -> str:
        """The attribute that holds the word in the parsed arguments."""
        return f"target_{self.field}"


@dataclass(frozen=True, slots=True)
class Value:
    """One option whose text is parsed; ``default`` is the text of the options' default."""

    flag: str
    field: str
    parse: Callable[[str], Any]
    default: str
    metavar: str
    help: str

    @property
    def destination(self) -> str:
        """The attribute that holds the text in the parsed arguments."""
        return f"target_{self.field}"


def parse_rate_limits(text: str) -> float | None:
    """Return the scale for ``off`` (None), ``on`` (1) or a positive number."""
    words: dict[str, float | None] = {"off": None, "on": 1.0}
    if text in words:
        return words[text]
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"{text!r} is not allowed; write off, on or a scale factor") from None


def parse_count(text: str) -> int:
    """Return a whole number of at least 0."""
    if not text.isdecimal():
        raise ConfigurationError(f"not a count: {text!r}; write a whole number of at least 0")
    return int(text)


def parse_optional_count(text: str) -> int | None:
    """Return a whole number, or None for an empty text."""
    return parse_count(text) if text else None


def parse_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma list; an empty text gives none."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


_ON_OFF: Final = {"on": True, "off": False}
_INTENT_TRUE: Final = {"intent": True, "literal": False}
_INTENT_FALSE: Final = {"intent": False, "literal": True}

SWITCHES: Final = (
    Switch(
        "--rate-limit-identity",
        "rate_limit_identity",
        {"workspace-user": "workspace_user", "global": "global"},
        "whose requests share a window",
    ),
    Switch(
        "--default-limit", "default_limit", _ON_OFF, "10 per minute on routes without a limit of their own"
    ),
    Switch(
        "--literal-500", "literal_500", _ON_OFF, "limited JSON endpoints end in 500, as the platform does"
    ),
    Switch("--agui", "agui_mounted", _INTENT_TRUE, "/agui mounted or 404"),
    Switch("--dashboard-rpc", "dashboard_rpc", _INTENT_TRUE, "the dashboard answers rpc or not"),
    Switch("--ccr-health", "ccr_health_route", _INTENT_TRUE, "GET /ccr/health exists or not"),
    Switch("--registry", "agents_registered", _INTENT_TRUE, "3 registered teams or none"),
    Switch(
        "--pm-health", "pm_health", {"ok": "ok", "literal": "literal"}, "rpc health of navi, pulse, herald"
    ),
    Switch("--ccr-enabled", "ccr_enabled", _ON_OFF, "GET /ccr/metrics reports numbers or 'disabled'"),
    Switch("--agent-metrics", "agent_metrics_written", _ON_OFF, "a2a_* and ccr_* series are written"),
    Switch("--traceparent", "traceparent", _ON_OFF, "the caller's trace id is honoured"),
    Switch(
        "--provider-failure",
        "provider_failure",
        {word.replace("_", "-"): word for word in get_args(ProviderFailure)},
        "what a failing model looks like from outside",
    ),
    Switch(
        "--business-lookup",
        "business_lookup",
        {word: word for word in get_args(BusinessLookup)},
        "what the ownership check of team runs finds",
    ),
    Switch(
        "--environment",
        "environment",
        {"development": "development", "production": "production"},
        "production hides error texts",
    ),
    Switch("--web-demo-data", "web_demo_data", _ON_OFF, "the web shows demo data when the API fails"),
    Switch("--web-mocks", "web_mocks", _ON_OFF, "the web's mock endpoints answer"),
    Switch("--approvals-proxy", "approvals_proxy_literal", _INTENT_FALSE, "credentials of the web's proxy"),
    Switch("--state-updates", "state_updates_literal", _INTENT_FALSE, "how realtime updates are saved"),
)
"""Options of a few words each; the options' own default decides which word is the default."""

VALUES: Final = (
    Value(
        "--rate-limits",
        "rate_limit_scale",
        parse_rate_limits,
        "off",
        "off|on|SCALE",
        "10 allows ten times as much",
    ),
    Value("--services", "services", parse_names, "agentos,web,api,ccr", "LIST", "the services to run"),
    Value("--api-prefix", "api_prefix", str, "/api", "PATH", "path prefix of the API; empty for none"),
    Value(
        "--lookup-timeout", "lookup_timeout_s", parse_duration_s, "5s", "DURATION", "limit of a slow lookup"
    ),
    Value(
        "--execution-timeout", "execution_timeout_s", parse_duration_s, "120s", "DURATION", "limit of a run"
    ),
    Value("--max-stream", "max_stream_s", parse_duration_s, "600s", "DURATION", "limit of a hanging stream"),
    Value(
        "--tokens-remaining",
        "tokens_remaining",
        parse_optional_count,
        "",
        "N",
        "tokens left; below 1000 teams get 429",
    ),
    Value("--sockets-per-user", "sockets_per_user", parse_count, "5", "N", "realtime sockets of one user"),
    Value("--sockets-per-workspace", "sockets_per_workspace", parse_count, "100", "N", "of one workspace"),
    Value("--state-updates-per-minute", "state_updates_per_minute", parse_count, "100", "N", "of one user"),
    Value("--ccr-unavailable", "ccr_unavailable", parse_names, "", "LIST", "model providers that are down"),
    Value(
        "--ccr-rate-limited", "ccr_rate_limited", parse_names, "", "LIST", "model providers that are limited"
    ),
    Value("--ccr-daily-tokens", "ccr_daily_token_limit", parse_count, "0", "N", "token quota; 0 for none"),
)
"""Options whose text is parsed."""
