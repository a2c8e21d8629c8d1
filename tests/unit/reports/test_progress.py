"""The progress line: over the last interval, within the width."""

from typing import Any

import pytest

from loadlib.core.snapshot import Snapshot
from loadlib.reports.layout import display_width
from loadlib.reports.progress import progress_line
from tests.unit.reports.results import Recording


def after(requests: int, failed: int, elapsed_s: float) -> Snapshot:
    """Return a snapshot of a run with so many requests of 100 ms."""
    recording = Recording()
    recording.requests("GET /a", requests, 0.1, failed={"http_500": (failed, "HTTP 500")})
    return recording.snapshot(elapsed_s)


def line(**changes: Any) -> str:
    """Return a line of an ordinary moment."""
    asked: dict[str, Any] = {
        "scenario": "mixed",
        "elapsed_s": 20.4,
        "total_s": 60.0,
        "users": 10,
        "snapshot_now": after(2000, 20, 20.0),
        "snapshot_before": after(1000, 10, 10.0),
        "width": 80,
        "bar": False,
    }
    return progress_line(**{**asked, **changes})


def test_a_log_gets_one_plain_line() -> None:
    """Words that a program can split as well."""
    words = line().split()
    assert words[:3] == ["00:20/01:00", "users=10", "rps=100"]
    assert words[3].startswith("p95=")
    assert words[3].endswith("ms")
    assert words[4:] == ["failed=1.0%", "scenario=mixed"]


@pytest.mark.parametrize(
    ("before", "rps", "failed"),
    [
        (None, "rps=100", "failed=1.0%"),
        (after(1000, 10, 10.0), "rps=100", "failed=1.0%"),
        (after(1980, 0, 19.0), "rps=20.0", "failed=100.0%"),
        (after(1980, 20, 19.0), "rps=20.0", "failed=0.0%"),
        (after(2000, 20, 19.0), "rps=0.00", "failed=-"),
        (after(2000, 20, 20.0), "rps=-", "failed=-"),
    ],
)
def test_rate_and_failures_are_those_of_the_last_interval(
    before: Snapshot | None, rps: str, failed: str
) -> None:
    """What goes wrong now shows now; an interval without requests has no failure ratio."""
    words = line(snapshot_before=before).split()
    assert (words[2], words[4]) == (rps, failed)


def test_before_anything_was_recorded_there_are_dashes() -> None:
    """No time is 0ms before there is one."""
    nothing = Recording().snapshot(0.0)
    assert line(snapshot_now=nothing, snapshot_before=None) == (
        "00:20/01:00 users=10 rps=- p95=- failed=- scenario=mixed"
    )


@pytest.mark.parametrize(
    ("elapsed_s", "total_s", "clock"),
    [
        (0.0, 60.0, "00:00/01:00"),
        (59.99, 60.0, "00:59/01:00"),
        (75.0, 60.0, "01:15/01:00"),
        (3725.0, None, "1:02:05"),
        (-3.0, None, "00:00"),
    ],
)
def test_the_clock_shows_elapsed_and_planned_time(
    elapsed_s: float, total_s: float | None, clock: str
) -> None:
    """A run of no set length shows the elapsed time alone."""
    assert line(elapsed_s=elapsed_s, total_s=total_s).split()[0] == clock


@pytest.mark.parametrize(
    ("elapsed_s", "filled"), [(0.0, 0), (15.0, 5), (30.0, 10), (59.0, 19), (60.0, 20), (90.0, 20)]
)
def test_the_bar_fills_with_time(elapsed_s: float, filled: int) -> None:
    """Full only when the time is up, and never over its end."""
    shown = line(bar=True, elapsed_s=elapsed_s, width=89)
    bar = shown[shown.index("[") + 1 : shown.index("]")]
    assert len(bar) >= 20
    assert bar.count("=") + bar.count(">") == int(len(bar) * min(elapsed_s, 60.0) / 60.0)
    assert (bar.count(" ") == 0) is (filled == 20)


@pytest.mark.parametrize("width", [1, 10, 40, 60, 80, 140])
@pytest.mark.parametrize("scenario", ["mixed", "x" * 100, "你" * 50, "\x1b[2J\n", "\u05e9\u05dc\u05d5\u05dd"])
def test_a_terminal_line_never_wraps(width: int, scenario: str) -> None:
    """A line that wraps can't be overwritten; nothing in it moves the cursor."""
    shown = line(bar=True, width=width, scenario=scenario)
    assert display_width(shown) < width or shown == ""
    assert all(char.isprintable() or char == "\u200e" for char in shown)


def test_without_a_planned_time_there_is_no_bar() -> None:
    """Nothing to fill."""
    assert "[" not in line(bar=True, total_s=None, width=140)
    assert "[" in line(bar=True, width=140)
