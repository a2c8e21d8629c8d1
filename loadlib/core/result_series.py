"""How series and their windows stand in a result document: JSON-native records and back.

Sketch buckets are one flat list, ``[index, count, step, count, step, count, ...]``, each step being the
distance to the previous index, so that ten buckets take some forty characters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from loadlib.core.metrics import Kind, MetricDef
from loadlib.core.parts import read_part
from loadlib.core.sketch import Sketch
from loadlib.core.store import Tags
from loadlib.core.values import AnyValue, to_part


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One series: the values by kind are those of ``loadlib.core.values.to_part``."""

    metric: str
    tags: Mapping[str, str]
    value: list[float | list[int]]
    """counter: sum, samples; gauge: value, min, max, at_s, samples; rate: passes, samples;
    trend: count, sum, min, max, zeros, positive buckets, negative buckets."""

    @classmethod
    def of(cls, metric: str, tags: Tags, value: AnyValue) -> "SeriesRecord":
        """Return the record of a series."""
        return cls(metric, dict(tags), _written(value))

    def tag_pairs(self) -> Tags:
        """Return the tags in the store's canonical form."""
        return tuple(sorted(self.tags.items()))

    def read(self, metrics: Mapping[str, MetricDef]) -> AnyValue:
        """Return the value; raises ``ValueError`` when it is malformed or its metric not in ``metrics``."""
        metric = metrics.get(self.metric)
        if metric is None:
            raise ValueError(f"a series of {self.metric!r}, which is not among the metrics")
        part: list[object] = list(self.value)
        if metric.kind is Kind.TREND:
            part[5:7] = [_unfold(flat) for flat in part[5:7]]
        return read_part(metric.kind, part)


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """What was recorded in one window; ``start_s`` in epoch seconds."""

    start_s: float
    series: tuple[SeriesRecord, ...]


def _written(value: AnyValue) -> list[float | list[int]]:
    part: list[object] = to_part(value)
    if isinstance(value, Sketch):
        part[5:7] = [_fold(value.positive), _fold(value.negative)]
        if not value.count:
            part[2:4] = [0.0, 0.0]
    return part  # type: ignore[return-value] # numbers and the folded lists


def _fold(buckets: Mapping[int, int]) -> list[int]:
    flat: list[int] = []
    previous = 0
    for index in sorted(buckets):
        flat += (index - previous, buckets[index])
        previous = index
    return flat


def _unfold(flat: object) -> dict[int, int]:
    if not isinstance(flat, list) or len(flat) % 2 or not all(type(number) is int for number in flat):
        raise ValueError(f"buckets must be a flat list of steps and counts, not {str(flat)[:60]}")
    return dict(zip(accumulate(flat[::2]), flat[1::2], strict=True))
