"""The ``loadlib target`` command: arguments to options, and the shell lines printed once it is ready.

Secrets are read from the environment (``LOADLIB_JWT_SECRET``, ``LOADLIB_SESSION_SECRET``,
``LOADLIB_METRICS_API_KEY``, ``LOADLIB_CONTROL_PLANE_KEY``), never from arguments. Running is ``server``'s
work.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar, get_args

from loadlib.errors import ConfigurationError
from loadlib.exitcodes import ExitCode
from loadlib.target.context import Urls
from loadlib.target.options import (
    TEST_JWT_SECRET,
    TEST_SESSION_SECRET,
    BusinessLookup,
    ProviderFailure,
    TargetOptions,
    port_layout,
)
from loadlib.target.rules import (
    SERVICES,
    parse_duration_s,
    parse_error_rule,
    parse_latency_rule,
    parse_model,
    parse_stream_fault_rule,
)

_T = TypeVar("_T")
_URL_VARIABLES: Final = {
    "agentos": "LOADLIB_BASE_URL",
    "web": "LOADLIB_WEB_URL",
    "api": "LOADLIB_API_URL",
    "ccr": "LOADLIB_CCR_URL",
}


@dataclass(frozen=True, slots=True)
class _Switch:
    """One option with a small set of words; ``values`` maps a word to the value of the options' field."""

    flag: str
    field: str
    values: Mapping[str, Any]
    help: str

    @property
    def destination(self) -> str:
        return f"target_{self.field}"


_ON_OFF: Final = {"on": True, "off": False}
_INTENT_LITERAL: Final = {"intent": True, "literal": False}
_SWITCHES: Final = (
    _Switch(
        "--rate-limit-identity",
        "rate_limit_identity",
        {"workspace-user": "workspace_user", "global": "global"},
        "whose requests share a window",
    ),
    _Switch(
        "--default-limit", "default_limit", _ON_OFF, "10 per minute on routes without a limit of their own"
    ),
    _Switch(
        "--literal-500", "literal_500", _ON_OFF, "limited JSON endpoints end in 500, as the platform does"
    ),
    _Switch("--agui", "agui_mounted", _INTENT_LITERAL, "/agui mounted (intent) or 404 (literal)"),
    _Switch(
        "--dashboard-rpc", "dashboard_rpc", _INTENT_LITERAL, "dashboard answers rpc (intent) or not (literal)"
    ),
    _Switch(
        "--ccr-health",
        "ccr_health_route",
        _INTENT_LITERAL,
        "GET /ccr/health exists (intent) or not (literal)",
    ),
    _Switch(
        "--registry", "agents_registered", _INTENT_LITERAL, "3 registered teams (intent) or none (literal)"
    ),
    _Switch(
        "--pm-health", "pm_health", {"ok": "ok", "literal": "literal"}, "rpc health of navi, pulse and herald"
    ),
    _Switch("--ccr-enabled", "ccr_enabled", _ON_OFF, "GET /ccr/metrics reports numbers or 'disabled'"),
    _Switch("--agent-metrics", "agent_metrics_written", _ON_OFF, "a2a_* and ccr_* series are written"),
    _Switch("--traceparent", "traceparent", _ON_OFF, "the caller's trace id is honoured"),
    _Switch(
        "--provider-failure",
        "provider_failure",
        {word.replace("_", "-"): word for word in get_args(ProviderFailure)},
        "what a failing model looks like from outside",
    ),
    _Switch(
        "--business-lookup",
        "business_lookup",
        {word: word for word in get_args(BusinessLookup)},
        "what the ownership check of team runs finds",
    ),
    _Switch(
        "--environment",
        "environment",
        {"development": "development", "production": "production"},
        "production hides error texts",
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every switch of the reference platform to a parser."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument(
        "--port", type=int, help="AgentOS port N; web, api and ccr get N+1 to N+3; 0 asks the system"
    )
    parser.add_argument("--services", default=",".join(SERVICES), help="comma list of the services to run")
    parser.add_argument("--seed", type=int, default=1, help="seed of every random decision (default: 1)")
    parser.add_argument(
        "--rate-limits", default="off", metavar="off|on|SCALE", help="SCALE 10 allows ten times as much"
    )
    parser.add_argument("--api-prefix", default="/api", help="path prefix of the API; an empty text for none")
    parser.add_argument(
        "--lookup-timeout", default="5s", metavar="DURATION", help="time limit of a slow lookup"
    )
    parser.add_argument(
        "--execution-timeout", default="120s", metavar="DURATION", help="time limit of a team or rpc run"
    )
    parser.add_argument(
        "--tokens-remaining", type=int, metavar="N", help="tokens left today; below 1000 team runs get 429"
    )
    for switch in _SWITCHES:
        default = _default(switch.field)
        word = next(word for word, value in switch.values.items() if value == default)
        parser.add_argument(
            switch.flag,
            dest=switch.destination,
            choices=list(switch.values),
            default=word,
            help=f"{switch.help} ({word})",
        )
    _add_rules(parser)


def _default(name: str) -> Any:
    return next(field.default for field in fields(TargetOptions) if field.name == name)


def _add_rules(parser: argparse.ArgumentParser) -> None:
    rules = (
        (
            "--latency",
            "RULE",
            '"GET /health=lognormal:5ms:0.4"; also constant, uniform, exponential, bimodal',
        ),
        ("--error", "RULE", '"POST /a2a/*=0.02:500"; the outcome is a status, cut or hang'),
        ("--stream-fault", "RULE", '"agui=truncate:0.1"; kinds a2a, agui, team, or a route pattern'),
        ("--model", "SPEC", '"navi=ttft:50ms,gap:10ms,chunks:12,error:0.02"; * for every other agent'),
    )
    for flag, metavar, text in rules:
        parser.add_argument(
            flag, action="append", default=[], metavar=metavar, help=f"{text}; may be repeated"
        )


def parse_rate_limits(text: str) -> float | None:
    """Return the scale for ``off`` (None), ``on`` (1) or a positive number."""
    words: dict[str, float | None] = {"off": None, "on": 1.0}
    if text in words:
        return words[text]
    try:
        return float(text)
    except ValueError:
        raise ConfigurationError(f"--rate-limits {text!r}: allowed are off, on and a scale factor") from None


def _parse_all(
    flag: str, parse: Callable[[str], _T], texts: Iterable[str], problems: list[str]
) -> tuple[_T, ...]:
    values: list[_T] = []
    for text in texts:
        try:
            values.append(parse(text))
        except ConfigurationError as error:
            problems.extend(f"{flag}: {problem}" for problem in error.problems)
    return tuple(values)


def options_from_arguments(
    args: argparse.Namespace, environ: Mapping[str, str] = os.environ
) -> TargetOptions:
    """Return the options of parsed arguments; raises ``ConfigurationError`` with a line for each problem."""
    problems: list[str] = []
    rules: dict[str, Any] = {
        "latency": _parse_all("--latency", parse_latency_rule, args.latency, problems),
        "errors": _parse_all("--error", parse_error_rule, args.error, problems),
        "stream_faults": _parse_all("--stream-fault", parse_stream_fault_rule, args.stream_fault, problems),
        "models": _parse_all("--model", parse_model, args.model, problems),
    }
    scale = _parse_all("--rate-limits", parse_rate_limits, [args.rate_limits], problems)
    lookup = _parse_all("--lookup-timeout", parse_duration_s, [args.lookup_timeout], problems)
    execution = _parse_all("--execution-timeout", parse_duration_s, [args.execution_timeout], problems)
    if problems:
        raise ConfigurationError(*problems)
    values: dict[str, Any] = {
        "host": args.host,
        "services": tuple(name.strip() for name in args.services.split(",") if name.strip()),
        "seed": args.seed,
        "rate_limit_scale": scale[0],
        "lookup_timeout_s": lookup[0],
        "execution_timeout_s": execution[0],
        "tokens_remaining": args.tokens_remaining,
        "api_prefix": args.api_prefix,
        **port_layout(args.port),
        **_secrets(environ),
        **{switch.field: switch.values[getattr(args, switch.destination)] for switch in _SWITCHES},
    }
    return TargetOptions(**rules, **values)


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "jwt_secret": environ.get("LOADLIB_JWT_SECRET") or TEST_JWT_SECRET,
        "session_secret": environ.get("LOADLIB_SESSION_SECRET") or TEST_SESSION_SECRET,
        "metrics_api_key": environ.get("LOADLIB_METRICS_API_KEY", ""),
        "control_plane_key": environ.get("LOADLIB_CONTROL_PLANE_KEY", ""),
    }


def ready_lines(options: TargetOptions, urls: Urls) -> list[str]:
    """Return what is printed when the target is ready: shell assignments, then the limits.

    Only the built-in test secrets are printed; one given by the environment is known to its owner.
    """
    running = urls.as_dict()
    lines = [f"{variable}={running[name]}" for name, variable in _URL_VARIABLES.items() if running[name]]
    lines.append(f"LOADLIB_API_PREFIX={options.api_prefix}")
    if options.jwt_secret == TEST_JWT_SECRET:
        lines.append(f"LOADLIB_JWT_SECRET={options.jwt_secret}")
    if options.session_secret == TEST_SESSION_SECRET:
        lines.append(f"LOADLIB_SESSION_SECRET={options.session_secret}")
    lines.append(f"# rate limits: {_limits(options)}")
    return lines


def _limits(options: TargetOptions) -> str:
    if options.rate_limit_scale is None:
        return "off (--rate-limits on for the platform's own)"
    default = "" if options.default_limit else ", default limit off"
    return f"on, scale {options.rate_limit_scale:g}, keyed by {options.rate_limit_identity}{default}"


def main(args: argparse.Namespace) -> int:
    """Run the reference platform until it is told to stop; returns an exit code."""
    try:
        options = options_from_arguments(args)
        from loadlib.target.server import serve  # noqa: PLC0415 - only running needs the servers' packages

        serve(options, lambda urls: print("\n".join(ready_lines(options, urls)), flush=True))
    except ConfigurationError as error:
        for problem in error.problems:
            print(f"error: {problem}", file=sys.stderr)
        return int(error.exit_code)
    except ImportError as error:
        print(f"error: {error}; the reference platform needs loadlib[target]", file=sys.stderr)
        return int(ExitCode.INVALID_CONFIGURATION)
    return int(ExitCode.PASS)
