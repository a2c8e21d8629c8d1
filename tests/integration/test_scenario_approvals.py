"""Approvals and pages as a person sees them: decisions, conflicts, and pages that do not come."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.bench import bench, requests_of
from tests.integration.protocol_calls import Case, play
from tests.integration.test_scenario_runs import counts, run_scenario
from tests.support import TargetServer, start_target


@pytest.fixture(scope="module")
def desk() -> Iterator[TargetServer]:
    """Return a platform whose approvals this module decides, and whose notifications fail."""
    with start_target("--error", "web GET /api/pm/notifications=1:500") as server:
        yield server


def test_decision_is_counted_under_its_own_endpoint(desk: TargetServer) -> None:
    actions = {"approve": True, "reject": False}
    runs = play(desk.env, [Case([["decide", approve]], alone=True) for approve in actions.values()])
    for action, run in zip(actions, runs, strict=True):
        assert run.returned[0][0] is True
        assert run.sent == ["GET api:/approvals", f"POST api:/approvals/{{id}}/{action}"]
        assert run.trend("approval_decision_duration").count == 1
        assert run.rate("dashboard_errors") == (0, 2)
        assert run.total("approval_conflicts") == 0


def test_second_decision_is_a_conflict_and_no_error(desk: TargetServer) -> None:
    [first] = play(desk.env, [Case([["decide", True]])])
    approval = first.returned[0][1]
    [second] = play(desk.env, [Case([["decide", False, approval]])])
    assert second.returned == [[False, approval]]
    assert second.total("approval_conflicts") == 1
    assert second.rate("dashboard_errors") == (0, 1)
    assert second.rate("http_req_failed") == (0, 1)
    assert second.count("approval_decision_duration") == 0
    assert second.failure_kinds == {}


def test_decision_of_nothing_is_an_error(desk: TargetServer) -> None:
    [run] = play(desk.env, [Case([["decide", True, "no-such-approval"]])])
    assert run.returned == [[False, "no-such-approval"]]
    assert run.rate("dashboard_errors") == (1, 1)
    assert run.failure_kinds == {"not_found": 1}
    assert run.total("approval_conflicts") == 0


def test_page_that_did_not_come_whole_has_no_duration(desk: TargetServer) -> None:
    """One of its parts fails: the request is an error, and the page is not fast."""
    [run] = play(desk.env, [Case([["page"]])])
    assert run.failure_kinds == {"server_error": 1}
    assert run.rate("dashboard_errors") == (1, 6)
    assert run.count("dashboard_page_duration") == 0


def test_page_that_came_whole_has_one_duration_as_long_as_its_slowest_part(
    target_server: TargetServer,
) -> None:
    [run] = play(target_server.env, [Case([["page"]])])
    page = run.trend("dashboard_page_duration")
    assert page.count == 1
    assert page.maximum >= run.trend("http_req_duration").maximum
    assert run.rate("dashboard_errors") == (0, 6)


def test_page_that_is_not_there_is_no_page(target_server: TargetServer) -> None:
    [run] = play(target_server.env, [Case([["page"]], unavailable=["GET web:/dashboard"])])
    assert run.sent == []
    assert run.count("dashboard_page_duration") == 0
    assert run.count("dashboard_errors") == 0


def test_part_of_a_page_that_the_target_lacks_is_left_out(target_server: TargetServer) -> None:
    [run] = play(target_server.env, [Case([["page"]], unavailable=["GET web:/api/businesses"])])
    assert "GET web:/api/businesses" not in run.sent
    assert len(run.sent) == 5
    assert run.trend("dashboard_page_duration").count == 1


def test_widgets_and_polls_feed_their_own_durations(target_server: TargetServer) -> None:
    widgets, poll = play(target_server.env, [Case([["widgets"]]), Case([["poll"]])])
    assert widgets.count("dashboard_widget_duration") == 2
    assert widgets.count("dashboard_poll_duration") == 0
    assert poll.count("dashboard_poll_duration") == 1
    assert poll.count("dashboard_widget_duration") == 0


def test_api_without_a_prefix_is_probed_and_asked_where_it_is(tmp_path: Path) -> None:
    """Endpoints are named without the prefix, so that rules and results fit every deployment."""
    with start_target("--api-prefix", "") as server, bench(tmp_path, server.env) as place:
        ended = run_scenario(place, "dashboard", "--users 2 --duration 2s --seed 1")
        asked = counts(server)["api GET /approvals"]
    assert ended.code == 0, ended.stdout
    assert ended.result.unavailable == ()
    assert requests_of(ended.result, endpoint="GET api:/approvals") == asked - 1 > 0
