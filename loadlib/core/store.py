"""The recording side: one process's open window of tagged series, sealed into windows second by second.

Recording touches only plain accumulators; a sealed window hands its contents over without copying. This file
does not merge, keep history or judge: that is the aggregate's work. It reads no clock: callers pass the
sample's time, in epoch seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from loadlib.core.metrics import Kind, MetricDef
from loadlib.core.sketch import Sketch
from loadlib.core.values import AnyValue, Counter, Gauge, Rate, empty_value, sample_count, to_part

Tags = tuple[tuple[str, str], ...]
Entry = tuple[int, str, list[object]]
"""(position in a window's tag sets, metric name, the value's wire form)"""
OVERFLOW: Final = "(other)"
KEPT_ON_OVERFLOW: Final = frozenset(
    {"scenario", "service", "method", "expected_response", "error_kind", "kind"}
)
WINDOW_S: Final = 1.0


def make_tags(tags: Mapping[str, object]) -> Tags:
    """Return tags in canonical form: sorted, as text, empty ones left out."""
    return tuple(sorted((key, str(value)) for key, value in tags.items() if value not in ("", None)))


def fold_tags(tags: Tags) -> Tags:
    """Return the overflow form of a tag set: the values of unbounded tags read ``(other)``."""
    return tuple((key, value if key in KEPT_ON_OVERFLOW else OVERFLOW) for key, value in tags)


@dataclass(slots=True)
class SealedWindow:
    """One window's contents. ``index`` counts windows of ``WINDOW_S`` since the epoch."""

    index: int
    tagsets: list[Tags] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class MetricStore:
    """The tagged series of one process and one run.

    Handles from ``counter``, ``rate``, ``trend`` and ``gauge`` stay valid for the whole run; before recording
    through one, call ``advance`` with the sample's time. At most ``max_tagsets`` tag sets are kept apart;
    further ones are folded into one whose unbounded tags read ``(other)``, and counted in ``folded``.
    ``before_seal`` is called before a window is sealed: the moment to bring in what waits to be recorded.
    """

    def __init__(
        self,
        metrics: Mapping[str, MetricDef],
        *,
        started_at_s: float,
        max_tagsets: int = 2000,
        before_seal: Callable[[], object] | None = None,
    ) -> None:
        self.metrics = metrics
        self.folded = 0
        self.window_end_s = 0.0
        self._max_tagsets = max_tagsets
        self._before_seal = before_seal
        self._series: dict[Tags, dict[str, AnyValue]] = {}
        self._sealed: list[SealedWindow] = []
        self._index = 0
        self._open_window(started_at_s)

    def counter(self, name: str, tags: Tags = ()) -> Counter:
        """Return the counter of a metric and tag set."""
        return self._handle(name, Kind.COUNTER, tags)  # type: ignore[return-value] # the kind decides

    def rate(self, name: str, tags: Tags = ()) -> Rate:
        """Return the rate of a metric and tag set."""
        return self._handle(name, Kind.RATE, tags)  # type: ignore[return-value] # the kind decides

    def trend(self, name: str, tags: Tags = ()) -> Sketch:
        """Return the sketch of a metric and tag set."""
        return self._handle(name, Kind.TREND, tags)  # type: ignore[return-value] # the kind decides

    def gauge(self, name: str, tags: Tags = ()) -> Gauge:
        """Return the gauge of a metric and tag set."""
        return self._handle(name, Kind.GAUGE, tags)  # type: ignore[return-value] # the kind decides

    def bounded(self, tags: Tags) -> Tags:
        """Return the tag set itself while there is room for it, else the overflow one it is folded into."""
        if tags in self._series:
            return tags
        if len(self._series) >= self._max_tagsets:
            self.folded += 1
            tags = fold_tags(tags)
        self._series.setdefault(tags, {})
        return tags

    def advance(self, at_s: float) -> None:
        """Seal the open window when ``at_s`` lies behind its end. Times that run backwards change nothing."""
        if at_s >= self.window_end_s:
            self._seal()
            self._open_window(at_s)

    def drain(self, *, at_s: float, everything: bool = False) -> list[SealedWindow]:
        """Return the windows sealed since the last call, the open one too when ``everything`` is set."""
        self.advance(at_s)
        if everything:
            self._seal()
        sealed, self._sealed = self._sealed, []
        return sealed

    def _handle(self, name: str, kind: Kind, tags: Tags) -> AnyValue:
        if self.metrics[name].kind is not kind:
            raise TypeError(f"{name} is a {self.metrics[name].kind}, not a {kind}")
        series = self._series[self.bounded(tags)]
        if name not in series:
            series[name] = empty_value(kind)
        return series[name]

    def _open_window(self, at_s: float) -> None:
        self._index = max(self._index, int(at_s // WINDOW_S))
        self.window_end_s = (self._index + 1) * WINDOW_S

    def _seal(self) -> None:
        if self._before_seal is not None:
            self._before_seal()
        window = SealedWindow(self._index)
        for tags, series in self._series.items():
            position = len(window.tagsets)
            filled = len(window.entries)
            for name, value in series.items():
                if sample_count(value):
                    window.entries.append((position, name, _take(value)))
            if len(window.entries) > filled:
                window.tagsets.append(tags)
        if window.entries:
            self._sealed.append(window)


def _take(value: AnyValue) -> list[object]:
    if isinstance(value, Sketch):
        return list(value.take())
    part = to_part(value)
    value.__init__()  # type: ignore[misc] # the handle stays, its numbers start anew
    return part
