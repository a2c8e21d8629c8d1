"""Jobs run together: bounded in all and by group, results in order, nothing left running."""

from collections import Counter
from time import perf_counter

import gevent
import pytest

from loadlib.client.batch import Asked, Job, asked, run_together
from loadlib.client.limiter import Limiter, shared_limiter
from tests.unit.client.support import eventually


class Watch:
    """Counts what runs at once."""

    def __init__(self) -> None:
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_in_all = 0
        self.order: list[int] = []

    def job(self, index: int, group: str, seconds: float = 0.005) -> Job[int]:
        def run() -> int:
            self.order.append(index)
            self.running[group] += 1
            self.most[group] = max(self.most[group], self.running[group])
            self.most_in_all = max(self.most_in_all, self.running.total())
            try:
                gevent.sleep(seconds)
            finally:
                self.running[group] -= 1
            return index

        return Job(group, run)


def test_limits_hold_in_all_and_by_group_and_are_reached() -> None:
    """The answers come in the order asked, whatever order they came back in."""
    watch = Watch()
    jobs = [watch.job(index, "ab"[index % 2], 0.03 if index < 10 else 0.005) for index in range(40)]
    assert run_together(jobs, limit=8, group_limit=6) == list(range(40))
    assert watch.most_in_all == 8
    assert max(watch.most.values()) <= 6
    alone = Watch()
    run_together([alone.job(index, "a") for index in range(20)], limit=20, group_limit=6)
    assert alone.most["a"] == 6


def test_full_group_lets_others_go_first() -> None:
    """Requests to a slow host do not keep those to another one waiting."""
    watch = Watch()
    jobs = [watch.job(0, "slow", 0.05), watch.job(1, "slow", 0.05), watch.job(2, "fast")]
    assert run_together(jobs, limit=3, group_limit=1) == [0, 1, 2]
    assert watch.order == [0, 2, 1]


def test_first_error_stops_the_others() -> None:
    """It reaches the caller, and nothing runs on behind its back."""
    watch = Watch()

    def fail() -> int:
        raise ValueError("no method")

    jobs = [watch.job(0, "a", 20.0), Job("a", fail), watch.job(2, "a", 20.0)]
    with pytest.raises(ValueError, match="no method"):
        run_together(jobs, limit=2, group_limit=6)
    assert watch.order == [0]
    assert watch.running.total() == 0


@pytest.mark.parametrize("end", [gevent.GreenletExit(), gevent.Timeout(), SystemExit(1), KeyboardInterrupt()])
def test_job_that_is_ended_from_outside_ends_the_batch(end: BaseException) -> None:
    """A result less would put another one in its place."""
    watch = Watch()

    def stop() -> int:
        raise end

    with pytest.raises(type(end)) as caught:
        run_together([watch.job(0, "a"), Job("a", stop), watch.job(2, "a", 20.0)], limit=20, group_limit=6)
    assert caught.value is end
    assert watch.running.total() == 0


@pytest.mark.parametrize("way", ["kill", "timeout"])
def test_stopped_user_takes_its_jobs_along(way: str) -> None:
    watch = Watch()

    def user() -> None:
        run_together([watch.job(index, "a", 20.0) for index in range(4)], limit=20, group_limit=6)

    if way == "kill":
        greenlet = gevent.spawn(user)
        eventually(lambda: watch.running["a"] == 4, "all jobs run")
        greenlet.kill()
    else:
        with pytest.raises(gevent.Timeout), gevent.Timeout(0.05):
            user()
    assert watch.running.total() == 0


def test_no_jobs_give_no_results() -> None:
    assert run_together([], limit=1, group_limit=1) == []


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ("/a", Asked("GET", "/a", {})),
        (("PUT", "/a"), Asked("PUT", "/a", {})),
        (("POST", "/a", {"json": {}}), Asked("POST", "/a", {"json": {}})),
        ({"url": "/a", "name": "n"}, Asked("GET", "/a", {"name": "n"})),
        ({"method": "HEAD", "url": "/a"}, Asked("HEAD", "/a", {})),
    ],
)
def test_request_of_a_batch_has_four_shapes(item: object, wanted: Asked) -> None:
    assert asked(item) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "item", [7, ("GET",), ("GET", 1), {"method": "GET"}, ("GET", "/", "body"), {"url": 1}]
)
def test_other_shapes_are_refused_with_what_is_allowed(item: object) -> None:
    with pytest.raises(ValueError, match=r"a URL, \(method, URL\)"):
        asked(item)  # type: ignore[arg-type]


def test_limiter_spaces_callers_and_saves_nothing_up() -> None:
    """Three greenlets together are as slow as one alone; a pause before does not make a burst."""
    limiter, times = Limiter(50.0), []

    def caller() -> None:
        for _ in range(5):
            limiter.wait()
            times.append(perf_counter())

    limiter.wait()
    gevent.sleep(0.1)
    gevent.joinall([gevent.spawn(caller) for _ in range(3)], timeout=20)
    assert len(times) == 15
    assert times[-1] - times[0] >= 14 / 50 - 0.005


def test_process_has_one_limiter_of_a_rate() -> None:
    assert shared_limiter(5.0) is shared_limiter(5.0)
    assert shared_limiter(5.0) is not shared_limiter(6.0)
