"""The time of a run: wall time at its start, carried on by the monotonic clock.

A wall clock that is set while a run is on neither stretches its duration nor moves its windows.
"""

import time


class RunClock:
    """A clock in epoch seconds that never runs backwards."""

    def __init__(self) -> None:
        self._epoch_s = time.time() - time.perf_counter()

    def now_s(self) -> float:
        """Return the time in epoch seconds."""
        return self._epoch_s + time.perf_counter()
