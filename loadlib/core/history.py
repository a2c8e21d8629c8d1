"""The windows of a run: how each series developed, coarsened by doubling so that a long run stays bounded.

Windows are kept packed (a few dozen bytes a series); they are unpacked only for reports and coarsening.
"""

import marshal
from collections.abc import Iterator, Mapping

from loadlib.core.metrics import MetricDef
from loadlib.core.store import WINDOW_S, Tags
from loadlib.core.values import AnyValue, from_part, merge_values, to_part


class History:
    """At most ``max_windows`` windows of equal width, which starts at a second and doubles when needed."""

    def __init__(self, metrics: Mapping[str, MetricDef], max_windows: int) -> None:
        self._metrics = metrics
        self._max = max_windows
        self._factor = 1
        self._windows: dict[int, dict[tuple[Tags, str], bytes]] = {}

    @property
    def width_s(self) -> float:
        """The width of every window in seconds."""
        return self._factor * WINDOW_S

    def add(self, index: int, tags: Tags, name: str, value: AnyValue) -> None:
        """Merge a value into the window that base index ``index`` (width ``WINDOW_S``) falls in."""
        window = self._windows.setdefault(index // self._factor, {})
        _merge_into(window, (tags, name), value, self._metrics)
        while len(self._windows) > self._max:
            self._coarsen()

    def windows(self) -> Iterator[tuple[float, dict[tuple[Tags, str], AnyValue]]]:
        """Yield (start in epoch seconds, values by tags and metric) of each window with data, in order."""
        for index in sorted(self._windows):
            packed = self._windows[index].items()
            yield index * self.width_s, {key: _unpack(self._metrics, key, data) for key, data in packed}

    def _coarsen(self) -> None:
        self._factor *= 2
        finer, self._windows = self._windows, {}
        for index, series in finer.items():
            window = self._windows.setdefault(index // 2, {})
            for key, data in series.items():
                if key in window:
                    _merge_into(window, key, _unpack(self._metrics, key, data), self._metrics)
                else:
                    window[key] = data


def _merge_into(
    window: dict[tuple[Tags, str], bytes],
    key: tuple[Tags, str],
    value: AnyValue,
    metrics: Mapping[str, MetricDef],
) -> None:
    if key in window:
        old = _unpack(metrics, key, window[key])
        merge_values(old, value)
        value = old
    window[key] = marshal.dumps(to_part(value))


def _unpack(metrics: Mapping[str, MetricDef], key: tuple[Tags, str], data: bytes) -> AnyValue:
    return from_part(metrics[key[1]].kind, marshal.loads(data))  # noqa: S302 - written by this process only
