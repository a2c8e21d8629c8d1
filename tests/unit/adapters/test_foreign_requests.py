"""Locust's request event as a sample: names, tags, outcome; and never one of the suite's own."""

from types import SimpleNamespace
from typing import Any

import pytest

from loadlib.adapters.foreign_requests import ForeignRequests
from loadlib.adapters.locust_tables import OwnContext
from loadlib.adapters.recording import RecordingSession
from loadlib.core.aggregate import Aggregate
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot

METRICS = MetricRegistry(BUILTIN)


def recorded(**event: Any) -> Snapshot:
    """Return what one event is recorded as."""
    session = RecordingSession("run", "w", METRICS, started_at_s=0.0, max_tagsets=100)
    fields = {"request_type": "GET", "name": "/x", "response_time": 12.5, "response_length": 34, **event}
    ForeignRequests(SimpleNamespace(session=session))(**fields)  # type: ignore[arg-type] # all that it reads
    aggregate = Aggregate("run", METRICS, started_at_s=0.0)
    delta = session.delta(1.0, final=True)
    assert delta is not None
    aggregate.merge(delta)
    return aggregate.snapshot(1.0)


def tags_of(snapshot: Snapshot) -> dict[str, str]:
    (tags,) = snapshot.series["http_reqs"]
    return dict(tags)


@pytest.mark.parametrize(
    ("name", "endpoint"),
    [
        ("/agents/4711/runs", "GET /agents/{id}/runs"),
        ("/agents?page=3", "GET /agents"),
        ("http://127.0.0.1:7777/agents/4711", "GET /agents/{id}"),
        ("my own name", "GET my own name"),
    ],
)
def test_endpoint_is_a_template(name: str, endpoint: str) -> None:
    assert tags_of(recorded(name=name))["endpoint"] == endpoint


OUTCOMES = [
    (200, None, ""),
    (404, None, ""),
    (429, None, ""),
    (404, Exception("bad"), "not_found"),
    (401, Exception("bad"), "auth"),
    (403, Exception("bad"), "auth"),
    (418, Exception("bad"), "client_error"),
    (500, Exception("bad"), "server_error"),
    (503, Exception("bad"), "server_error"),
    (429, Exception("bad"), "throttled"),
    (200, Exception("the wrong text"), "scenario_failure"),
    (0, ConnectionRefusedError("refused"), "transport"),
]


@pytest.mark.parametrize(("status", "exception", "kind"), OUTCOMES)
def test_outcome_is_locusts_and_its_kind_the_suites(
    status: int, exception: Exception | None, kind: str
) -> None:
    """Locust's user may have accepted a 404; who expects it has no failure."""
    snapshot = recorded(response=SimpleNamespace(status_code=status), exception=exception)
    failed = snapshot.select("http_req_failed")
    assert (failed.passes, failed.samples) == (int(bool(kind)), 1)  # type: ignore[union-attr]
    tags = tags_of(snapshot)
    assert tags.get("error_kind", "") == kind
    assert tags["expected_response"] == ("false" if kind else "true")
    assert [(group.kind, group.count) for group in snapshot.failures] == ([(kind, 1)] if kind else [])


def test_times_are_seconds_and_sizes_bytes() -> None:
    snapshot = recorded()
    duration, received = snapshot.select("http_req_duration"), snapshot.select("data_received")
    assert isinstance(duration, Sketch)
    assert (duration.count, duration.maximum) == (1, 0.0125)
    assert received.total == 34  # type: ignore[union-attr]


def test_request_without_a_time_counts_and_has_no_duration() -> None:
    snapshot = recorded(response_time=None, response_length=None)
    assert snapshot.select("http_reqs").total == 1  # type: ignore[union-attr]
    assert snapshot.select("http_req_duration") is None


def test_event_that_the_suite_fired_itself_is_not_recorded_again() -> None:
    assert recorded(context=OwnContext()).series == {}


def test_event_between_runs_is_nobodys() -> None:
    nobody = SimpleNamespace(session=None)
    ForeignRequests(nobody)(  # type: ignore[arg-type] # all that it reads
        request_type="GET", name="/", response_time=1, response_length=1
    )
