"""How series and their windows stand in a result document: JSON-native records and back.

Sketch buckets are one flat list, ``[index, count, step, count, step, count, ...]``, each step being the
distance to the previous index, so that ten buckets take some forty characters.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from loadlib.core.metrics import Kind, MetricDef
from loadlib.core.sketch import Sketch
from loadlib.core.store import Tags
from loadlib.core.values import AnyValue, from_part, to_part


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
        """Return the series' value; raises ``KeyError`` when its metric is not in the document."""
        kind = metrics[self.metric].kind
        part: list[object] = list(self.value)
        if kind is Kind.TREND:
            part[5:7] = [_unfold(part[5]), _unfold(part[6])]
        return from_part(kind, part)


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """What was recorded in one window; ``start_s`` in epoch seconds."""

    start_s: float
    series: tuple[SeriesRecord, ...]

    @classmethod
    def from_plain(cls, raw: Mapping[str, object]) -> "WindowRecord":
        """Read a record from its JSON form; raises ``KeyError`` or ``TypeError`` when it is not one."""
        series = raw["series"]
        return cls(float(raw["start_s"]), tuple(SeriesRecord(**record) for record in series))  # type: ignore[arg-type, attr-defined]


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
    if not isinstance(flat, list) or len(flat) % 2:
        raise TypeError("buckets must be a flat list of steps and counts")
    buckets: dict[int, int] = {}
    index = 0
    for step, count in zip(flat[::2], flat[1::2], strict=True):
        index += step
        buckets[index] = count
    return buckets
