"""The master's drain: tell every worker to end its users and wait, bounded, until each final report is there.

It runs while Locust's message loop still does, before the quit messages, so that nothing completed is lost.
Nothing is started meanwhile: Locust would give the users of a worker that quits to the others.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

import gevent
import gevent.event
from gevent import getcurrent
from locust.runners import STATE_MISSING, STATE_STOPPING, MasterRunner

from loadlib.adapters.run_plan import OPTION, RunPlan
from loadlib.adapters.worker import DRAIN

_POLL_S: Final = 0.02


class Drain:
    """Drains one master. Its ``quit``, which several of Locust's greenlets call, waits until that is over."""

    def __init__(self, runner: MasterRunner) -> None:
        self._runner = runner
        self._over = gevent.event.Event()
        self._over.set()
        self._quit = runner.quit
        runner.quit = self._quit_when_over  # type: ignore[method-assign] # Locust calls it

    @property
    def is_on(self) -> bool:
        """Whether workers are being drained."""
        return not self._over.is_set()

    def run(self, plan: RunPlan, *, is_complete: Callable[[str], bool], timeout_s: float) -> None:
        """Send the drain message and wait until every live worker is complete, at most ``timeout_s``."""
        self._over.clear()
        try:
            self._start_nothing_more()
            self._send(plan)
            self._wait(is_complete, time.monotonic() + timeout_s)
        finally:
            self._over.set()

    def _start_nothing_more(self) -> None:
        self._runner.update_state(STATE_STOPPING)
        shape = self._runner.shape_greenlet
        if shape is not None and shape is not getcurrent():
            shape.kill(block=True)

    def _send(self, plan: RunPlan) -> None:
        for client_id in self._live():
            self._runner.send_message(DRAIN, {OPTION: asdict(plan)}, client_id)

    def _wait(self, is_complete: Callable[[str], bool], deadline_s: float) -> None:
        clients = self._live()
        while not all(is_complete(client_id) for client_id in clients & self._live()):
            if time.monotonic() >= deadline_s:
                return
            gevent.sleep(_POLL_S)

    def _live(self) -> set[str]:
        return {node.id for node in self._runner.clients.all if node.state != STATE_MISSING}

    def _quit_when_over(self) -> None:
        self._over.wait()
        self._quit()
