"""The generator's own health: what one late timer stands for, and both metrics while a run is on."""

from time import perf_counter
from typing import Any

import gevent
import pytest

from loadlib.adapters.health import LAG_INTERVAL_S, HealthSampler, lacked_s, lateness

METRICS = {"generator_loop_lag", "generator_cpu_ratio", "generator_cpu_wanted_ratio"}


@pytest.mark.parametrize(
    ("late_s", "late"),
    [
        (-0.001, [0.0]),
        (0.0, [0.0]),
        (0.019, [0.019]),
        (0.05, [0.05, 0.03, 0.01]),
        (0.07, [0.07, 0.05, 0.03, 0.01]),
    ],
)
def test_late_timer_stands_for_those_that_it_kept_from_being_set(late_s: float, late: list[float]) -> None:
    assert list(lateness(late_s)) == pytest.approx(late)


def test_freeze_weighs_as_long_as_it_lasts() -> None:
    """A second is as many samples as a second without it, and half a second late on average."""
    late = list(lateness(1.0))
    assert len(late) == pytest.approx(1 / LAG_INTERVAL_S, abs=1)
    assert sum(late) / len(late) == pytest.approx(0.5, abs=0.02)
    assert (max(late), late) == (1.0, sorted(late, reverse=True))


class Notebook:
    """A recorder that keeps what it is given."""

    def __init__(self) -> None:
        self.added: list[tuple[str, float, Any]] = []

    def add(self, metric: str, value: float, tags: Any = ()) -> None:
        self.added.append((metric, value, tags))

    def metrics(self) -> set[str]:
        return {metric for metric, _, _ in self.added}

    def lags(self) -> list[float]:
        return [value for metric, value, _ in self.added if metric == "generator_loop_lag"]


def begun(process: str) -> tuple[HealthSampler, Notebook]:
    notebook = Notebook()
    sampler = HealthSampler(notebook, process)  # type: ignore[arg-type] # keeps what it is given
    sampler.start()
    return sampler, notebook


def test_both_metrics_are_sampled_for_the_process_until_the_stop() -> None:
    """The second sampler shows that time goes on when the first is silent."""
    sampler, notebook = begun("worker-3")
    with gevent.Timeout(20):
        while notebook.metrics() != METRICS:
            gevent.sleep(LAG_INTERVAL_S)
    sampler.stop()
    sampler.stop()
    kept = list(notebook.added)
    other, others = begun("other")
    with gevent.Timeout(20):
        while len(others.added) < 3:
            gevent.sleep(LAG_INTERVAL_S)
    other.stop()
    assert notebook.added == kept
    assert {tags for _, _, tags in kept} == {(("process", "worker-3"),)}
    assert all(value >= 0 for _, value, _ in kept)


def test_run_shorter_than_a_second_has_its_cpu_once() -> None:
    """Half of it spent computing is half a core, or less where others took the core away."""
    sampler, notebook = begun("local")
    held_up(0.05)
    gevent.sleep(0.05)
    sampler.stop()
    sampler.stop()
    (ratio,) = [value for metric, value, _ in notebook.added if metric == "generator_cpu_ratio"]
    assert 0 < ratio < 1


def test_cpu_that_was_wanted_holds_what_others_had() -> None:
    """The kernel says how long the process waited for a core; the clock says it cannot have been longer."""
    before_s, began_s = lacked_s(), perf_counter()
    assert before_s is not None
    sampler, notebook = begun("local")
    held_up(0.1)
    sampler.stop()
    lacked = (lacked_s() or 0.0) - before_s
    (had,) = [value for metric, value, _ in notebook.added if metric == "generator_cpu_ratio"]
    (wanted,) = [value for metric, value, _ in notebook.added if metric == "generator_cpu_wanted_ratio"]
    assert had <= wanted
    assert 0 <= lacked < perf_counter() - began_s
    assert wanted - had <= lacked / 0.1


def test_freeze_of_the_process_is_seen() -> None:
    sampler, notebook = begun("local")
    gevent.sleep(LAG_INTERVAL_S / 4)
    loop_held_up_s, earlier = 0.3, len(notebook.lags())
    held_up(loop_held_up_s)
    with gevent.Timeout(20):
        while len(notebook.lags()) == earlier:
            gevent.sleep(LAG_INTERVAL_S / 4)
    sampler.stop()
    late = notebook.lags()[earlier:]
    assert max(late) > loop_held_up_s - 2 * LAG_INTERVAL_S
    assert len(late) >= (loop_held_up_s - 2 * LAG_INTERVAL_S) / LAG_INTERVAL_S


def held_up(seconds: float) -> None:
    """Keep the event loop from turning, as a long computation does."""
    gevent.get_hub().loop.update_now()
    end_s = perf_counter() + seconds
    while perf_counter() < end_s:
        pass
