"""Whether and when updates come back: one is awaited at a time, late and repeated ones are told apart.

Pure: it neither sends nor waits nor records.
"""

from collections import deque
from typing import Final

from loadlib.protocols.realtime import Sync

LATE: Final = "late"
DUPLICATE: Final = "duplicate"
_REMEMBERED: Final = 100


class Deliveries:
    """The updates of one sender, as a second socket sees them. Versions grow with every update."""

    def __init__(self, tab: str) -> None:
        self._tab = tab
        self._awaited: int | None = None
        self._lost: deque[int] = deque(maxlen=_REMEMBERED)
        self.arrived_s: float | None = None

    def expect(self, version: int) -> None:
        """Await an update from now on."""
        self._awaited = version
        self.arrived_s = None

    def give_up(self) -> None:
        """Stop waiting: the update is lost, whatever becomes of it."""
        if self._awaited is not None and self.arrived_s is None:
            self._lost.append(self._awaited)
        self._awaited = None

    def on_sync(self, sync: Sync, at_s: float) -> str:
        """Take what the second socket received; return ``late`` or ``duplicate``, or nothing to be said.

        The awaited update sets ``arrived_s``. What other senders sent is not ours to judge.
        """
        if sync.tab != self._tab:
            return ""
        if sync.version == self._awaited and self.arrived_s is None:
            self.arrived_s = at_s
            return ""
        if sync.version in self._lost:
            self._lost.remove(sync.version)
            return LATE
        return DUPLICATE
