"""Processor time of processes as the kernel counts it, user and system together, in seconds.

The process clocks of other processes are read (``clock_getcpuclockid`` of POSIX; its formula is Linux's),
which count in nanoseconds; ``/proc`` counts in hundredths of a second. Linux only.
"""

import time
from collections.abc import Iterable

import psutil


def process_cpu_s(pid: int) -> float:
    """Return what a process has used so far, all threads, without its children.

    Raises ``OSError`` for a process that is gone.
    """
    return time.clock_gettime((~pid << 3) | 2)


def tree(pid: int) -> list[int]:
    """Return a process and its descendants, as they are now; empty when it is gone."""
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def cpu_s(pids: Iterable[int]) -> float:
    """Return what processes have used so far, those that are gone left out."""
    total_s = 0.0
    for pid in pids:
        try:
            total_s += process_cpu_s(pid)
        except OSError:
            continue
    return total_s


def machine_cpu_s() -> float:
    """Return what the whole machine has used so far, hundredths of a second exact; waiting is no use."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def own_cpu_s() -> float:
    """Return what this process has used so far."""
    return time.process_time()
