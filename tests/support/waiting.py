"""Waiting for a condition with a deadline, in place of fixed sleeps."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

POLL_INTERVAL_S: Final = 0.02

T = TypeVar("T")


def wait_until(predicate: Callable[[], T], timeout_s: float, what: str) -> T:
    """Call ``predicate`` until it returns something true, and return that.

    Raises:
        AssertionError: ``what`` did not happen within ``timeout_s`` seconds. The predicate is asked once
            more after the deadline, so that a slow machine is not blamed for a condition that holds.
    """
    deadline = time.monotonic() + timeout_s
    while not (result := predicate()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(POLL_INTERVAL_S)
    return result
