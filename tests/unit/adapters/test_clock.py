"""The clock of a run: epoch seconds at its start, and steady however the wall clock is set."""

import time

import pytest

from loadlib.adapters.clock import RunClock
from loadlib.adapters.recording import RecordingSession
from loadlib.core.metrics import BUILTIN, MetricRegistry


def test_clock_begins_with_the_wall_clocks_time() -> None:
    before_s = time.time()
    now_s = RunClock().now_s()
    assert before_s - 0.01 <= now_s <= time.time() + 0.01


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0])
def test_clock_goes_on_when_the_wall_clock_is_set(monkeypatch: pytest.MonkeyPatch, step_s: float) -> None:
    clock, wall, began_s = RunClock(), time.time, time.perf_counter()
    first_s = clock.now_s()
    monkeypatch.setattr(time, "time", lambda: wall() + step_s)
    times_s = [first_s, *(clock.now_s() for _ in range(100))]
    assert times_s == sorted(times_s)
    assert times_s[-1] - first_s <= time.perf_counter() - began_s


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0])
def test_set_wall_clock_moves_no_window(monkeypatch: pytest.MonkeyPatch, step_s: float) -> None:
    wall, started_at_s = time.time, time.time()
    session = RecordingSession(
        "run", "w", MetricRegistry(BUILTIN), started_at_s=started_at_s, max_tagsets=100
    )
    monkeypatch.setattr(time, "time", lambda: wall() + step_s)
    session.add("iterations", 1, (), session.clock.now_s())
    delta = session.delta(session.clock.now_s(), final=True)
    assert delta is not None
    assert [window.index for window in delta.windows] == [pytest.approx(started_at_s, abs=60)]
