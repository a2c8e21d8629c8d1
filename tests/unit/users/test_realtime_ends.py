"""Gateways that misbehave: every end has a name, lost connections are made again, oddities are findings."""

import json
from collections.abc import Callable

import gevent
import pytest

from loadlib.protocols.socketio_client import Event
from tests.unit.client.support import Peer, answering, eventually, reply, serving
from tests.unit.client.websocket_support import CLOSE, PONG, TEXT, accepting, close_frame, frame, frames_of
from tests.unit.users.realtime_support import Scripted, dashboard, send_text


@pytest.mark.parametrize(
    ("settings", "origin"),
    [({}, None), ({"web_url": "https://app.example.com/some/page"}, "https://app.example.com")],
)
def test_the_web_application_is_the_origin_where_it_is_known(
    settings: dict[str, str], origin: str | None
) -> None:
    with serving(answering(reply(403))) as server, dashboard(server.url, **settings) as (tabs, _):
        tabs.connect()
        assert server.requests[0].headers.get("origin") == origin
        assert server.requests[0].path == "/socket.io/?EIO=4&transport=websocket"


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (lambda peer: send_text(peer, "41/realtime,"), "disconnected"),
        (lambda peer: send_text(peer, "1"), "disconnected"),
        (lambda peer: None, "truncated"),
        (Peer.reset, "reset"),
        (lambda peer: peer.send(close_frame(1011, b"bug")), "ws_closed"),
        (lambda peer: peer.send(close_frame(1000)), "ws_closed"),
        (lambda peer: peer.send(frame(TEXT, b"x", mask=b"abcd")), "ws_protocol"),
        (lambda peer: send_text(peer, "nonsense"), "engineio"),
        (lambda peer: send_text(peer, '42/realtime,["a"'), "bad_json"),
        (lambda peer: peer.send(frame(2, b"binary")), "socketio"),
    ],
)
def test_every_end_of_a_connection_has_a_name(script: Callable[[Peer], object], kind: str) -> None:
    """The second socket ends while an update is awaited: it is lost at once, and the end is counted."""
    peers: list[Peer] = []

    def ends(peer: Peer) -> None:
        peers.append(peer)
        if len(peers) == 2:
            peer.sock.recv(65536)
            script(peer)
        else:
            peer.wait_for_close()

    with serving(accepting(Scripted(ends))) as server:
        settings = {"session_secret": None, "session_token": "t", "realtime_delivery_timeout_s": 30}
        with dashboard(server.url, **settings) as (tabs, recorded):
            tabs.connect()
            assert not tabs.update("widgets.a", 1)
            seen = recorded()
            assert seen.tally("realtime_disconnects", "kind") == {kind: 1}
            assert seen.failure_kinds == {kind: 1, "lost": 1}
            assert seen.count("ws_session_duration") == 2


def test_a_bug_in_the_reading_of_events_is_a_lost_connection_with_a_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody would answer the gateway's pings on a connection that is not read."""
    opened: list[Peer] = []

    def sends_an_event(peer: Peer) -> None:
        opened.append(peer)
        if len(opened) == 2:
            peer.sock.recv(65536)
            send_text(peer, '42/realtime,["any.event",1]')
        peer.wait_for_close()

    def broken(event: Event, at_s: float) -> None:
        raise LookupError(f"{event.name} at {at_s > 0}")

    with serving(accepting(Scripted(sends_an_event))) as server:
        settings = {"session_secret": None, "session_token": "t", "realtime_delivery_timeout_s": 8}
        with dashboard(server.url, **settings) as (tabs, recorded):
            tabs._watcher.socket._on_event = broken
            tabs.connect()
            assert not tabs.update("widgets.a", 1)
            assert not tabs._watcher.socket.is_open
            seen = recorded()
    assert seen.tally("realtime_disconnects", "kind") == {"exception": 1}
    assert seen.failure_kinds == {"exception": 1, "lost": 1}
    assert [group.example for group in seen.snapshot.failures if group.kind == "exception"] == [
        "LookupError: any.event at True"
    ]
    assert seen.count("ws_session_duration") == 2
    assert "in broken" in caplog.text, "the traceback"


def test_whoever_waits_hears_of_a_lost_connection_that_cannot_be_recorded() -> None:
    """A bug in the recording of the loss, too, leaves nobody waiting."""
    opened: list[Peer] = []

    def hangs_up(peer: Peer) -> None:
        opened.append(peer)
        if len(opened) == 2:
            peer.sock.recv(65536)
        else:
            peer.wait_for_close()

    def broken() -> None:
        raise LookupError

    with serving(accepting(Scripted(hangs_up))) as server:
        settings = {"session_secret": None, "session_token": "t", "realtime_delivery_timeout_s": 60}
        with dashboard(server.url, **settings) as (tabs, _):
            tabs.connect()
            socket = tabs._watcher.socket
            assert socket._measured is not None
            socket._measured.ended = broken
            assert not tabs.update("widgets.a", 1)
            assert not socket.is_open


def test_a_lost_connection_is_made_again() -> None:
    opened: list[Peer] = []

    def ends_once(peer: Peer) -> None:
        opened.append(peer)
        if len(opened) > 1:
            peer.wait_for_close()

    with (
        serving(accepting(Scripted(ends_once))) as server,
        dashboard(server.url, session_secret=None, session_token="t") as (tabs, recorded),
    ):
        tabs.connect()
        eventually(lambda: tabs.connect() and len(opened) == 3, "a third connection")
        seen = recorded()
        assert seen.rate("realtime_failed") == (0, 3)
        assert seen.tally("realtime_disconnects", "kind") == {"truncated": 1}


def test_a_gateway_that_does_not_ping_in_time_is_a_lost_connection() -> None:
    silent = Scripted(Peer.wait_for_close, interval_ms=100)
    with (
        serving(accepting(silent)) as server,
        dashboard(server.url, session_secret=None, session_token="t") as (tabs, recorded),
    ):
        tabs.connect()
        eventually(lambda: not tabs._watcher.socket.is_open, "the end of a silent connection")
        assert recorded().tally("realtime_disconnects", "kind")["idle_timeout"] >= 1


def test_pings_of_the_gateway_are_answered_and_keep_the_connection() -> None:
    def pinging(peer: Peer) -> None:
        reader = gevent.spawn(gateway_side.listen, peer)
        while not reader.ready():
            send_text(peer, "2")
            gevent.sleep(0.02)

    gateway_side = Scripted(pinging, interval_ms=400)
    with (
        serving(accepting(gateway_side)) as server,
        dashboard(server.url, session_secret=None, session_token="t") as (tabs, recorded),
    ):
        assert tabs.connect()
        eventually(lambda: gateway_side.seen.count((TEXT, b"3")) > 100, "many pongs")
        seen = recorded()
        assert seen.tally("realtime_disconnects", "kind") == {}


def test_sockets_are_closed_in_order() -> None:
    """First the namespace is left, then the connection closed; nothing of it counts as a loss."""
    listening = Scripted(lambda peer: gevent.spawn(listening.listen, peer).join())
    with serving(accepting(listening)) as server:
        settings = {"session_secret": None, "session_token": "t", "close_timeout_s": 0.2}
        with dashboard(server.url, **settings) as (tabs, recorded):
            tabs.connect()
            seen = recorded()
            eventually(lambda: len([1 for opcode, _ in listening.seen if opcode == CLOSE]) == 2, "two closes")
            texts = [payload for opcode, payload in listening.seen if opcode != PONG]
            assert texts.count(b"41/realtime,") == 2
            assert seen.tally("realtime_disconnects", "kind") == {}
            assert seen.count("ws_session_duration") == 2


def test_what_comes_between_our_goodbye_and_the_close_is_passed_over() -> None:
    """And the gateway's close is still waited for, by whoever receives."""

    def leaves_late(peer: Peer) -> None:
        while data := peer.sock.recv(65536):
            for opcode, payload in frames_of(data):
                if payload == b"41/realtime,":
                    send_text(peer, '42/realtime,["late.event",1]')
                    send_text(peer, "41/realtime,")
                elif opcode == CLOSE:
                    gevent.sleep(0.1)
                    peer.send(frame(CLOSE, payload))

    with (
        serving(accepting(Scripted(leaves_late))) as server,
        dashboard(server.url, session_secret=None, session_token="t", close_timeout_s=8) as (tabs, recorded),
    ):
        tabs.connect()
        sockets = [tab.socket._measured.socket for tab in (tabs._editor, tabs._watcher)]
        seen = recorded()
        assert [socket.close_code for socket in sockets] == [1000, 1000]
        assert seen.tally("realtime_disconnects", "kind") == {}


def test_a_duplicate_and_a_malformed_sync_are_findings() -> None:
    def doubling(peer: Peer) -> None:
        while data := peer.sock.recv(65536):
            for _, payload in frames_of(data):
                if b"state.update" in payload:
                    event = json.loads(payload.removeprefix(b"42/realtime,"))[1]
                    sync = "42/realtime," + json.dumps(["dashboard.state.sync", event])
                    for other in peers:
                        send_text(other, '42/realtime,["dashboard.state.sync",{"path":1}]')
                        send_text(other, sync)
                        send_text(other, sync)
                        send_text(other, '42/realtime,["unknown.event",1]')

    peers: list[Peer] = []
    both = Scripted(lambda peer: peers.append(peer) or doubling(peer))
    with (
        serving(accepting(both)) as server,
        dashboard(server.url, session_secret=None, session_token="t") as (tabs, recorded),
    ):
        tabs.connect()
        assert tabs.update("widgets.a", 1)
        eventually(lambda: tabs.update("widgets.a", 2), "another update")
        seen = recorded()
        assert seen.rate("realtime_lost") == (0, 2)
        assert seen.tally("realtime_findings", "kind") == {"bad_shape": 2, "duplicate": 2}
