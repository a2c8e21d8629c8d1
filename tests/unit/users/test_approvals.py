"""Decisions on approvals: which refusals are conflicts, and lists that cannot be read."""

import json

import pytest

from loadlib.users.approvals import Approvals
from tests.integration.protocol_calls import Recorded
from tests.unit.users.support import recorded_user, reply, server


def refused(body: bytes) -> Recorded:
    """Return the recording of a decision that is refused with 400."""
    with server(lambda _asked, _served: [reply(body, 400)]) as api:
        user, recorded = recorded_user(api_url=api.url)
        assert Approvals(user).decide("a-1", approve=True) is False
        user.on_stop()
    return recorded()


def error(message: object) -> bytes:
    """Return an error as the API shapes it; it has a member whose name speaks of a status."""
    return json.dumps({"statusCode": 400, "message": message, "error": "Bad Request"}).encode()


@pytest.mark.parametrize(
    "body",
    [
        error("Approval is not pending"),
        error("Approval item has ALREADY been processed"),
        error("Cannot approve an item with status: approved"),
        error(["Status must be pending"]),
        b"already decided",
    ],
)
def test_refusal_that_speaks_of_the_status_is_a_conflict(body: bytes) -> None:
    run = refused(body)
    assert run.total("approval_conflicts") == 1
    assert run.rate("dashboard_errors") == (0, 1)
    assert run.failure_kinds == {}
    assert run.count("approval_decision_duration") == 0


@pytest.mark.parametrize("body", [error("notes must be a string"), error(None), b"{}", b"", b"statusCode"])
def test_refusal_for_another_reason_is_an_error(body: bytes) -> None:
    run = refused(body)
    assert run.total("approval_conflicts") == 0
    assert run.rate("dashboard_errors") == (1, 1)
    assert run.failure_kinds == {"client_error": 1}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"items":""}', b'{"items":{"a":1}}', b'{"items":[{}]}']
)
def test_list_without_ids_is_no_list(body: bytes) -> None:
    with server(lambda _asked, _served: [reply(body)]) as api:
        user, recorded = recorded_user(api_url=api.url)
        assert Approvals(user).pending() == []
        user.on_stop()
    assert recorded().failure_kinds == {"bad_shape": 1}
