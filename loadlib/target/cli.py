"""The ``loadlib target`` command: arguments to options, and the shell lines printed once it is ready.

Secrets are read from the environment (``LOADLIB_JWT_SECRET``, ``LOADLIB_SESSION_SECRET``,
``LOADLIB_METRICS_KEY``, ``LOADLIB_CONTROL_PLANE_KEY``), never from arguments. Running is ``server``'s work.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, Final, TypeVar

from loadlib.errors import ConfigurationError
from loadlib.exitcodes import ExitCode
from loadlib.target.cli_switches import SWITCHES, VALUES
from loadlib.target.context import Urls
from loadlib.target.options import TEST_JWT_SECRET, TEST_SESSION_SECRET, TargetOptions, port_layout
from loadlib.target.rules import parse_error_rule, parse_latency_rule, parse_model, parse_stream_fault_rule

_T = TypeVar("_T")
_URL_VARIABLES: Final = {
    "agentos": "LOADLIB_BASE_URL",
    "web": "LOADLIB_WEB_URL",
    "api": "LOADLIB_API_URL",
    "ccr": "LOADLIB_CCR_URL",
}
_RULES: Final[tuple[tuple[str, str, Callable[[str], Any], str], ...]] = (
    (
        "--latency",
        "latency",
        parse_latency_rule,
        '"GET /health=lognormal:5ms:0.4"; also constant, uniform, exponential, bimodal',
    ),
    ("--error", "errors", parse_error_rule, '"POST /a2a/*=0.02:500"; the outcome is a status, cut or hang'),
    (
        "--stream-fault",
        "stream_faults",
        parse_stream_fault_rule,
        '"agui=truncate:0.1"; kinds a2a, agui, team, or a route pattern',
    ),
    (
        "--model",
        "models",
        parse_model,
        '"navi=ttft:50ms,gap:10ms,chunks:12,error:0.02"; * for every other agent',
    ),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every switch of the reference platform to a parser."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument(
        "--port", type=int, help="AgentOS port N; web, api and ccr get N+1 to N+3; 0 asks the system"
    )
    parser.add_argument("--seed", type=int, default=1, help="seed of every random decision (default: 1)")
    for value in VALUES:
        parser.add_argument(
            value.flag,
            dest=value.destination,
            default=value.default,
            metavar=value.metavar,
            help=f"{value.help} (default: {value.default or 'none'})",
        )
    for switch in SWITCHES:
        default = _default(switch.field)
        word = next(word for word, meaning in switch.values.items() if meaning == default)
        parser.add_argument(
            switch.flag,
            dest=switch.destination,
            choices=list(switch.values),
            default=word,
            help=f"{switch.help} (default: {word})",
        )
    for flag, field, _, text in _RULES:
        parser.add_argument(
            flag,
            dest=f"target_{field}",
            action="append",
            default=[],
            metavar="RULE",
            help=f"{text}; repeatable",
        )


def _default(name: str) -> Any:
    return next(field.default for field in fields(TargetOptions) if field.name == name)


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
    given: dict[str, Any] = {"host": args.host, "seed": args.seed, **port_layout(args.port)}
    for flag, field, parse, _ in _RULES:
        given[field] = _parse_all(flag, parse, getattr(args, f"target_{field}"), problems)
    for value in VALUES:
        parsed = _parse_all(value.flag, value.parse, [getattr(args, value.destination)], problems)
        given[value.field] = parsed[0] if parsed else None
    if problems:
        raise ConfigurationError(*problems)
    given.update({switch.field: switch.values[getattr(args, switch.destination)] for switch in SWITCHES})
    given.update(_secrets(environ))
    return TargetOptions(**given)


def _secrets(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "jwt_secret": environ.get("LOADLIB_JWT_SECRET") or TEST_JWT_SECRET,
        "session_secret": environ.get("LOADLIB_SESSION_SECRET") or TEST_SESSION_SECRET,
        "metrics_api_key": environ.get("LOADLIB_METRICS_KEY", ""),
        "control_plane_key": environ.get("LOADLIB_CONTROL_PLANE_KEY", ""),
    }


def ready_lines(options: TargetOptions, urls: Urls) -> list[str]:
    """Return what is printed when the target is ready: shell assignments, then the limits.

    Only the built-in test secrets are printed; one given by the environment is known to its owner.
    """
    running = urls.as_dict()
    lines = [f"{variable}={running[name]}" for name, variable in _URL_VARIABLES.items() if running[name]]
    lines.append(f"LOADLIB_API_PREFIX={options.api_prefix or '/'}")
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
