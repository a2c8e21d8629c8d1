"""What the events of the realtime gateway mean: connected or refused, updates and their return."""

from typing import Any

import pytest

from loadlib.protocols import realtime
from loadlib.protocols.failures import KINDS, Failure


def test_connected_is_the_only_success() -> None:
    assert realtime.refusal(({"status": "connected", "message": "Connected"},)) is None


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Authentication token required", "token_required"),
        ("Invalid or expired session token", "invalid_token"),
        ("Session expired", "invalid_token"),
        ("Too many connections", "too_many_connections"),
        ("Connection failed", "connection_failed"),
        ("Connection failed: no active workspace", "connection_failed"),
        ("Go away", "refused"),
        ("", "refused"),
        (None, "refused"),
        (5, "refused"),
    ],
)
def test_every_refusal_has_a_name(message: Any, kind: str) -> None:
    failure = realtime.refusal(({"status": "disconnected", "message": message},))
    assert failure is not None
    assert failure.kind == kind
    assert kind in KINDS


@pytest.mark.parametrize(
    "args", [(), ("connected",), ({},), ({"status": "maybe"},), ({"status": ["x"]},), (None,)]
)
def test_a_status_that_says_neither_is_malformed(args: tuple[Any, ...]) -> None:
    failure = realtime.refusal(args)
    assert failure is not None
    assert failure.kind == "bad_shape"


def test_an_update_is_as_the_gateway_wants_it() -> None:
    assert realtime.update("widgets.a", {"x": 1}, 3, "tab-1", 1_800_000_000.1239) == {
        "path": "widgets.a",
        "value": {"x": 1},
        "version": 3,
        "timestamp": "2027-01-15T08:00:00.123Z",
        "sourceTabId": "tab-1",
    }


def test_a_sync_tells_what_came_back() -> None:
    args = ({"path": "widgets.a", "value": 1, "version": 3, "sourceTabId": "tab-1"},)
    assert realtime.read_sync(args) == realtime.Sync("widgets.a", 3, "tab-1")


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"path": "a", "version": "3", "sourceTabId": "t"},
        {"path": "a", "version": True, "sourceTabId": "t"},
    ],
)
def test_a_sync_that_tells_too_little_is_a_failure(told: Any) -> None:
    assert isinstance(realtime.read_sync((told,)), Failure)


@pytest.mark.parametrize(
    ("args", "version"), [(({"state": {}, "version": 7},), 7), (({"state": {}},), None), ((), None)]
)
def test_a_full_state_has_a_version(args: tuple[Any, ...], version: int | None) -> None:
    found = realtime.read_version(args)
    assert (None if isinstance(found, Failure) else found) == version
