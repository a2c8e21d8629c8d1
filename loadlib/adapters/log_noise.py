"""Keeps a log readable when every user fails alike: a scenario's exception is logged once, not per iteration.

How often it happened is in the result; Locust would print its traceback each time.
"""

import logging
from typing import Final

from loadlib.errors import ScenarioAbort

LOGGERS: Final = ("locust.user.task", "locust.user.users")
MAX_KEPT: Final = 200


class OncePerException(logging.Filter):
    """Lets the first record of each exception pass, and a scenario's own abort without its traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is to be logged."""
        error = record.args[0] if isinstance(record.args, tuple) and record.args else None
        if not isinstance(error, Exception):
            return True
        key = f"{type(error).__name__}: {error}"
        if key in self._seen or len(self._seen) >= MAX_KEPT:
            return False
        self._seen.add(key)
        if isinstance(error, ScenarioAbort):
            record.msg, record.args = "the scenario asked for the abort: %s", (error,)
        return True


def install() -> OncePerException:
    """Put one filter on the loggers that report exceptions of users; return it for removal."""
    quiet = OncePerException()
    for name in LOGGERS:
        logging.getLogger(name).addFilter(quiet)
    return quiet


def remove(quiet: OncePerException) -> None:
    """Take the filter off again."""
    for name in LOGGERS:
        logging.getLogger(name).removeFilter(quiet)
