"""The time a dial may take: its own timeout, or the request's deadline where that comes first.

Measures nothing and waits for nothing; the steps of a dial ask it what is left.
"""

from time import perf_counter

from loadlib.client.errors import TransportError


class DialLimit:
    """The earlier of two limits, and which of them it is."""

    def __init__(self, connect_timeout_s: float, deadline_s: float) -> None:
        own = perf_counter() + connect_timeout_s
        self.kind = "connect_timeout" if own <= deadline_s else "timeout"
        self._at_s = min(own, deadline_s)

    def left_s(self) -> float:
        """Return the seconds left.

        Raises:
            TransportError: there are none.
        """
        left = self._at_s - perf_counter()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> TransportError:
        """Return the error of a dial that took too long."""
        return TransportError(self.kind, "no connection in time")
