"""The entry point: finds the subcommand, and turns every error into lines on stderr and an exit code.

A subcommand is imported only when it is called, so none pays for another's imports.
"""

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import Final, Protocol, cast

import loadlib
from loadlib.cli.parser import Parser
from loadlib.core.suggest import did_you_mean
from loadlib.errors import ConfigurationError, LoadlibError
from loadlib.exitcodes import MEANINGS, ExitCode

COMMANDS: Final = {
    "demo": "start the reference platform and run all scenarios against it",
    "run": "run a scenario, judge it by its thresholds, exit accordingly",
    "target": "start the reference platform on loopback",
    "check": "judge a saved result again, with the same or other thresholds",
    "schema": "print or write the JSON Schemas of thresholds and results",
}
"""Subcommand -> what it does. Its module in this package has the same name."""


class Subcommand(Protocol):
    """What the module of a subcommand offers."""

    DESCRIPTION: str
    EXAMPLES: str

    def add_arguments(self, parser: Parser) -> None:
        """Declare the subcommand's arguments."""

    def main(self, args: Namespace) -> int:
        """Do the work and return an exit code, or raise ``LoadlibError``."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, that of the process unless ``argv`` is given, and return the exit code."""
    argv = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(argv)
    except ConfigurationError as error:
        return _fail(error.exit_code, *error.problems)
    except LoadlibError as error:
        return _fail(error.exit_code, *str(error).splitlines())
    except KeyboardInterrupt:
        return _fail(ExitCode.INTERRUPTED, "interrupted")
    except SystemExit as end:  # argparse's way to end after --help and --version
        return end.code if isinstance(end.code, int) else int(ExitCode.PASS)
    except Exception as error:  # the last resort: a user is told the kind of a bug, not its traceback
        return _bug(error)


def _bug(error: Exception) -> int:
    if os.environ.get("LOADLIB_DEBUG"):
        traceback.print_exc()
    detail = " ".join(str(error).split())
    message = f"internal: {type(error).__name__}: {detail} (LOADLIB_DEBUG=1 shows where)"
    return _fail(ExitCode.INTERNAL, message)


def _dispatch(argv: list[str]) -> int:
    overview = _overview()
    if not argv:
        overview.print_help(sys.stderr)
        return int(ExitCode.INVALID_CONFIGURATION)
    name = argv[0]
    if name.startswith("-"):
        overview.parse_args(argv)
        overview.error("a command is missing")
    if name not in COMMANDS:
        known = ", ".join(COMMANDS)
        raise ConfigurationError(
            f"unknown command {name!r}{did_you_mean(name, COMMANDS)} (commands: {known})"
        )
    command = cast("Subcommand", import_module(f"loadlib.cli.{name}"))
    parser = Parser(f"loadlib {name}", command.DESCRIPTION, command.EXAMPLES)
    command.add_arguments(parser)
    return command.main(parser.parse_args(argv[1:]))


def _overview() -> Parser:
    """Return the parser of ``loadlib`` itself, whose help lists commands and exit codes."""
    commands = "\n".join(f"  {name:<8} {summary}" for name, summary in COMMANDS.items())
    codes = "\n".join(f"  {int(code):<8} {meaning}" for code, meaning in MEANINGS.items())
    description = "Load testing for AI-agent platforms: Locust's users, k6's thresholds and exit codes."
    parser = Parser("loadlib", f"{description}\n\ncommands:\n{commands}\n\nexit codes:\n{codes}")
    parser.usage = "loadlib COMMAND ...  (loadlib COMMAND --help tells more)"
    parser.add_argument("--version", action="version", version=f"loadlib {loadlib.__version__}")
    return parser


def _fail(code: ExitCode, *problems: str) -> int:
    """Print each problem; one of several lines shows a place in a file below its first."""
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return int(code)
