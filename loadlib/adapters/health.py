"""The generator's own health, sampled into the same store: CPU, had or wanted, and how late timers fire.

A generator that is short of CPU shows its own queueing as the server's latency, so these numbers are judged.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import gevent

from loadlib.adapters.recorder import Recorder

LAG_INTERVAL_S: Final = 0.02
CPU_INTERVAL_S: Final = 1.0
_SCHEDULER: Final = Path("/proc/self/schedstat")
"""Of the main thread, where all users run: nanoseconds on a core, and ready to run without one."""


class HealthSampler:
    """Samples one process while a run is on; ``process`` is the value of the ``process`` tag."""

    def __init__(self, recorder: Recorder, process: str) -> None:
        self._recorder = recorder
        self._tags = (("process", process),)
        self._greenlets: list[gevent.Greenlet[..., Any]] = []
        self._spent_s = self._at_s = 0.0
        self._lacked_s: float | None = None
        self._cpu_known = False

    def start(self) -> None:
        """Begin sampling."""
        self._spent_s, self._at_s = time.process_time(), time.perf_counter()
        self._lacked_s = lacked_s()
        self._cpu_known = False
        self._greenlets = [gevent.spawn(self._sample_lag), gevent.spawn(self._sample_cpu)]

    def stop(self) -> None:
        """End sampling; harmless when it was not begun. A run shorter than an interval has its CPU, too."""
        if self._greenlets and not self._cpu_known:
            self._take_cpu()
        gevent.killall(self._greenlets)
        self._greenlets = []

    def _sample_lag(self) -> None:
        while True:
            due_s = time.perf_counter() + LAG_INTERVAL_S
            gevent.sleep(LAG_INTERVAL_S)
            for late_s in lateness(time.perf_counter() - due_s):
                self._recorder.add("generator_loop_lag", late_s, self._tags)

    def _sample_cpu(self) -> None:
        while True:
            gevent.sleep(CPU_INTERVAL_S)
            self._take_cpu()

    def _take_cpu(self) -> None:
        """Record the CPU used since the last time, and how much more of it was wanted."""
        spent_s, now_s, waited_s = time.process_time(), time.perf_counter(), lacked_s()
        elapsed_s = now_s - self._at_s
        if elapsed_s > 0:
            ratio = (spent_s - self._spent_s) / elapsed_s
            self._recorder.add("generator_cpu_ratio", ratio, self._tags)
            self._cpu_known = True
            if waited_s is not None and self._lacked_s is not None:
                ratio += (waited_s - self._lacked_s) / elapsed_s
                self._recorder.add("generator_cpu_wanted_ratio", ratio, self._tags)
        self._spent_s, self._at_s, self._lacked_s = spent_s, now_s, waited_s


def lacked_s() -> float | None:
    """Return how long this process has been ready to run without a core; ``None`` where nobody counts it."""
    try:
        return int(_SCHEDULER.read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def lateness(late_s: float) -> Iterator[float]:
    """Yield how late the timers were that one late timer stands for: those it kept from being set, too.

    Without them a long freeze would be one sample among thousands, as in any coordinated omission.
    """
    late_s = max(0.0, late_s)
    yield late_s
    for missed in range(1, int(late_s / LAG_INTERVAL_S) + 1):
        yield late_s - missed * LAG_INTERVAL_S
