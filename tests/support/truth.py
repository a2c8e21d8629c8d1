"""A target that knows what it did, for tests of what is measured; priority over the rest of the machine."""

import fcntl
import json
import os
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loadlib.core.result import RunResult
from loadlib.core.sketch import Sketch
from tests.support.process import REPOSITORY, Process

START_TIMEOUT_S: Final = 30.0
TURN: Final = Path(tempfile.gettempdir()) / f"loadlib-truth-{os.getuid()}.lock"
"""Held by the test that measures: two of them would take from each other what no priority gives back."""


@dataclass(frozen=True)
class TruthTarget:
    """A running ``tests.support.truth_server``."""

    url: str

    @property
    def env(self) -> Mapping[str, str]:
        """What a run against it needs."""
        return {"LOADLIB_BASE_URL": self.url}

    def told(self) -> Any:
        """Return what it did since it was last asked, by id, in seconds of the monotonic clock."""
        with urllib.request.urlopen(f"{self.url}/truth", timeout=10) as response:
            return json.load(response)


@contextmanager
def truth_target() -> Iterator[TruthTarget]:
    """Run the server for the length of the block, once no other one of this user runs."""
    arguments = [sys.executable, "-m", "tests.support.truth_server"]
    with TURN.open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with Process(arguments, cwd=REPOSITORY, merge_output=False) as process:
            favour(process.pid)
            port = process.wait_for(r"(?m)^(\d+)\n", START_TIMEOUT_S)[1]
            yield TruthTarget(f"http://127.0.0.1:{port}")


def favour(pid: int) -> bool:
    """Let a process run whenever it wants to, before all others; tell whether that is allowed.

    Times are then those of the process and not of its neighbours. It takes a privilege, such as root's.
    """
    try:
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(1))
    except OSError:
        return False
    return True


def lateness_s(result: RunResult) -> float:
    """Return how late the timers of a run's processes were at p(95), by its own account."""
    late = result.snapshot().select("generator_loop_lag")
    assert isinstance(late, Sketch)
    return late.quantile(0.95)


def quantile(values: Sequence[float], q: float) -> float:
    """Return the value at quantile ``q`` in 0..1, interpolated between order statistics."""
    ordered = sorted(values)
    position = q * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (position - low)
