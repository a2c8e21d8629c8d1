"""The closing handshake of a WebSocket: one close frame of ours, nothing behind it, a limit of its time."""

import struct
from time import perf_counter

import gevent
import pytest

from loadlib.client.errors import TransportError
from tests.unit.client.support import Peer, eventually, serving
from tests.unit.client.websocket_support import (
    CLOSE,
    TEXT,
    Collected,
    Mirror,
    accepting,
    close_frame,
    frame,
    frames_of,
    websockets_of,
)

WAIT_S = 10.0


def test_we_close_and_the_peer_answers() -> None:
    mirror = Mirror()
    with serving(mirror) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        socket.close(4001, "done here")
        assert (socket.closed, socket.close_code, socket.close_reason) == (True, 4001, "done here")
        assert (mirror.seen[-1].code, mirror.seen[-1].reason) == (4001, "done here")
        socket.close()


class Answering:
    """A peer that answers the first close frame, and keeps all that comes until the client hangs up."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._data = bytearray()
        self.ended = False

    def __call__(self, peer: Peer) -> None:
        answered = False
        while data := peer.sock.recv(65536):
            self._data += data
            if not answered and CLOSE in dict(self.frames):
                answered = True
                peer.send(self._answer)
        self.ended = True

    @property
    def frames(self) -> list[tuple[int, bytes]]:
        return list(frames_of(bytes(self._data)))


@pytest.mark.parametrize("receiving", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        close_frame(1000),
        close_frame(1011),
        frame(CLOSE),
        frame(TEXT, b"late") + close_frame(1000),
        frame(TEXT, b"\xff"),
    ],
    ids=["same", "other code", "no code", "after a message", "broken"],
)
def test_our_close_frame_is_the_only_one_whatever_the_peer_answers(answer: bytes, receiving: bool) -> None:
    """RFC 6455 section 5.5.1."""
    peer = Answering(answer)
    with serving(accepting(peer)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        if receiving:
            receiver = gevent.spawn(lambda: list(socket.messages(WAIT_S)))
            eventually(lambda: socket._receiving, "the other greenlet receives")
        socket.close()
        eventually(lambda: peer.ended, "the client hangs up")
        assert peer.frames == [(CLOSE, struct.pack("!H", 1000))]
        assert socket.sent_bytes == 8
        if receiving:
            receiver.join(timeout=WAIT_S)
            assert receiver.ready()


def test_greenlets_that_close_at_once_send_one_close_frame_and_wait_for_the_same_answer() -> None:
    peer = Answering(close_frame(1000))
    with serving(accepting(peer)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        gevent.joinall([gevent.spawn(socket.close) for _ in range(3)], timeout=WAIT_S, raise_error=True)
        eventually(lambda: peer.ended, "the client hangs up")
        assert (peer.frames, socket.close_code) == ([(CLOSE, struct.pack("!H", 1000))], 1000)


def test_nothing_is_sent_behind_our_close_frame() -> None:
    """Only pings of the peer are still answered, until it has closed as well."""
    peer = Collected()
    with serving(accepting(peer)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        closing = gevent.spawn(socket.close, timeout_s=0.3)
        assert peer.wait_for(1)
        for send in (lambda: socket.send("late"), socket.ping):
            with pytest.raises(TransportError) as caught:
                send()
            assert caught.value.kind == "ws_closed"
        assert not closing.ready()
        closing.join(timeout=WAIT_S)
        assert (len(peer.frames), socket.messages_sent) == (1, 0)


def test_a_peer_that_does_not_answer_our_close_has_its_time_and_no_more() -> None:
    peer = Collected()
    with serving(accepting(peer)) as server, websockets_of(server) as (client, _):
        socket = client.connect("/")
        before_s = perf_counter()
        socket.close(timeout_s=0.2)
        assert perf_counter() - before_s >= 0.15
        assert socket.closed
        assert peer.wait_for(1) == [(CLOSE, struct.pack("!H", 1000))]
