"""What goes wrong on an HTTP/2 connection: every request ends, once, under its own name."""

import socket
import struct

import gevent
import pytest
from gevent.event import Event
from h2.events import ConnectionTerminated, PingAckReceived, StreamReset
from hpack import Encoder
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.client import ERROR_KINDS
from tests.unit.client.http2.peer import (
    Asked,
    H2Peer,
    H2Server,
    Handler,
    answering_h2,
    serving_bytes,
    serving_h2,
)
from tests.unit.client.support import client_of, eventually

OK = Encoder().encode([(":status", "200", True)])
SETTINGS = SettingsFrame(0).serialize()


def head(stream_id: int, ends: bool = False) -> HeadersFrame:
    return HeadersFrame(stream_id, OK, flags=["END_HEADERS", *(["END_STREAM"] if ends else [])])


def test_goaway_lets_earlier_requests_end_and_fails_later_ones_without_sending_them_again() -> None:
    """The server sees every request once; the next one gets a new connection."""
    held: list[Asked] = []

    def handle(peer: H2Peer) -> None:
        while len(held) < 3:
            asked = peer.request()
            assert asked is not None
            held.append(asked)
        if peer.server.connections == 1:
            peer.raw(GoAwayFrame(0, last_stream_id=held[1].stream_id))
            for asked in held[:2]:
                peer.raw(head(asked.stream_id), DataFrame(asked.stream_id, b"ok", flags=["END_STREAM"]))
        answering_h2()(peer)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, _):
        users = [gevent.spawn(client.get, f"/{number}") for number in range(3)]
        gevent.joinall(users, raise_error=True)
        assert [user.value.error_kind for user in users] == ["", "", "http2_goaway"]
        assert client.get("/next").ok
        assert (server.connections, len(server.requests)) == (2, 4)
        assert "GOAWAY NO_ERROR" in users[2].value.error


def test_goaway_while_idle_costs_nothing() -> None:
    """The event loop has seen it; the next request takes a new connection and succeeds."""

    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.answer(asked)
        peer.raw(GoAwayFrame(0, last_stream_id=1))
        while peer.read():
            pass

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        for _ in range(4):
            client.get("/")
            gevent.sleep(0.01)
        assert (server.connections, records.kinds) == (4, [""] * 4)


def test_goaway_that_the_loop_has_not_seen_is_found_before_reuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that rested is read once more: here the loop does not run between GOAWAY and request."""
    monkeypatch.setattr("loadlib.client.http2.connection.PROBE_AFTER_IDLE_S", 0.0)
    peers: list[H2Peer] = []

    def handle(peer: H2Peer) -> None:
        peers.append(peer)
        answering_h2()(peer)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        client.get("/")
        peers[0].sock.send(GoAwayFrame(0, last_stream_id=1).serialize())
        assert client.get("/").ok
        assert (server.connections, records.kinds) == (2, ["", ""])


@pytest.mark.parametrize(("code", "name"), [(7, "REFUSED_STREAM"), (2, "INTERNAL_ERROR"), (99, "code 99")])
def test_reset_fails_its_request_alone_and_the_connection_goes_on(code: int, name: str) -> None:
    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.raw(RstStreamFrame(asked.stream_id, code))
        answering_h2()(peer)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        assert name in client.get("/").error
        assert client.get("/").ok
        assert (server.connections, len(server.requests), records.kinds) == (1, 2, ["http2_reset", ""])


def closing(frames: list[bytes], reset: bool = False) -> Handler:
    """Return a handler that reads a request, sends these frames, and hangs up."""

    def handle(peer: H2Peer) -> None:
        peer.request()
        peer.raw(*frames)

    return handle


@pytest.mark.parametrize(
    ("frames", "kind"),
    [
        ([], "closed"),
        ([head(1).serialize()], "truncated"),
        ([head(1).serialize(), DataFrame(1, b"half").serialize()], "truncated"),
        ([head(1).serialize()[:9]], "closed"),
        ([GoAwayFrame(0, last_stream_id=1).serialize()], "http2_goaway"),
        ([GoAwayFrame(0, last_stream_id=1, error_code=1).serialize()], "http2_goaway"),
        ([GoAwayFrame(0, last_stream_id=1).serialize(), head(1).serialize()], "truncated"),
        ([b"\0\0\1\0\0\0\0\0\0x"], "bad_response"),
        ([b"\xff" * 100], "bad_response"),
        ([HeadersFrame(1, b"\xff\xff\xff\xff", flags=["END_HEADERS"]).serialize()], "bad_response"),
        ([HeadersFrame(1, OK).serialize(), *[ContinuationFrame(1, b"").serialize()] * 8000], "too_large"),
    ],
)
def test_answer_that_breaks_off_or_breaks_the_rules_is_one_failed_sample(
    frames: list[bytes], kind: str
) -> None:
    """Nothing is sent twice, and the next request gets a new connection."""
    with (
        serving_h2(closing(frames)) as server,
        client_of(server.url, http_version="2") as (client, records),
    ):
        assert client.get("/").error_kind == kind
        assert (server.connections, len(server.requests)) == (1, 1)
        client.get("/")
        assert (server.connections, records.kinds) == (2, [kind, kind])


def test_connection_that_is_closed_under_a_request_after_a_rest_is_its_own_kind() -> None:
    """As with HTTP/1.1: mostly the server's keep-alive limit crossed the request."""

    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.answer(asked)
        peer.request()

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        for _ in range(4):
            client.get("/")
        assert records.kinds == ["", "closed_idle"] * 2
        assert (len(server.requests), server.connections) == (4, 2)


@pytest.mark.parametrize(("before", "kind"), [("answer", "closed_idle"), ("head", "reset"), ("", "reset")])
def test_connection_that_is_reset_is_named_by_how_far_the_request_had_come(before: str, kind: str) -> None:
    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        if before == "answer":
            peer.answer(asked)
            peer.request()
        elif before == "head":
            peer.answer(asked, b"x", ends=False)
            gevent.sleep(0.05)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        if before == "answer":
            assert client.get("/").ok
        assert client.get("/").error_kind == kind
        assert (server.connections, records.kinds[-1]) == (1, kind)


def test_all_requests_under_way_fail_when_the_connection_breaks() -> None:
    """Each by how far it had come: one had its head, the other nothing."""

    def handle(peer: H2Peer) -> None:
        first, second = peer.request(), peer.request()
        assert first is not None
        assert second is not None
        peer.raw(head(first.stream_id))

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        gevent.joinall([gevent.spawn(client.get, f"/{number}") for number in range(2)], raise_error=True)
        assert sorted(records.kinds) == ["closed", "truncated"]
        assert (server.connections, len(server.requests)) == (1, 2)


def test_silence_ends_at_the_timeout_and_a_silent_connection_is_not_used_again() -> None:
    """A server that has gone without a word costs one timeout, not one for every request."""

    def handle(peer: H2Peer) -> None:
        peer.request()
        if peer.server.connections > 1:
            peer.answer(peer.server.requests[-1])
        while peer.read():
            pass

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        assert client.get("/", timeout=0.1).error_kind == "timeout"
        assert client.get("/").ok
        assert (server.connections, records.kinds) == (2, ["timeout", ""])


def test_slow_answer_is_cancelled_at_the_timeout_and_the_connection_goes_on() -> None:
    """The server lives, as other answers show: only the late stream is given up, with RST_STREAM CANCEL."""

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            if asked[":path"] != "/late":
                peer.answer(asked)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, _):
        client.get("/")
        late = gevent.spawn(client.get, "/late", timeout=0.2)
        eventually(lambda: len(server.requests) == 2, "the late request arrives")
        assert client.get("/").ok
        assert late.get().error_kind == "timeout"
        assert client.get("/").ok
        assert server.connections == 1
        assert [(reset.stream_id, int(reset.error_code)) for reset in server.seen(StreamReset)] == [(3, 8)]


def test_upload_that_the_server_gives_no_window_for_ends_at_the_timeout() -> None:
    def handle(peer: H2Peer) -> None:
        peer.acknowledging = False
        while peer.read():
            pass

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        assert client.post("/", data=bytes(200_000), timeout=0.2).error_kind == "timeout"
        assert 65_535 <= records.only.request_bytes < 70_000
        assert records.only.sending_s >= 0.15
        assert len(server.requests[0].body) == 65_535


def test_answer_before_the_end_of_the_upload_is_the_answer() -> None:
    """A server that refuses a body early is heard; the rest is not sent."""

    def handle(peer: H2Peer) -> None:
        peer.acknowledging = False
        asked = peer.request(whole=False)
        assert asked is not None
        peer.answer(asked, b"too much", status=413)
        answering_h2()(peer)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        response = client.post("/", data=bytes(1 << 20))
        assert (response.status_code, response.content) == (413, b"too much")
        assert records.only.request_bytes < 100_000
        assert records.only.waiting_s >= 0
        assert server.connections == 1


@pytest.mark.parametrize("size", [10, 1000, 20_000])
def test_body_beyond_its_limit_is_too_large_and_only_its_stream_ends(size: int) -> None:
    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            peer.answer(asked, bytes(size if asked[":path"] == "/big" else 5))

    with (
        serving_h2(handle) as server,
        client_of(server.url, http_version="2", max_response_bytes=9) as (client, _),
    ):
        assert client.get("/big").error_kind == "too_large"
        assert client.get("/").ok
        assert server.connections == 1


def test_head_beyond_its_limit_is_too_large() -> None:
    with (
        serving_h2(answering_h2(headers=(("x-long", "y" * 3000),))) as server,
        client_of(server.url, http_version="2", max_header_bytes=2000) as (client, records),
    ):
        assert client.get("/").error_kind == "too_large"
        assert "2000" in records.only.error


def test_pings_are_answered_while_nobody_waits() -> None:
    peers: list[H2Peer] = []

    def handle(peer: H2Peer) -> None:
        peers.append(peer)
        answering_h2()(peer)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, _):
        client.get("/")
        peers[0].h2.ping(b"12345678")
        peers[0].flush()
        eventually(lambda: server.seen(PingAckReceived), "the ping is answered")


def test_server_that_asks_for_ever_and_reads_nothing_is_given_up() -> None:
    """Answers to pings pile up to a limit only."""
    gone = Event()

    def talk(sock: object, server: H2Server) -> None:
        flood = PingFrame(0, b"12345678").serialize() * 4000
        sock.sendall(SETTINGS)  # type: ignore[attr-defined]
        try:
            while True:
                sock.sendall(flood)  # type: ignore[attr-defined]
        finally:
            gone.set()

    with serving_bytes(talk) as server, client_of(server.url, http_version="2") as (client, records):
        assert client.get("/", timeout=20).error_kind == "bad_response"
        assert "ENHANCE_YOUR_CALM" in records.only.error
        assert gone.wait(10)


def test_close_interrupts_requests_under_way_and_says_goodbye() -> None:
    def handle(peer: H2Peer) -> None:
        while peer.read():
            pass

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, _):
        user = gevent.spawn(client.get, "/")
        eventually(lambda: server.requests, "the request arrives")
        client.close()
        assert user.get(timeout=5).error_kind == "interrupted"
        eventually(lambda: server.seen(ConnectionTerminated), "the goodbye arrives")


def test_killed_user_cancels_its_stream_and_the_sample_is_recorded() -> None:
    def handle(peer: H2Peer) -> None:
        while peer.read():
            pass

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        user = gevent.spawn(client.get, "/")
        eventually(lambda: server.requests, "the request arrives")
        user.kill()
        assert records.kinds == ["interrupted"]
        eventually(lambda: server.seen(StreamReset), "the stream is cancelled")


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8), st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_bytes_after_the_settings_end_the_request_by_name(pieces: list[bytes], stays: bool) -> None:
    """A peer that sends anything, and stays or goes, gets neither a hang nor another exception."""

    def talk(sock: object, server: H2Server) -> None:
        sock.recv(65536)  # type: ignore[attr-defined]
        for piece in (SETTINGS, *pieces):
            sock.sendall(piece)  # type: ignore[attr-defined]
        while stays and sock.recv(65536):  # type: ignore[attr-defined]
            pass

    with serving_bytes(talk) as server, client_of(server.url, http_version="2") as (client, records):
        response = client.get("/", timeout=0.2)
        assert response.status_code == 0
        assert records.only.error_kind in ERROR_KINDS
