"""Locust's tables of the suite's requests: the numbers Locust itself would have booked, for whoever looks."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from locust.env import Environment
from locust.exception import StopUser
from locust.stats import RequestStats, StatsEntry

from loadlib.adapters.foreign_requests import ForeignRequests
from loadlib.adapters.http_series import MAX_WAITING
from loadlib.adapters.locust_tables import BatchedStats
from loadlib.adapters.recorder import Recorder
from loadlib.adapters.recording import RecordingSession
from loadlib.client.sample import HttpSample
from loadlib.core.metrics import BUILTIN

AT_S = 1_700_000_000.25
SAME = (
    "num_requests",
    "num_none_requests",
    "num_failures",
    "min_response_time",
    "max_response_time",
    "response_times",
    "total_content_length",
)


@pytest.fixture
def environment() -> Iterator[Environment]:
    made = Environment()
    made.create_local_runner()
    yield made
    made.runner.quit()  # type: ignore[union-attr] # made above


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at_s = AT_S

    def now_s(self) -> float:
        return self.at_s


def recording(environment: Environment) -> tuple[Recorder, Clock]:
    """Return a recorder in the middle of a run, and the run's clock."""
    recorder, clock = Recorder(environment), Clock()
    metrics = {metric.name: metric for metric in BUILTIN}
    session = RecordingSession("run", "w", metrics, started_at_s=AT_S, max_tagsets=100, clock=clock)  # type: ignore[arg-type] # set by hand
    recorder.begin(session)
    return recorder, clock


def sample(endpoint: str, duration_s: float, size_bytes: int, error: str = "") -> HttpSample:
    return HttpSample(
        endpoint.partition(" ")[0],
        endpoint,
        "name",
        "http://127.0.0.1/",
        status=200,
        waiting_s=duration_s,
        response_bytes=size_bytes,
        ended_at_s=AT_S,
        expected=not error,
        error_kind="judged" if error else "",
        error=error,
    )


def test_tables_are_those_that_locust_books_one_by_one(environment: Environment) -> None:
    random, reference = Random(7), RequestStats()
    recorder, _ = recording(environment)
    for number in range(3 * MAX_WAITING + 5):
        endpoint = random.choice(["GET /a", "POST /b/{id}"])
        duration_s, size = random.lognormvariate(-4, 2), random.randrange(9999)
        error = "no" if number % 10 == 0 else ""
        recorder.http(sample(endpoint, duration_s, size, error=error))
        method, _, name = endpoint.partition(" ")
        reference.log_request(method, name, duration_s * 1000, size)  # type: ignore[arg-type] # as Locust does
        if error:
            reference.log_error(method, name, ValueError("judged: no"))
    for key in [("/a", "GET"), ("/b/{id}", "POST")]:
        assert_same(environment.stats.get(*key), reference.get(*key))
    assert_same(environment.stats.total, reference.total)
    assert environment.stats.total.num_reqs_per_sec == {int(AT_S): 3 * MAX_WAITING + 5}
    assert sorted(error.occurrences for error in environment.stats.errors.values()) == sorted(
        error.occurrences for error in reference.errors.values()
    )


def assert_same(booked: StatsEntry, wanted: StatsEntry) -> None:
    assert {name: getattr(booked, name) for name in SAME} == {name: getattr(wanted, name) for name in SAME}
    assert booked.total_response_time == pytest.approx(wanted.total_response_time)


def test_each_second_has_its_own_count(environment: Environment) -> None:
    recorder, clock = recording(environment)
    for second in (0, 0, 1, 3):
        clock.at_s = AT_S + second
        recorder.http(sample("GET /", 0.01, 1))
    first = int(AT_S)
    assert environment.stats.total.num_reqs_per_sec == {first: 2, first + 1: 1, first + 3: 1}
    assert environment.stats.last_request_timestamp == AT_S + 3


LOOKS = [
    lambda stats: stats.num_requests,
    lambda stats: stats.total.num_requests,
    lambda stats: stats.get("/", "GET").num_requests,
    lambda stats: stats.entries["/", "GET"].num_requests,
]


@pytest.mark.parametrize("look", LOOKS)
def test_whoever_looks_finds_every_request(environment: Environment, look: Any) -> None:
    recorder, _ = recording(environment)
    for expected in (1, 2):
        recorder.http(sample("GET /", 0.01, 1))
        assert look(environment.stats) == expected


def test_a_workers_reports_hold_each_request_once(environment: Environment) -> None:
    recorder, reported = recording(environment)[0], []
    for _ in range(2):
        recorder.http(sample("GET /", 0.01, 1))
        reported.append([row["num_requests"] for row in environment.stats.serialize_stats()])
    assert reported == [[1], [1]]


@pytest.mark.parametrize("forget", [RequestStats.reset_all, RequestStats.clear_all])
def test_what_waits_is_forgotten_with_the_rest(environment: Environment, forget: Any) -> None:
    recorder, _ = recording(environment)
    recorder.http(sample("GET /", 0.01, 1))
    forget(environment.stats)
    assert environment.stats.total.num_requests == 0
    recorder.http(sample("GET /", 0.01, 1))
    assert environment.stats.total.num_requests == 1


def test_others_hear_of_every_request_and_the_tables_count_it_once(environment: Environment) -> None:
    recorder, heard = recording(environment)[0], []
    environment.events.request.add_listener(ForeignRequests(recorder))
    recorder.http(sample("GET /", 0.01, 1))
    environment.events.request.add_listener(lambda **event: heard.append(event["name"]))
    recorder.http(sample("GET /late", 0.01, 1))
    assert heard == ["/late"]
    assert environment.stats.total.num_requests == 2


def test_listener_that_replaces_another_is_the_one_that_hears(environment: Environment) -> None:
    recorder, request = recording(environment)[0], environment.events.request
    first, second = [], []
    one = request.add_listener(lambda **event: first.append(event["name"]))
    recorder.http(sample("GET /a", 0.01, 1))
    request.remove_listener(one)
    request.add_listener(lambda **event: second.append(event["name"]))
    recorder.http(sample("GET /b", 0.01, 1))
    assert (first, second) == (["/a"], ["/b"])


def test_listener_that_raises_neither_hinders_others_nor_the_user(environment: Environment) -> None:
    recorder, heard = recording(environment)[0], []

    def raises(**_: Any) -> None:
        raise ValueError

    environment.events.request.add_listener(raises)
    environment.events.request.add_listener(lambda **event: heard.append(event["name"]))
    recorder.http(sample("GET /", 0.01, 1))
    assert heard == ["/"]


def test_requests_of_other_clients_are_booked_by_locust_as_ever(environment: Environment) -> None:
    Recorder(environment)
    event = {"request_type": "GET", "name": "/", "response_time": 3.0, "response_length": 5}
    environment.events.request.fire(**event, exception=None, context={})
    environment.events.request.fire(**event, exception=ValueError("no"), context={})
    total = environment.stats.total
    assert (total.num_requests, total.num_failures, total.total_content_length) == (2, 1, 10)
    assert isinstance(environment.stats, BatchedStats)


def test_current_percentiles_of_the_web_ui_see_the_batches(environment: Environment) -> None:
    recorder, clock = recording(environment)
    entry = environment.stats.total
    for second in range(4):
        clock.at_s = AT_S + second
        recorder.http(sample("GET /", 0.1, 1))
    assert environment.stats.num_requests == 4
    assert entry.response_times_cache is not None
    cached = [one.num_requests for at, one in entry.response_times_cache.items() if at >= int(AT_S) - 1]
    assert cached[-3:] == [1, 2, 3]


def test_requests_outside_of_a_run_are_in_the_tables(environment: Environment) -> None:
    recorder, _ = recording(environment)
    recorder.http(sample("GET /", 0.01, 1))
    recorder.end()
    assert environment.stats.total.num_requests == 1
    recorder.http(sample("GET /", 0.01, 1, error="no"))
    assert (environment.stats.total.num_requests, environment.stats.total.num_failures) == (2, 1)


def test_request_that_the_end_of_the_run_cuts_off_is_nobodys_failure(environment: Environment) -> None:
    """Locust's own clients show none either."""
    recorder, heard = recording(environment)[0], []
    environment.events.request.add_listener(lambda **event: heard.append(event))
    cut_off = sample("GET /", 0.01, 1, error="GreenletExit during the request")
    cut_off.error_kind = "interrupted"
    recorder.http(cut_off)
    total = environment.stats.total
    assert (total.num_requests, total.num_failures, heard) == (0, 0, [])


def test_time_of_the_last_request_never_goes_back(environment: Environment) -> None:
    """A request whose block ends late is booked after others that ended later."""
    recorder = Recorder(environment)
    for ended_at_s in (AT_S, AT_S - 120):
        late = sample("GET /", 0.01, 1)
        late.ended_at_s = ended_at_s
        recorder.http(late)
    assert environment.stats.total.last_request_timestamp == AT_S


def test_listener_that_stops_its_user_is_obeyed(environment: Environment) -> None:
    recorder, _ = recording(environment)

    def stops(**_: Any) -> None:
        raise StopUser

    environment.events.request.add_listener(stops)
    with pytest.raises(StopUser):
        recorder.http(sample("GET /", 0.01, 1))


def test_next_run_is_followed_and_the_last_one_is_not_forgotten(environment: Environment) -> None:
    recorder, _ = recording(environment)
    recorder.http(sample("GET /", 0.01, 1))
    metrics = {metric.name: metric for metric in BUILTIN}
    recorder.begin(RecordingSession("next", "w", metrics, started_at_s=AT_S, max_tagsets=100))
    recorder.http(sample("GET /", 0.01, 1))
    assert environment.stats.total.num_requests == 2


def test_closing_gives_locust_its_own_listener_back(environment: Environment) -> None:
    before = list(environment.events.request._handlers)
    recorder = Recorder(environment)
    assert environment.events.request._handlers != before
    recorder.close()
    assert environment.events.request._handlers == before
