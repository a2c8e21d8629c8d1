"""Calls of the suite's users as tests make them: cases in, recorded snapshots out."""

import functools
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import msgpack

from loadlib.core.aggregate import Aggregate
from loadlib.core.delta import Delta
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import Counter, Rate, sample_count
from tests.support.process import REPOSITORY, clean_environment

TIMEOUT_S: Final = 90.0
Call = Sequence[object]


@dataclass(frozen=True)
class Case:
    """What one user does: the names and arguments of ``protocol_child.CALLS``, under some settings."""

    calls: Sequence[Call]
    settings: Mapping[str, object] = field(default_factory=dict)
    unavailable: Sequence[str] = ()
    index: int = 0
    alone: bool = False
    """Not at the same time as the other cases."""
    scenario: str = ""
    """The shipped scenario whose user makes the calls; none for a user without tasks."""
    run_id: str = ""


@dataclass(frozen=True)
class Recorded:
    """What a case left: its recording's snapshot, what its calls returned, its requests as they began."""

    snapshot: Snapshot
    returned: list[Any]
    sent: list[str]
    elapsed_s: float

    def count(self, metric: str, **tags: str) -> int:
        """Return the number of samples."""
        value = self.snapshot.select(metric, tags)
        return 0 if value is None else sample_count(value)

    def total(self, metric: str, **tags: str) -> float:
        """Return a counter's sum, 0 when there is none."""
        value = self.snapshot.select(metric, tags)
        return value.total if isinstance(value, Counter) else 0.0

    def rate(self, metric: str, **tags: str) -> tuple[int, int]:
        """Return how many of how many were true."""
        value = self.snapshot.select(metric, tags)
        return (value.passes, value.samples) if isinstance(value, Rate) else (0, 0)

    def trend(self, metric: str, **tags: str) -> Sketch:
        """Return a trend that must have samples."""
        value = self.snapshot.select(metric, tags)
        assert isinstance(value, Sketch), f"no {metric}{tags}"
        assert value.count, f"no {metric}{tags}"
        return value

    def tally(self, metric: str, key: str) -> Tally[str]:
        """Return a counter's sums by the values of a tag, zeros left out."""
        groups = self.snapshot.group(metric, key)
        sums = {name: int(value.total) for name, value in groups.items() if isinstance(value, Counter)}
        return Tally({name: total for name, total in sums.items() if total})

    @property
    def failure_kinds(self) -> Tally[str]:
        """The kinds in the list of failures that people read."""
        return Tally({group.kind: group.count for group in self.snapshot.failures})


def play(env: Mapping[str, str], cases: Sequence[Case]) -> list[Recorded]:
    """Play the cases against the services named in ``env``, in a fresh process, as many users at once."""
    with tempfile.TemporaryDirectory(prefix="loadlib-play-") as folder:
        deltas, errors = Path(folder, "deltas"), Path(folder, "errors")
        order = {
            "cases": [asdict(case) for case in cases],
            "env": clean_environment(env),
            "deltas": str(deltas),
            "errors": str(errors),
        }
        code = _player().answer(json.dumps(order))
        assert code == "0", errors.read_text() if errors.exists() else f"exit code {code!r}"
        return [_recorded(raw) for raw in msgpack.unpackb(deltas.read_bytes(), strict_map_key=False)]


class _Player:
    """A process that has imported Locust and plays each order in a copy of itself; it ends with this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.protocol_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env=clean_environment(),
            start_new_session=True,
            text=True,
        )

    def answer(self, order: str) -> str:
        """Return the exit code as text, or why there is none; then the next call starts another process."""
        orders, answers = self._process.stdin, self._process.stdout
        assert orders is not None
        assert answers is not None
        print(order, file=orders, flush=True)
        in_time, _, _ = select.select([answers], [], [], TIMEOUT_S)
        if in_time and (line := answers.readline()):
            return line.strip()
        _player.cache_clear()
        os.killpg(self._process.pid, signal.SIGKILL)
        return (
            f"none after {TIMEOUT_S:g} s"
            if not in_time
            else f"none: the player ended ({self._process.wait()})"
        )


@functools.cache
def _player() -> _Player:
    return _Player()


def _recorded(raw: Mapping[str, Any]) -> Recorded:
    delta = Delta.from_wire(raw["delta"])
    aggregate = Aggregate(delta.run_id, MetricRegistry(BUILTIN), started_at_s=0.0)
    assert aggregate.merge(delta)
    return Recorded(aggregate.snapshot(1.0), raw["returned"], raw["sent"], raw["elapsed_s"])
