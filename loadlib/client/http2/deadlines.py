"""One seldom-firing timer for the deadlines of all who wait on a connection.

A deadline is a number that the timer looks at when the earliest one known is due; most requests end long
before, and cost the timer nothing. Does not end waits itself (`connection`).
"""

from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import Any

from loadlib.client.eventloop import Watcher


class Deadlines:
    """Calls ``due`` with the time when a deadline may have passed; it returns the next one, or infinity."""

    def __init__(self, hub: Any, due: Callable[[float], float]) -> None:
        self._hub = hub
        self._due = due
        self._timer: Watcher | None = None
        self._at_s = inf

    def expect(self, deadline_s: float) -> None:
        """Look at ``deadline_s`` of `time.perf_counter` at the latest."""
        if deadline_s < self._at_s:
            self.stop()
            self._at_s = deadline_s
            self._timer = self._hub.loop.timer(max(0.0, deadline_s - perf_counter()), ref=False)
            self._timer.start(self._on_timer)

    def stop(self) -> None:
        """Forget all deadlines."""
        self._at_s = inf
        if self._timer is not None:
            self._timer.close()
            self._timer = None

    def _on_timer(self) -> None:
        self._at_s = inf
        self.expect(self._due(perf_counter()))
