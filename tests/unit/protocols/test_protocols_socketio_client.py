"""A client's side of socket.io, message by message: what each means and what is sent back."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.protocols.failures import KINDS, Failure
from loadlib.protocols.socketio import Session
from loadlib.protocols.socketio_client import Ack, Connected, Ended, Event, SocketIoClient, Step

OPEN = '0{"sid":"e1","upgrades":[],"pingInterval":25000,"pingTimeout":10000}'
NS = "/realtime"


def connected(auth: dict[str, Any] | None = None) -> SocketIoClient:
    """Return a client that its namespace has taken in."""
    client = SocketIoClient(NS, auth)
    client.feed(OPEN)
    assert client.feed('40/realtime,{"sid":"s1"}') == (Connected("s1"), "")
    return client


def test_the_session_is_answered_with_the_namespace_and_the_credentials() -> None:
    step = SocketIoClient(NS, {"token": "t"}).feed(OPEN)
    assert step == (Session("e1", 25.0, 10.0), '40/realtime,{"token":"t"}')


def test_without_credentials_none_are_sent() -> None:
    assert SocketIoClient(NS).feed(OPEN).reply == "40/realtime,"


@pytest.mark.parametrize("payload", ["", "probe"])
def test_a_ping_is_answered_at_once(payload: str) -> None:
    assert connected().feed("2" + payload) == Step(None, "3" + payload)


@pytest.mark.parametrize("message", ["6", "3", '42/other,["event"]', '42["event"]', "5"])
def test_what_is_not_for_us_is_passed_over(message: str) -> None:
    assert connected().feed(message) == (None, "")


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ('42/realtime,["a",1,{"b":2}]', Event("a", (1, {"b": 2}))),
        ('42/realtime,7["a"]', Event("a", (), 7)),
        ('43/realtime,0["ok"]', Ack(0, ("ok",))),
    ],
)
def test_events_and_acknowledgements_are_told(message: str, event: Event | Ack) -> None:
    assert connected().feed(message) == (event, "")


@pytest.mark.parametrize("message", ["41/realtime,", "1"])
def test_the_servers_end_is_told(message: str) -> None:
    assert connected().feed(message).item == Ended()


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (OPEN, "engineio"),
        ('44/realtime,{"message":"no"}', "connect_error"),
        ('44/realtime,"no"', "connect_error"),
        ("40/realtime,", "bad_shape"),
        ('40/realtime,{"sid":5}', "bad_shape"),
        ('43/realtime,["ok"]', "socketio"),
        (b"out of place", "socketio"),
        ("nonsense", "engineio"),
    ],
    ids=str,
)
def test_what_has_no_place_ends_with_a_name(message: str | bytes, kind: str) -> None:
    item = connected().feed(message).item
    assert isinstance(item, Failure)
    assert item.kind == kind


def test_attachments_are_put_in_place() -> None:
    client = connected()
    head = '452-/realtime,["a",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]'
    assert client.feed(head) == (None, "")
    assert client.feed(b"first") == (None, "")
    assert client.feed(b"second") == (Event("a", (b"second", b"first")), "")


def test_text_in_place_of_an_attachment_is_a_failure() -> None:
    client = connected()
    client.feed('451-/realtime,["a",{"_placeholder":true,"num":0}]')
    item = client.feed("2").item
    assert isinstance(item, Failure)
    assert item.kind == "socketio"


def test_messages_of_ours() -> None:
    client = connected()
    assert client.event("a", {"b": "ü"}) == '42/realtime,["a",{"b":"ü"}]'
    assert client.event_with_ack("a") == ('42/realtime,0["a"]', 0)
    assert client.event_with_ack("a", 1) == ('42/realtime,1["a",1]', 1)
    assert client.ack(7, "ok") == '43/realtime,7["ok"]'
    assert client.goodbye() == "41/realtime,"


PIECES = st.one_of(
    st.just(OPEN),
    st.sampled_from(["2", "3x", "1", "6", '40/realtime,{"sid":"s"}', "41/realtime,", "44/realtime,{}"]),
    st.builds(
        lambda data: "42/realtime," + json.dumps(data),
        st.lists(st.none() | st.integers() | st.text(max_size=5), max_size=3),
    ),
    st.sampled_from(['451-/realtime,["a",{"_placeholder":true,"num":0}]', "43/realtime,1[]"]),
    st.text(max_size=20),
    st.binary(max_size=5),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=8))
def test_no_sequence_of_messages_raises(messages: list[str | bytes]) -> None:
    client = SocketIoClient(NS, {"token": "t"})
    for message in messages:
        step = client.feed(message)
        assert isinstance(step.reply, str)
        assert not isinstance(step.item, Failure) or step.item.family in KINDS
