"""The generator's own health, sampled into the same store: CPU and how late a short timer fires.

A generator that is short of CPU shows its own queueing as the server's latency, so these numbers are judged.
"""

import time
from collections.abc import Iterator
from typing import Any, Final

import gevent
import psutil

from loadlib.adapters.recorder import Recorder

LAG_INTERVAL_S: Final = 0.02
CPU_INTERVAL_S: Final = 1.0


class HealthSampler:
    """Samples one process while a run is on; ``process`` is the value of the ``process`` tag."""

    def __init__(self, recorder: Recorder, process: str) -> None:
        self._recorder = recorder
        self._tags = (("process", process),)
        self._greenlets: list[gevent.Greenlet[..., Any]] = []

    def start(self) -> None:
        """Begin sampling."""
        self._greenlets = [gevent.spawn(self._sample_lag), gevent.spawn(self._sample_cpu)]

    def stop(self) -> None:
        """End sampling; harmless when it was not begun."""
        gevent.killall(self._greenlets)
        self._greenlets = []

    def _sample_lag(self) -> None:
        while True:
            due_s = time.perf_counter() + LAG_INTERVAL_S
            gevent.sleep(LAG_INTERVAL_S)
            for late_s in lateness(time.perf_counter() - due_s):
                self._recorder.add("generator_loop_lag", late_s, self._tags)

    def _sample_cpu(self) -> None:
        process = psutil.Process()
        spent_s, at_s = _cpu_seconds(process), time.perf_counter()
        while True:
            gevent.sleep(CPU_INTERVAL_S)
            now_spent_s, now_s = _cpu_seconds(process), time.perf_counter()
            ratio = (now_spent_s - spent_s) / (now_s - at_s)
            self._recorder.add("generator_cpu_ratio", max(0.0, ratio), self._tags)
            spent_s, at_s = now_spent_s, now_s


def lateness(late_s: float) -> Iterator[float]:
    """Yield how late the timers were that one late timer stands for: those it kept from being set, too.

    Without them a long freeze would be one sample among thousands, as in any coordinated omission.
    """
    late_s = max(0.0, late_s)
    yield late_s
    for missed in range(1, int(late_s / LAG_INTERVAL_S) + 1):
        yield late_s - missed * LAG_INTERVAL_S


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
