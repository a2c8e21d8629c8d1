"""What a user records through: one sample in the suite's store, one event for Locust's own tables."""

from typing import Any

import pytest
from locust.env import Environment

from loadlib.adapters.locust_tables import OwnContext
from loadlib.adapters.recorder import Recorder
from loadlib.adapters.recording import RecordingSession
from loadlib.client.sample import HttpSample
from loadlib.core.aggregate import Aggregate
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import Counter, Rate

METRICS = MetricRegistry(BUILTIN)
START_S = 1_700_000_000.0


class Heard(list[dict[str, Any]]):
    """The request events that Locust fired."""

    def __call__(self, **event: Any) -> None:
        self.append(event)


def recorder() -> tuple[Recorder, Heard]:
    environment, heard = Environment(), Heard()
    environment.events.request.add_listener(heard)
    return Recorder(environment), heard


def sample(error: str = "") -> HttpSample:
    return HttpSample(
        "POST",
        "POST /tasks/{id}",
        "/tasks/{id}",
        "http://127.0.0.1/tasks/4711",
        status=200,
        started_at_s=START_S,
        sending_s=0.002,
        waiting_s=0.03,
        receiving_s=0.01,
        response_bytes=99,
        expected=not error,
        error_kind="jsonrpc" if error else "",
        error=error,
        context={"agent": "navi"},
    )


def recorded(recorder: Recorder) -> Snapshot:
    session = recorder.session
    assert session is not None
    delta = session.delta(session.clock.now_s(), final=True)
    assert delta is not None
    aggregate = Aggregate("run", METRICS, started_at_s=START_S)
    aggregate.merge(delta)
    return aggregate.snapshot(session.clock.now_s())


def begun() -> tuple[Recorder, Heard]:
    made, heard = recorder()
    made.begin(RecordingSession("run", "w", METRICS, started_at_s=START_S, max_tagsets=100))
    return made, heard


def test_locust_gets_milliseconds_the_template_and_a_mark_that_it_is_the_suites() -> None:
    made, heard = begun()
    made.http(sample())
    (event,) = heard
    assert event["response_time"] == pytest.approx(42.0)
    assert (event["request_type"], event["name"]) == ("POST", "/tasks/{id}")
    assert (event["response_length"], event["exception"]) == (99, None)
    assert isinstance(event["context"], OwnContext)
    assert event["context"] == {"agent": "navi"}
    assert recorded(made).select("http_reqs") == Counter(1, 1)


def test_failures_that_differ_in_ids_are_one_row_of_locusts_table() -> None:
    made, heard = begun()
    for number in (471100, 471101):
        made.http(sample(f"no task {number}"))
    assert {str(event["exception"]) for event in heard} == {"jsonrpc: no task …"}
    assert recorded(made).select("http_req_failed") == Rate(2, 2)


def test_between_runs_locust_still_counts_and_nothing_is_recorded() -> None:
    made, heard = recorder()
    made.http(sample())
    made.check("c", True)
    made.add("iterations", 1)
    made.fail("e", "k", "m")
    made.note("abort", "d")
    assert (len(heard), made.session) == (1, None)


def test_check_is_a_rate_with_its_name_as_a_tag() -> None:
    made, _ = begun()
    made.check("status is 200", True, (("scenario", "a2a"),))
    made.check("status is 200", False, (("scenario", "a2a"),))
    tags = {"check": "status is 200", "scenario": "a2a"}
    assert recorded(made).select("checks", tags) == Rate(1, 2)
