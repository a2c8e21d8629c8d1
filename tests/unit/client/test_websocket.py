"""An open WebSocket: messages both ways at once, pings, orderly ends, deadlines, a name for every bad end."""

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter, process_time

import gevent
import pytest

from loadlib.client.errors import TransportError
from loadlib.client.websocket import WebSocket
from tests.unit.client.support import Peer, serving
from tests.unit.client.websocket_support import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    Collected,
    Mirror,
    accepting,
    close_frame,
    frame,
    upgrade,
    websockets_of,
)

WAIT_S = 10.0


def ended(then: Callable[[Peer], object] | bytes, **options: object) -> tuple[str, str]:
    """Receive from a peer that misbehaves; return kind and text of the end, which closes the connection."""
    with serving(accepting(then)) as server, websockets_of(server, **options) as (client, _):
        opened = client.connect("/")
        with pytest.raises(TransportError) as caught:
            list(opened.messages(WAIT_S))
        assert opened.closed
        return caught.value.kind, caught.value.message


def test_messages_go_both_ways_text_and_binary() -> None:
    sent: list[str | bytes] = ["hello", "grüße ☃", b"\x00\xff", "", "x" * 200_000]
    with serving(Mirror()) as server, websockets_of(server) as (client, _), client.connect("/") as socket:
        for message in sent:
            socket.send(message)
        received = [socket.receive(WAIT_S) for _ in sent]
        assert [arrival.data for arrival in received if arrival] == sent
        assert (socket.messages_sent, socket.messages_received) == (5, 5)
        assert socket.sent_bytes > socket.received_bytes > 200_000  # masks are sent, not received


def test_a_message_carries_the_moment_its_bytes_came_not_the_one_it_was_asked_for() -> None:
    with (
        serving(accepting(frame(TEXT, b"a") + frame(TEXT, b"b"))) as server,
        websockets_of(server) as (client, _),
    ):
        socket = client.connect("/")
        first = socket.receive(WAIT_S)
        gevent.sleep(0.1)
        second = socket.receive(WAIT_S)
        assert first is not None
        assert second is not None
        assert second.at_s == first.at_s < perf_counter() - 0.1


def test_pings_are_answered_while_somebody_receives() -> None:
    peer = Collected(frame(PING, b"one") + frame(PING, b"") + frame(TEXT, b"go"))
    with serving(accepting(peer)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        assert socket.receive(WAIT_S) is not None
        assert peer.wait_for(2) == [(PONG, b"one"), (PONG, b"")]
        assert socket.messages_received == 1


def test_a_ping_of_ours_is_timed_to_its_own_pong() -> None:
    times: list[float] = []
    with serving(Mirror()) as server, websockets_of(server) as (client, _), client.connect("/") as socket:
        socket.on_pong = times.append
        socket.ping()
        socket.ping()
        socket.send("last")
        assert socket.receive(WAIT_S) is not None
        assert len(times) == 2
        assert min(times) > 0


def test_pongs_that_nobody_asked_for_are_passed_over() -> None:
    times: list[float] = []
    with (
        serving(accepting(frame(PONG, b"??") + frame(TEXT, b"a"))) as server,
        websockets_of(server) as (client, _),
    ):
        socket = client.connect("/")
        socket.on_pong = times.append
        assert socket.receive(WAIT_S) is not None
        assert times == []


def test_pings_that_are_never_answered_take_no_memory() -> None:
    with serving(accepting(Collected())) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        for _ in range(100):
            socket.ping()
        assert socket._pings is not None
        assert len(socket._pings) == 16


@pytest.mark.parametrize(
    ("data", "code"), [(close_frame(1000), 1000), (close_frame(1001), 1001), (frame(8), 1005)]
)
def test_a_peer_that_is_done_ends_the_messages(data: bytes, code: int) -> None:
    peer = Collected(frame(TEXT, b"last") + data)
    with serving(accepting(peer)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        assert [arrival.data for arrival in socket.messages(WAIT_S)] == ["last"]
        assert (socket.close_code, socket.closed) == (code, True)
        assert socket.receive(WAIT_S) is None
        assert peer.wait_for(1) == [(CLOSE, data[2:])], "the close frame is sent back"


@pytest.mark.parametrize("code", [1002, 1008, 1011, 1012, 1013, 3000, 4999])
def test_any_other_close_code_is_a_failure(code: int) -> None:
    assert ended(close_frame(code, b"go away")) == ("ws_closed", f"{code} go away")


@pytest.mark.parametrize(
    ("then", "kind"),
    [
        (lambda peer: None, "truncated"),
        (lambda peer: peer.send(frame(TEXT, b"half")[:3]), "truncated"),
        (Peer.reset, "reset"),
        (frame(TEXT, b"masked", mask=b"abcd"), "ws_protocol"),
        (frame(TEXT, b"x", rsv=2), "ws_protocol"),
        (frame(PING, b"x", fin=False), "ws_protocol"),
        (frame(TEXT, b"\xc3("), "ws_protocol"),
        (b"\x81\x7f" + (1 << 62).to_bytes(8, "big"), "too_large"),
    ],
    ids=["end", "end in a frame", "reset", "masked", "reserved bit", "fragmented ping", "no utf-8", "length"],
)
def test_every_bad_end_has_a_name(then: Callable[[Peer], object] | bytes, kind: str) -> None:
    assert ended(then)[0] == kind


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (frame(TEXT, b"\xff"), "ws_protocol"),
        (close_frame(1011), "ws_closed"),
        (b"", "truncated"),
    ],
)
def test_messages_before_a_bad_end_are_received_first(end: bytes, kind: str) -> None:
    """And the end stays what it was."""

    def then(peer: Peer) -> None:
        peer.send(frame(TEXT, b"one") + frame(TEXT, b"two") + end)

    with serving(accepting(then)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        received = [socket.receive(WAIT_S) for _ in range(2)]
        assert [arrival.data for arrival in received if arrival] == ["one", "two"]
        for _ in range(2):
            with pytest.raises(TransportError) as caught:
                socket.receive(WAIT_S)
            assert caught.value.kind == kind


@pytest.mark.parametrize(
    ("data", "code"), [(frame(TEXT, b"\xff"), 1002), (b"\x81\x7f" + (1 << 62).to_bytes(8, "big"), 1009)]
)
def test_the_peer_is_told_what_it_did_wrong(data: bytes, code: int) -> None:
    peer = Collected(data)
    assert ended(peer)[0] in {"ws_protocol", "too_large"}
    assert peer.wait_for(1) == [(CLOSE, struct.pack("!H", code))]


def test_silence_is_an_idle_timeout_and_the_connection_lives() -> None:
    with serving(Mirror()) as server, websockets_of(server) as (client, _), client.connect("/") as socket:
        with pytest.raises(TransportError) as caught:
            socket.receive(0.1)
        assert caught.value.kind == "idle_timeout"
        socket.send("still here")
        assert socket.receive(WAIT_S) is not None


def test_control_frames_do_not_prolong_the_wait_for_a_message() -> None:
    def pinging(peer: Peer) -> None:
        while True:
            peer.send(frame(PING, b"x"))
            gevent.sleep(0.01)

    with serving(accepting(pinging)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        with pytest.raises(TransportError) as caught:
            socket.receive(0.3)
        assert caught.value.kind == "idle_timeout"


def test_waiting_costs_no_cpu() -> None:
    """No busy loop: a silent second is idle."""
    with serving(accepting(Collected())) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        before_s = process_time()
        with pytest.raises(TransportError):
            socket.receive(1.0)
        assert process_time() - before_s < 0.5


@contextmanager
def flooding() -> Iterator[str]:
    """Run a server in a thread that sends as fast as it can, until the client hangs up; give its URL."""

    def flood() -> None:
        sock, _ = listener.accept()
        with sock:
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", sock.recv(65536))
            assert key is not None
            sock.sendall(upgrade(key[1].decode()))
            with suppress(OSError):
                while True:
                    sock.sendall(frame(BINARY, bytes(200)) * 1000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=flood)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(WAIT_S)
        assert not thread.is_alive()


def test_a_flood_of_messages_leaves_others_their_turn() -> None:
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            gevent.sleep(0)
            ticks += 1

    with flooding() as url, websockets_of(url) as (client, _):
        opened = client.connect("/")
        ticker = gevent.spawn(tick)
        for _ in range(20_000):
            assert opened.receive(WAIT_S) is not None
        ticker.kill()
        opened.abort()
    assert ticks >= 10


def test_a_peer_that_does_not_read_is_a_timeout_of_the_sender() -> None:
    def deaf(peer: Peer) -> None:
        gevent.sleep(WAIT_S)

    with serving(accepting(deaf)) as server, websockets_of(server, timeout_s=0.3) as (client, _):
        socket = client.connect("/")
        with pytest.raises(TransportError) as caught:
            socket.send(bytes(30_000_000))
        assert caught.value.kind == "timeout"
        assert socket.closed, "half a frame was left behind"


def test_many_greenlets_send_whole_messages() -> None:
    """Large messages that wait for the peer in turn are never mixed."""
    peer = Collected()

    def send(letter: bytes) -> None:
        for _ in range(5):
            socket.send(letter * 300_000)

    with serving(accepting(peer)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        gevent.joinall([gevent.spawn(send, letter) for letter in (b"a", b"b", b"c")], raise_error=True)
        assert socket.messages_sent == 15
        sent = peer.wait_for(15)
        assert {opcode for opcode, _ in sent} == {BINARY}
        assert sorted(payload for _, payload in sent) == [
            letter * 300_000 for letter in (b"a", b"b", b"c") for _ in range(5)
        ]


def test_a_send_waits_while_another_greenlet_receives() -> None:
    """Both directions at once: a receiver that waits does not stop a sender that must wait."""

    def late_reader(peer: Peer) -> None:
        gevent.sleep(0.2)
        seen = 0
        while seen < 8_000_000:
            seen += len(peer.sock.recv(1 << 20))
        peer.send(frame(TEXT, b"got it"))
        peer.wait_for_close()

    with serving(accepting(late_reader)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        receiver = gevent.spawn(socket.receive, WAIT_S)
        gevent.sleep(0)
        socket.send(bytes(8_000_000))
        arrival = receiver.get(timeout=WAIT_S)
        assert arrival is not None
        assert arrival.data == "got it"


def test_only_one_greenlet_may_receive() -> None:
    with serving(accepting(Collected())) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        first = gevent.spawn(socket.receive, WAIT_S)
        gevent.sleep(0)
        with pytest.raises(RuntimeError, match="another greenlet"):
            socket.receive(WAIT_S)
        first.kill()


def test_closing_while_another_greenlet_receives_ends_both_in_order() -> None:
    with serving(Mirror()) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        receiver = gevent.spawn(lambda: list(socket.messages(WAIT_S)))
        gevent.sleep(0)
        socket.close()
        assert receiver.get(timeout=WAIT_S) == []
        assert socket.close_code == 1000


def test_aborting_wakes_the_receiver() -> None:
    def kind_of_end(socket: WebSocket) -> str:
        with pytest.raises(TransportError) as caught:
            socket.receive(WAIT_S)
        return caught.value.kind

    with serving(accepting(Collected())) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        receiver = gevent.spawn(kind_of_end, socket)
        gevent.sleep(0)
        socket.abort()
        assert receiver.get(timeout=WAIT_S) == "interrupted"
        with pytest.raises(TransportError) as caught:
            socket.send("too late")
        assert caught.value.kind == "ws_closed"


def test_a_killed_sender_leaves_no_half_frame_to_others() -> None:
    def deaf(peer: Peer) -> None:
        gevent.sleep(WAIT_S)

    with serving(accepting(deaf)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        sender = gevent.spawn(socket.send, bytes(30_000_000))
        gevent.sleep(0.05)
        sender.kill()
        with pytest.raises(TransportError) as caught:
            socket.send("after it")
        assert caught.value.kind == "ws_closed"
