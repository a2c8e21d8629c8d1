"""The generator's own health, sampled into the same store: CPU and how late a short timer fires.

A generator that is short of CPU shows its own queueing as the server's latency, so these numbers are judged.
"""

import time
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
            self._recorder.add("generator_loop_lag", max(0.0, time.perf_counter() - due_s), self._tags)

    def _sample_cpu(self) -> None:
        process = psutil.Process()
        spent_s, at_s = _cpu_seconds(process), time.perf_counter()
        while True:
            gevent.sleep(CPU_INTERVAL_S)
            now_spent_s, now_s = _cpu_seconds(process), time.perf_counter()
            ratio = (now_spent_s - spent_s) / (now_s - at_s)
            self._recorder.add("generator_cpu_ratio", max(0.0, ratio), self._tags)
            spent_s, at_s = now_spent_s, now_s


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
