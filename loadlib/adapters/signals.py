"""Ctrl-C and SIGTERM: the run ends in good order; a second Ctrl-C ends the process at once.

Python raises ``KeyboardInterrupt`` in whichever greenlet runs, and several of Locust's swallow it; SIGTERM it
takes over only when the load is on without a shape. Here both reach the main greenlet, where Locust waits.
"""

import os
import signal
from collections.abc import Callable
from types import FrameType

import gevent

from loadlib.adapters.forked_workers import kill_forked_workers
from loadlib.exitcodes import ExitCode


class Interrupts:
    """What signals came. ``received`` is whether any asked for the end of the process."""

    def __init__(self) -> None:
        self.received = False
        self._interrupts = 0
        self._closing = False

    def install(self, is_too_early: Callable[[], bool]) -> None:
        """Take over both signals; call it in the main greenlet.

        While ``is_too_early`` says so, Locust's main greenlet would show ``KeyboardInterrupt`` as a crash:
        the process exits instead.
        """
        self._main = gevent.getcurrent()
        self._is_too_early = is_too_early
        signal.signal(signal.SIGINT, self._on_interrupt)
        signal.signal(signal.SIGTERM, self._on_signal)

    def close(self) -> None:
        """From now on signals are only noted, as the process is ending already."""
        self._closing = True

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._interrupts > 1:
            kill_forked_workers()
            os._exit(ExitCode.INTERRUPTED)
        self._on_signal(number, frame)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.received or self._closing:
            return
        self.received = True
        early = self._is_too_early()
        os.write(2, b"\nstopping; running iterations may end, Ctrl-C again ends at once\n")
        end = SystemExit(int(ExitCode.INTERRUPTED)) if early else KeyboardInterrupt()
        gevent.get_hub().loop.run_callback_threadsafe(self._main.throw, end)
