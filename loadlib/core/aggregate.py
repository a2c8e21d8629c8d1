"""The deciding side: deltas of all processes merged into cumulative series and a bounded history of windows.

Local runs, several processes, master and workers, and the web UI differ only in who calls ``merge``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from loadlib.core.delta import Delta
from loadlib.core.failures import FailureLog
from loadlib.core.history import History
from loadlib.core.metrics import MetricDef
from loadlib.core.parts import read_part
from loadlib.core.snapshot import Snapshot
from loadlib.core.store import Entry, SealedWindow, Tags, fold_tags
from loadlib.core.values import AnyValue, empty_value, merge_values

MAX_NOTES: Final = 100


@dataclass(slots=True)
class ProcessState:
    """What is known of one recording process's deltas."""

    sequence: int = 0
    lost: int = 0
    duplicates: int = 0
    final: bool = False


@dataclass(slots=True)
class Ledger:
    """Every recording process by name, and the deltas that were of no use."""

    processes: dict[str, ProcessState] = field(default_factory=dict)
    foreign: int = 0
    unreadable: int = 0
    """Reports that came and could not be merged."""

    @property
    def lost(self) -> int:
        """Deltas that were sent and never arrived."""
        return sum(state.lost for state in self.processes.values())


class Aggregate:
    """The merged state of one run.

    A repeated delta changes nothing, a gap in the numbering is counted as lost, a delta of another run is
    refused. At most ``max_tagsets`` tag sets are kept apart over all processes; the rest are folded.
    """

    def __init__(
        self,
        run_id: str,
        metrics: Mapping[str, MetricDef],
        *,
        started_at_s: float,
        max_tagsets: int = 2000,
        max_windows: int = 200,
    ) -> None:
        self.run_id = run_id
        self.metrics = metrics
        self.started_at_s = started_at_s
        self.ledger = Ledger()
        self.history = History(metrics, max_windows)
        self.folded = 0
        self.notes: tuple[tuple[str, str], ...] = ()
        self._max_tagsets = max_tagsets
        self._tagsets: set[Tags] = set()
        self._series: dict[str, dict[Tags, AnyValue]] = {}
        self._failures = FailureLog()

    def merge(self, delta: Delta) -> bool:
        """Merge a delta; return whether it was new.

        Raises ``ValueError``, and merges nothing of it, when any part is malformed or of an unknown metric.
        """
        if delta.run_id != self.run_id:
            self.ledger.foreign += 1
            return False
        state = self.ledger.processes.setdefault(delta.process, ProcessState())
        if delta.sequence <= state.sequence:
            state.duplicates += 1
            return False
        values = [self._read(window, entry) for window in delta.windows for entry in window.entries]
        state.lost += delta.sequence - state.sequence - 1
        state.sequence = delta.sequence
        state.final = state.final or delta.final
        bounded = {tags: self._bounded(tags) for _, tags, _, _ in values}
        for index, tags, name, value in values:
            self._add(index, bounded[tags], name, value)
        self._failures.merge(delta.failures)
        self.notes = (self.notes + delta.notes)[:MAX_NOTES]
        self.folded += delta.folded
        return True

    def snapshot(self, at_s: float) -> Snapshot:
        """Return an independent view of everything merged so far."""
        series = {
            name: {tags: self._copy(name, value) for tags, value in by_tags.items()}
            for name, by_tags in self._series.items()
        }
        elapsed_s = max(0.0, at_s - self.started_at_s)
        return Snapshot(self.metrics, series, self.started_at_s, elapsed_s, self._failures.groups())

    def _read(self, window: SealedWindow, entry: Entry) -> tuple[int, Tags, str, AnyValue]:
        position, name, part = entry
        metric = self.metrics.get(name)
        if metric is None:
            raise ValueError(f"a process recorded the metric {name!r}, which this one does not define")
        if position >= len(window.tagsets):
            raise ValueError(f"tag set {position} of {len(window.tagsets)}")
        return window.index, window.tagsets[position], name, read_part(metric.kind, part)

    def _add(self, index: int, tags: Tags, name: str, value: AnyValue) -> None:
        by_tags = self._series.setdefault(name, {})
        self.history.add(index, tags, name, value)
        if tags in by_tags:
            merge_values(by_tags[tags], value)
        else:
            by_tags[tags] = value

    def _bounded(self, tags: Tags) -> Tags:
        if tags not in self._tagsets:
            if len(self._tagsets) >= self._max_tagsets:
                self.folded += 1
                return fold_tags(tags)
            self._tagsets.add(tags)
        return tags

    def _copy(self, name: str, value: AnyValue) -> AnyValue:
        twin = empty_value(self.metrics[name].kind)
        merge_values(twin, value)
        return twin
