"""The windows of a run: bounded in number and memory, and never losing anything."""

import random
import sys

import pytest

from loadlib.core.aggregate import Aggregate
from loadlib.core.history import History
from loadlib.core.sketch import Sketch
from loadlib.core.store import Tags, make_tags
from loadlib.core.values import AnyValue, Counter, Gauge, empty_value, merge_values
from tests.unit.core.samples import METRICS, START_S, deltas, merged, samples

TAGS = make_tags({"endpoint": "GET /a"})


def summed(history: History) -> dict[str, dict[Tags, AnyValue]]:
    """Return all windows merged into one."""
    series: dict[str, dict[Tags, AnyValue]] = {}
    for _, window in history.windows():
        for (tags, name), value in window.items():
            merge_values(series.setdefault(name, {}).setdefault(tags, empty_value(METRICS[name].kind)), value)
    return series


@pytest.mark.parametrize("max_windows", [1, 2, 3, 7, 50, 200])
def test_the_windows_of_every_kind_add_up_to_the_totals(max_windows: int) -> None:
    """However coarse, the history holds the same samples as the cumulative values."""
    recorded = samples(600, spread_s=90.0)
    aggregate: Aggregate = merged(
        [*deltas(recorded[::2], "w1"), *deltas(recorded[1::2], "w2")], max_windows=max_windows
    )
    assert summed(aggregate.history) == aggregate.snapshot(START_S).series
    assert {METRICS[name].kind for name in summed(aggregate.history)} == {"counter", "gauge", "rate", "trend"}


@pytest.mark.parametrize(("seconds", "width_s"), [(1, 1.0), (10, 1.0), (11, 2.0), (40, 4.0), (1000, 128.0)])
def test_windows_double_in_width_when_there_are_too_many(seconds: int, width_s: float) -> None:
    """Every window of a history has the same width, a power of two seconds."""
    history = History(METRICS, 10)
    for second in range(seconds):
        history.add(1024 + second, TAGS, "http_reqs", Counter(1.0, 1))
    starts = [start for start, _ in history.windows()]
    assert history.width_s == width_s
    assert len(starts) <= 10
    assert starts == sorted(starts)
    assert all(start % width_s == 0 for start in starts)


def test_a_late_sample_joins_the_window_of_its_time() -> None:
    """A worker that lags behind lands where it belongs, coarsened or not."""
    history = History(METRICS, 4)
    for index in (*range(16), 5):
        history.add(index, TAGS, "http_reqs", Counter(1.0, 1))
    totals = [next(iter(window.values())) for _, window in history.windows()]
    assert totals == [Counter(4.0, 4), Counter(5.0, 5), Counter(4.0, 4), Counter(4.0, 4)]


def test_what_is_added_is_not_shared() -> None:
    """The cumulative value goes on growing; the window does not grow with it."""
    history, counter = History(METRICS, 4), Counter(1.0, 1)
    history.add(0, TAGS, "http_reqs", counter)
    counter.add(5.0)
    ((_, window),) = history.windows()
    assert window[(TAGS, "http_reqs")] == Counter(1.0, 1)


def test_gauges_keep_the_last_value_of_a_window() -> None:
    """The last value by time, with the extremes of the window."""
    history = History(METRICS, 1)
    for index in (3, 1, 2):
        history.add(index, (), "vus", Gauge(float(index), float(index), float(index), float(index), 1))
    ((_, window),) = history.windows()
    assert window[((), "vus")] == Gauge(3.0, 1.0, 3.0, 3.0, 3)


def packed_bytes(history: History) -> int:
    """Return the size of everything a history keeps packed."""
    return sum(sys.getsizeof(data) for window in history._windows.values() for data in window.values())


def test_memory_is_bounded_for_a_run_of_any_length() -> None:
    """Eight times the length is no more than half again the memory, in no more windows."""
    rng = random.Random(3)
    sizes = []
    for seconds in (1_600, 12_800):
        history = History(METRICS, 5)
        for second in range(seconds):
            history.add(second, TAGS, "http_req_duration", Sketch.of([rng.uniform(0.01, 0.08)]))
        assert sum(1 for _ in history.windows()) <= 5
        sizes.append(packed_bytes(history))
    assert sizes[1] < sizes[0] * 1.5
