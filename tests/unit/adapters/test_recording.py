"""One process's recording of a run: what is refused, what is numbered, what interrupted requests become."""

import math
from dataclasses import replace

import pytest

from loadlib.adapters.clock import RunClock
from loadlib.adapters.recording import RecordingSession
from loadlib.client.sample import HttpSample
from loadlib.core.aggregate import Aggregate
from loadlib.core.delta import Delta
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.store import Tags, make_tags
from loadlib.core.values import Counter, Rate

METRICS = MetricRegistry(BUILTIN)
START_S = 1000.0


class Still(RunClock):
    """A clock that stands in the first second of the run."""

    def now_s(self) -> float:
        return START_S + 0.5


def session(max_tagsets: int = 100) -> RecordingSession:
    return RecordingSession("run", "w", METRICS, started_at_s=START_S, max_tagsets=max_tagsets, clock=Still())


def merged(*deltas: Delta | None) -> Aggregate:
    aggregate = Aggregate("run", METRICS, started_at_s=START_S)
    for delta in deltas:
        assert delta is not None
        aggregate.merge(delta)
    return aggregate


def snapshot_of(recorded: RecordingSession) -> Snapshot:
    return merged(recorded.delta(START_S + 1, final=True)).snapshot(START_S + 1)


def sample(kind: str = "", error: str = "", tags: Tags = (), name: str = "/x") -> HttpSample:
    return HttpSample(
        "GET",
        "GET /x",
        name,
        "http://127.0.0.1/x",
        status=0 if kind else 200,
        ended_at_s=START_S + 0.5,
        sending_s=0.001,
        waiting_s=0.01,
        expected=not kind,
        error_kind=kind,
        error=error,
        tags=tags,
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="http_req_duration"):
        session().add("http_req_duration", value, (), START_S)


def test_a_metric_that_nobody_defined_is_refused() -> None:
    with pytest.raises(KeyError):
        session().add("no_such_metric", 1, (), START_S)


def test_deltas_are_numbered_and_empty_ones_are_not_made() -> None:
    recorded = session()
    assert recorded.delta(START_S + 1) is None
    recorded.add("iterations", 1, (), START_S)
    first, last = recorded.delta(START_S + 2), recorded.delta(START_S + 3, final=True)
    assert first is not None
    assert last is not None
    assert [(first.sequence, first.final), (last.sequence, last.final)] == [(1, False), (2, True)]


def test_a_request_that_the_end_of_the_run_cut_off_is_no_failure_and_no_latency() -> None:
    recorded = session()
    recorded.http(sample("interrupted", "GreenletExit during the request"))
    snapshot = snapshot_of(recorded)
    assert snapshot.select("http_reqs_interrupted") == Counter(1, 1)
    assert snapshot.select("http_reqs") is None
    assert snapshot.select("http_req_failed") is None
    assert snapshot.failures == ()


def test_a_request_that_a_timeout_of_the_scenario_cut_off_is_a_failure() -> None:
    recorded = session()
    recorded.http(sample("interrupted", "Timeout during the request"))
    assert snapshot_of(recorded).select("http_req_failed") == Rate(0 + 1, 1)


def test_a_failed_request_has_no_waiting_time_without_an_answer() -> None:
    recorded = session()
    recorded.http(sample("connect_refused", "refused"))
    snapshot = snapshot_of(recorded)
    assert snapshot.select("http_req_waiting") is None
    assert [(group.kind, group.count) for group in snapshot.failures] == [("connect_refused", 1)]


def test_requests_on_a_reused_connection_took_no_time_to_connect() -> None:
    """As in k6: they count with zero in the phases of connecting, which are thus mostly zero."""
    recorded = session()
    recorded.http(replace(sample(), connecting_s=0.02, tls_s=0.03))
    for _ in range(9):
        recorded.http(sample())
    snapshot = snapshot_of(recorded)
    for metric, longest_s in (("http_req_connecting", 0.02), ("http_req_tls_handshaking", 0.03)):
        phase = snapshot.select(metric)
        assert isinstance(phase, Sketch)
        assert phase.count == 10
        assert phase.quantile(0.5) == 0
        assert phase.maximum == longest_s


def test_folded_tag_sets_are_reported_with_the_deltas() -> None:
    recorded = session(max_tagsets=2)
    for number in range(5):
        recorded.http(sample(tags=make_tags({"agent": f"a{number}"})))
    aggregate = merged(recorded.delta(START_S + 1), recorded.delta(START_S + 2, final=True))
    assert aggregate.folded > 0
    assert aggregate.snapshot(START_S + 2).select("http_reqs") == Counter(5, 5)


def test_two_names_of_one_endpoint_have_a_series_each() -> None:
    recorded = session()
    for name in ("/x", "first page", "first page"):
        recorded.http(sample(name=name))
    snapshot = snapshot_of(recorded)
    assert snapshot.group("http_reqs", "name") == {"/x": Counter(1, 1), "first page": Counter(2, 2)}
    assert snapshot.select("http_reqs", {"endpoint": "GET /x"}) == Counter(3, 3)


def test_ever_new_names_take_a_bounded_memory_and_every_request_counts() -> None:
    recorded = session(max_tagsets=5)
    for number in range(200):
        recorded.http(sample(name=f"page {number}"))
    assert len(recorded._http) <= 10
    assert snapshot_of(recorded).select("http_reqs") == Counter(200, 200)


def test_credentials_of_a_url_are_in_no_failure_and_no_note() -> None:
    recorded = session()
    message = "URL http://ann:s3cret@127.0.0.1:81/none: code=404"
    recorded.fail("GET /none", "not_found", message, START_S)
    recorded.note("setup_failed", message)
    delta = recorded.delta(START_S + 1, final=True)
    assert delta is not None
    shown = "URL http://127.0.0.1:81/none: code=404"
    assert [group.example for group in delta.failures] == [shown]
    assert delta.notes == (("setup_failed", shown),)
