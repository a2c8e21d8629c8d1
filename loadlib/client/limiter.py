"""A limit on requests per second, one for all clients of a process that have the same.

Requests leave in the order they asked, evenly spaced, without a burst: an unused moment is not saved up.
Several processes have a limit each. Does not know what is limited.
"""

from time import perf_counter
from typing import Any
from weakref import WeakKeyDictionary

from loadlib.client.eventloop import get_hub, sleep


class Limiter:
    """Lets ``rate`` callers a second go on, one at a time."""

    __slots__ = ("_interval_s", "_next_s")

    def __init__(self, rate_per_s: float) -> None:
        self._interval_s = 1.0 / rate_per_s
        self._next_s = 0.0

    def wait(self) -> None:
        """Return when it is the caller's turn; other greenlets run meanwhile."""
        now = perf_counter()
        turn = max(now, self._next_s)
        self._next_s = turn + self._interval_s
        if turn > now:
            sleep(turn - now)


_shared: "WeakKeyDictionary[Any, dict[float, Limiter]]" = WeakKeyDictionary()


def shared_limiter(rate_per_s: float) -> Limiter:
    """Return the process's limiter of this rate; threads with event loops of their own have their own."""
    limiters = _shared.setdefault(get_hub(), {})
    limiter = limiters.get(rate_per_s)
    if limiter is None:
        limiter = limiters[rate_per_s] = Limiter(rate_per_s)
    return limiter
