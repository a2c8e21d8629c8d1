"""The times of one stream, taken event by event. Pure: the moments come in, nothing is recorded here.

Times are seconds from just before the request was written; connecting is not in them.
``ttfb`` first byte of the response, ``ttfe`` first event, ``ttft`` first event with content, ``duration``
terminal event. A chunk gap lies between two consecutive content events; one above ``stall_s`` is a stall.
Gaps are kept as a distribution, so that a stream without an end takes no memory without one.
"""

from typing import Final

from loadlib.core.sketch import Sketch
from loadlib.protocols.stream import Mark

_CONTENT: Final = Mark.CONTENT
_TERMINAL: Final = Mark.TERMINAL
_BATCH: Final = 256
"""Gaps kept as they are until so many can be counted at once, at a fraction of the cost."""


class StreamTimes:
    """What one stream's events came to. A time is ``None`` until its event came."""

    __slots__ = (
        "_fresh_gaps_s",
        "_gaps",
        "_last_content_s",
        "_stall_s",
        "_start_s",
        "duration_s",
        "events",
        "stall_time_s",
        "stalls",
        "ttfe_s",
        "ttft_s",
    )

    def __init__(self, start_s: float, stall_s: float) -> None:
        self._start_s = start_s
        self._stall_s = stall_s
        self._last_content_s = 0.0
        self.events = 0
        self.ttfe_s: float | None = None
        self.ttft_s: float | None = None
        self.duration_s: float | None = None
        self._gaps = Sketch()
        self._fresh_gaps_s: list[float] = []
        self.stalls = 0
        self.stall_time_s = 0.0

    @property
    def gaps(self) -> Sketch:
        """The chunk gaps so far."""
        self._gaps.add_many(self._fresh_gaps_s)
        self._fresh_gaps_s.clear()
        return self._gaps

    def on_event(self, at_s: float, marks: int) -> None:
        """Take one event's arrival, on the clock of ``start_s``."""
        self.events += 1
        if self.ttfe_s is None:
            self.ttfe_s = at_s - self._start_s
        if marks & _CONTENT:
            if self.ttft_s is None:
                self.ttft_s = at_s - self._start_s
            else:
                gap_s = at_s - self._last_content_s
                self._fresh_gaps_s.append(gap_s)
                if gap_s > self._stall_s:
                    self.stalls += 1
                    self.stall_time_s += gap_s
                if len(self._fresh_gaps_s) == _BATCH:
                    self._gaps.add_many(self._fresh_gaps_s)
                    self._fresh_gaps_s.clear()
            self._last_content_s = at_s
        if marks & _TERMINAL and self.duration_s is None:
            self.duration_s = at_s - self._start_s
