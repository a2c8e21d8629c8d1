"""The times of one stream, from moments that are given: what each time starts and ends with."""

import runpy
from itertools import pairwise
from typing import Any

import pytest

from loadlib.core.sketch import Sketch
from loadlib.protocols.stream import Mark
from tests.support.process import REPOSITORY

# Loaded by its path: the package around it imports Locust, which patches the process that imports it.
StreamTimes: Any = runpy.run_path(str(REPOSITORY / "loadlib" / "users" / "stream_times.py"))["StreamTimes"]

NONE, CONTENT, END = Mark.NONE, Mark.CONTENT, Mark.TERMINAL


def times(*events: tuple[float, int], stall_s: float = 1.0) -> Any:
    """Return the times of a stream whose request was written at 10 s."""
    taken = StreamTimes(10.0, stall_s)
    for at_s, marks in events:
        taken.on_event(at_s, marks)
    return taken


def test_each_time_is_that_of_its_first_event_since_the_request() -> None:
    taken = times((10.25, NONE), (10.5, CONTENT), (10.75, CONTENT), (11.0, END), (12.0, END))
    assert (taken.ttfe_s, taken.ttft_s, taken.duration_s) == (0.25, 0.5, 1.0)
    assert taken.gaps == Sketch.of([0.25])
    assert taken.events == 5


def test_time_whose_event_never_came_is_unknown() -> None:
    taken = times((10.25, NONE))
    assert (taken.ttfe_s, taken.ttft_s, taken.duration_s) == (0.25, None, None)
    assert times().ttfe_s is None


def test_last_content_event_may_be_the_terminal_one() -> None:
    taken = times((10.5, CONTENT), (11.0, CONTENT | END))
    assert (taken.ttft_s, taken.gaps, taken.duration_s) == (0.5, Sketch.of([0.5]), 1.0)


def test_events_without_content_neither_end_nor_split_a_gap() -> None:
    taken = times((10.5, CONTENT), (11.0, Mark.REASONING), (11.5, Mark.TOOL), (12.0, CONTENT))
    assert taken.gaps == Sketch.of([1.5])


def test_gaps_can_be_asked_for_at_any_time_of_a_long_stream() -> None:
    """They are counted in batches, and none is lost or counted twice."""
    taken = StreamTimes(0.0, 1.0)
    moments = [index * 0.25 + index % 3 / 64 for index in range(1, 1001)]
    gaps = [after - before for before, after in pairwise(moments)]
    for index, at_s in enumerate(moments):
        taken.on_event(at_s, CONTENT)
        if index in {0, 1, 255, 256, 257, 600, 999}:
            assert taken.gaps == Sketch.of(gaps[:index])
            assert taken.gaps == Sketch.of(gaps[:index])


@pytest.mark.parametrize(("gap_s", "stalls"), [(1.0, (0, 0.0)), (1.5, (1, 1.5))])
def test_gap_is_a_stall_only_above_the_limit(gap_s: float, stalls: tuple[int, float]) -> None:
    taken = times((10.5, CONTENT), (10.5 + gap_s, CONTENT))
    assert (taken.stalls, taken.stall_time_s) == stalls


def test_stream_of_any_length_keeps_as_much_as_its_gaps_differ() -> None:
    """Gaps of 1 to 2 ms fill at most the buckets of one doubling."""
    taken = times(*((10 + number * 0.0015 + number % 2 * 0.0004, CONTENT) for number in range(20_000)))
    assert taken.gaps.count == 19_999
    assert len(taken.gaps.positive) < 80
