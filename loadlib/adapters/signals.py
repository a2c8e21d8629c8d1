"""Ctrl-C: the first lets the run end in good order, the second ends the process at once."""

import os
import signal
from types import FrameType

from loadlib.exitcodes import ExitCode


class Interrupts:
    """Counts SIGINT. Locust swallows the first in some of its states, so the count is what tells."""

    def __init__(self) -> None:
        self.count = 0

    def install(self) -> None:
        """Take over SIGINT, still raising ``KeyboardInterrupt`` for everybody else."""
        signal.signal(signal.SIGINT, self._on_interrupt)

    def _on_interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count > 1:
            os._exit(ExitCode.INTERRUPTED)
        raise KeyboardInterrupt
