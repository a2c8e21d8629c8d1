"""The worker processes that a master forked (``--processes``): none of them outlives it.

Locust's own look at the end takes a worker that still runs for one that has ended, and one that never reached
its master goes on for ever. Workers are not waited for with ``wait``: that is left to Locust.
"""

import os
import signal
import time
from typing import Final

import psutil

GRACE_S: Final = 5.0
_POLL_S: Final = 0.05


def end_forked_workers(grace_s: float = GRACE_S) -> None:
    """Let the workers end by themselves, then terminate, then kill those that do not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline_s = time.monotonic() + grace_s
        while (alive := _forked()) and time.monotonic() < deadline_s:
            time.sleep(_POLL_S)
        for process in alive:
            _send(process, number)
        grace_s = GRACE_S


def kill_forked_workers() -> None:
    """Kill the workers at once."""
    for process in _forked():
        _send(process, signal.SIGKILL)


def _forked() -> list[psutil.Process]:
    """Return the running children that are copies of this process: what else it started is not ours."""
    own = psutil.Process(os.getpid())
    arguments = own.cmdline()
    return [child for child in own.children() if _arguments(child) == arguments]


def _arguments(process: psutil.Process) -> list[str]:
    """Return a process's command line; empty when it has ended."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
