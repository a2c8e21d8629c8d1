"""An argument parser in the suite's manner: mistakes are ``ConfigurationError`` (exit code 104).

Knows no subcommand; ``main`` builds one parser for the subcommand that was called.
"""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from loadlib.core.suggest import did_you_mean
from loadlib.errors import ConfigurationError


class Parser(argparse.ArgumentParser):
    """``argparse`` without abbreviations, whose help keeps its line breaks and whose errors are typed."""

    def __init__(self, prog: str, description: str, examples: str = "") -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=f"examples:\n{examples.rstrip()}" if examples else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Parse the arguments; the first unknown one is reported with the option it resembles."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            hint = did_you_mean(unknown[0].split("=")[0], self._option_string_actions)
            self.error(f"unknown argument {unknown[0]!r}{hint}")
        return parsed

    def error(self, message: str) -> NoReturn:
        """Raise ``ConfigurationError`` in place of argparse's exit with code 2."""
        raise ConfigurationError(f"{message} (see {self.prog} --help)")
