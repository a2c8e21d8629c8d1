"""The rows that all reports share."""

from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import Counter, Rate
from loadlib.reports.rows import all_requests, by_scenario, check_rows, endpoint_rows, stream_rows
from tests.unit.reports import results
from tests.unit.reports.results import Recording

EMPTY = Recording().snapshot()


def two_scenarios() -> Snapshot:
    """Return a snapshot of two scenarios that share an endpoint."""
    recording = Recording(scenario="b")
    recording.requests("GET /a", 10, 0.1, failed={"timeout": (2, "late"), "http_500": (3, "no")})
    recording.scenario = "a"
    recording.requests("GET /a", 5, 0.1)
    recording.requests("GET /b", 1, 0.1, failed={"": (0, "")})
    return recording.snapshot()


def test_there_is_a_row_for_each_endpoint_of_each_scenario() -> None:
    """In order, with the failures by kind, most frequent first."""
    rows = endpoint_rows(two_scenarios())
    assert [(row.scenario, row.endpoint, row.requests) for row in rows] == [
        ("a", "GET /a", 5),
        ("a", "GET /b", 1),
        ("b", "GET /a", 10),
    ]
    assert rows[2].failed == Rate(5, 10)
    assert rows[2].failure_kinds == (("http_500", 3), ("timeout", 2))
    assert (rows[2].times.count, rows[0].failure_kinds) == (5, ())


def test_rows_add_up_to_the_totals_of_the_snapshot() -> None:
    """No request is in two rows or in none."""
    snapshot = two_scenarios()
    total = all_requests(endpoint_rows(snapshot), "", "(all)")
    assert Counter(total.requests, total.requests) == snapshot.select("http_reqs")
    assert total.failed == snapshot.select("http_req_failed")
    assert total.times == snapshot.select("http_req_duration", {"expected_response": "true"})
    assert dict(total.failure_kinds) == {"http_500": 3, "timeout": 2}


def test_failures_without_a_kind_are_counted_all_the_same() -> None:
    """A failure that nobody named is not hidden."""
    snapshot = Snapshot(EMPTY.metrics, {"http_req_failed": {(): Rate(2, 3)}}, 0.0, 1.0)
    (row,) = endpoint_rows(snapshot)
    assert row.failure_kinds == (("(unnamed)", 2),)


def test_streams_have_rows_of_their_own() -> None:
    """Failures count against those that were judged; times are of those that completed."""
    recording = Recording()
    recording.streams("POST /agui", 20, failed={"incomplete": 3}, stalls=4)
    (row,) = stream_rows(recording.snapshot())
    assert (row.started, row.failed, row.stalls) == (20, Rate(3, 20), 4)
    assert (row.first_byte.count, row.first_content.count, row.gaps.count) == (17, 17, 170)
    assert row.failure_kinds == (("incomplete", 3),)


def test_checks_are_told_apart_by_scenario() -> None:
    """The same words in two scenarios are two checks."""
    recording = Recording(scenario="b")
    recording.checks("ok", 1, 2)
    recording.scenario = "a"
    recording.checks("ok", 3, 3)
    assert [(r.scenario, r.check, r.held) for r in check_rows(recording.snapshot())] == [
        ("a", "ok", Rate(3, 3)),
        ("b", "ok", Rate(1, 2)),
    ]


def test_a_metric_can_be_read_by_scenario() -> None:
    """All endpoints of a scenario together."""
    assert by_scenario(two_scenarios(), "http_reqs") == {"a": Counter(6.0, 6), "b": Counter(10.0, 10)}


def test_nothing_recorded_has_no_rows() -> None:
    """Empty, not one row of zeros."""
    assert (endpoint_rows(EMPTY), stream_rows(EMPTY), check_rows(EMPTY)) == ([], [], [])
    assert by_scenario(EMPTY, "iterations") == {}


def test_rows_do_not_change_the_snapshot() -> None:
    """Reports may be made in any order."""
    snapshot = results.mixed().snapshot()
    before = results.mixed().snapshot()
    endpoint_rows(snapshot)
    stream_rows(snapshot)
    assert snapshot == before
    assert isinstance(snapshot.select("stream_ttft"), Sketch)
