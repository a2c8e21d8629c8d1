"""An immutable view of everything recorded so far: what thresholds, reports and exporters read.

A selection merges all series whose tags contain the asked pairs, which is what a sub-metric is in k6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadlib.core.failures import FailureGroup
from loadlib.core.metrics import MetricDef
from loadlib.core.store import Tags
from loadlib.core.values import AnyValue, empty_value, merge_values


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All series of a run at one moment; ``elapsed_s`` is the run's duration so far. Treat as read-only."""

    metrics: Mapping[str, MetricDef]
    series: Mapping[str, Mapping[Tags, AnyValue]]
    started_at_s: float
    elapsed_s: float
    failures: tuple[FailureGroup, ...] = field(default=())

    def select(self, metric: str, tags: Mapping[str, str] | None = None) -> AnyValue | None:
        """Return the merged value of a metric's series that carry all ``tags``; ``None`` if none does."""
        wanted = frozenset((tags or {}).items())
        merged: AnyValue | None = None
        for series_tags, value in self.series.get(metric, {}).items():
            if wanted.issubset(series_tags):
                if merged is None:
                    merged = empty_value(self.metrics[metric].kind)
                merge_values(merged, value)
        return merged

    def group(self, metric: str, key: str, tags: Mapping[str, str] | None = None) -> dict[str, AnyValue]:
        """Return the merged values of a metric by one tag's value, for the series that carry all ``tags``."""
        wanted = frozenset((tags or {}).items())
        groups: dict[str, AnyValue] = {}
        for series_tags, value in self.series.get(metric, {}).items():
            label = dict(series_tags).get(key)
            if label is not None and wanted.issubset(series_tags):
                merge_values(groups.setdefault(label, empty_value(self.metrics[metric].kind)), value)
        return groups

    def tag_values(self, key: str, metric: str | None = None) -> frozenset[str]:
        """Return every recorded value of a tag, of one metric or of all."""
        names = self.series if metric is None else [metric]
        return frozenset(
            value for name in names for tags in self.series.get(name, {}) for tag, value in tags if tag == key
        )

    def tag_keys(self, metric: str) -> frozenset[str]:
        """Return every tag key that a metric was recorded with."""
        return frozenset(key for tags in self.series.get(metric, {}) for key, _ in tags)
