"""Streams: chunks when they arrive, one sample at the end, a connection reused only after a clean one."""

import gzip
import time
from itertools import islice
from time import perf_counter

import brotli
import gevent
import pytest

from loadlib.client import StreamResponse, TransportError
from loadlib.client.decoding import PIECE_BYTES
from tests.unit.client.support import (
    END,
    HEAD,
    OK,
    Peer,
    answering,
    chunk,
    client_of,
    eventually,
    reply,
    serving,
)


def test_chunks_come_with_the_moment_they_arrived() -> None:
    """Gaps of the server are gaps of the stream, and the head is there before the first of them."""
    pause_s = 0.5

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(HEAD)
        for data in (b"one", b"two", b"three"):
            gevent.sleep(pause_s)
            peer.send(chunk(data))
        peer.send(END)

    with serving(handle) as server, client_of(server) as (client, records):
        stream = client.stream("POST", "/", json={})
        opened_s = perf_counter()
        assert (stream.status_code, stream.content_type) == (200, "text/event-stream")
        times, chunks = zip(*stream, strict=True)
        stream.finish()
        assert chunks == (b"one", b"two", b"three")
        assert opened_s < times[0]
        assert min(times[1] - times[0], times[2] - times[1]) >= pause_s / 2
        assert records.only.receiving_s >= 2.5 * pause_s
        assert (records.only.streamed, records.only.error_kind) == (True, "")
        assert records.only.endpoint == "POST /"


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_bytes_of_a_stream_are_all_there_however_they_are_cut(size: int) -> None:
    """Also when the whole answer comes with the head."""
    raw = HEAD + chunk("dätä: 1\n\n".encode()) + chunk(b"x" * 100) + END

    def handle(peer: Peer) -> None:
        peer.request()
        peer.dribble(raw, size=size)

    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/") as stream:
            assert stream.read_all() == "dätä: 1\n\n".encode() + b"x" * 100
            assert list(stream) == []
        assert records.only.response_bytes == len(raw)
        assert records.kinds == [""]


@pytest.mark.parametrize(
    ("tail", "kind"),
    [(b"", "truncated"), (b"5\r\nab", "truncated"), (b"zz\r\n", "bad_response"), (None, "reset")],
)
def test_stream_that_breaks_raises_and_fails_its_sample(tail: bytes | None, kind: str) -> None:
    """What came before the break was delivered."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(HEAD + chunk(b"first"))
        eventually(lambda: received, "the client has the first chunk")
        peer.reset() if tail is None else peer.send(tail)

    received: list[bytes] = []

    def read(stream: StreamResponse) -> None:
        for _, data in stream:
            received.append(data)

    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/") as stream, pytest.raises(TransportError) as caught:
            read(stream)
        assert b"".join(received).startswith(b"first")
        assert caught.value.kind == kind
        assert (records.only.error_kind, records.only.status, records.only.expected) == (kind, 200, False)
        with pytest.raises(TransportError):
            next(iter(stream))


def test_close_delimited_stream_ends_cleanly() -> None:
    """Its end is the connection's."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.dribble(b"until the end", size=5)

    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/") as stream:
            assert stream.read_all() == b"until the end"
        assert records.kinds == [""]


def test_finish_records_once_with_the_kind_of_the_protocol() -> None:
    """The protocol knows what the transport cannot see."""
    with serving(answering(HEAD + END)) as server, client_of(server) as (client, records):
        stream = client.stream("GET", "/")
        list(stream)
        stream.finish("no_terminal_event", "the stream ended without done")
        stream.finish()
        sample = records.only
        assert (sample.error_kind, sample.error) == ("no_terminal_event", "the stream ended without done")
        assert not sample.expected


def test_stream_left_early_closes_its_connection() -> None:
    """What was not read never becomes the next answer; leaving is no failure."""
    gone: list[bool] = []

    def handle(peer: Peer) -> None:
        if peer.request():
            peer.send(HEAD + chunk(b"first"))
            gone.append(peer.wait_for_close())

    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/") as stream:
            for _, data in stream:
                assert data == b"first"
                break
        eventually(lambda: gone, "the server sees the connection end")
        assert (records.only.error_kind, records.only.expected) == ("", True)
        with client.stream("GET", "/"):
            pass
        assert server.connections == 2


@pytest.mark.parametrize(("status", "kind"), [(302, "redirect"), (404, "not_found"), (503, "server_error")])
def test_stream_expects_2xx_and_reads_error_bodies(status: int, kind: str) -> None:
    """Redirects are not followed."""
    answer = reply(status, b"why", Location="/x")
    with serving(answering(answer)) as server, client_of(server) as (client, records):
        for _ in range(2):
            with client.stream("GET", "/") as stream:
                assert (stream.status_code, stream.read_all()) == (status, b"why")
        assert records.kinds == [kind, kind]
        assert server.connections == 1


def test_error_body_is_bounded() -> None:
    """read_all is for answers that turn out to be no stream."""
    with (
        serving(answering(reply(500, b"x" * 2000))) as server,
        client_of(server, max_response_bytes=1000) as (
            client,
            records,
        ),
    ):
        with client.stream("GET", "/") as stream, pytest.raises(TransportError, match="too_large"):
            stream.read_all()
        assert records.kinds == ["too_large"]


def test_iterated_stream_may_be_longer_than_the_limit_of_a_body() -> None:
    """max_response_bytes is about what is kept in memory."""
    with (
        serving(answering(reply(200, b"x" * 50_000))) as server,
        client_of(server, max_response_bytes=1000) as (
            client,
            records,
        ),
    ):
        with client.stream("GET", "/") as stream:
            assert sum(len(data) for _, data in stream) == 50_000
        assert records.kinds == [""]
        assert client.get("/").error_kind == "too_large"


def test_compression_is_declined_and_undone_all_the_same() -> None:
    """Identity is asked for; a server that compresses anyway is decoded piece by piece."""
    packed = gzip.compress(b"hello")

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"))
        for byte in packed:
            peer.send(chunk(bytes([byte])))
        peer.send(END)

    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/") as stream:
            assert stream.read_all() == b"hello"
        assert server.requests[0].headers["accept-encoding"] == "identity"
        assert records.kinds == [""]


def test_unknown_encoding_fails_the_stream() -> None:
    """Nobody could read it."""
    with (
        serving(answering(reply(200, b"x", Content_Encoding="zstd"))) as server,
        client_of(server) as (
            client,
            records,
        ),
    ):
        with client.stream("GET", "/") as stream:
            assert (stream.status_code, stream.error_kind) == (200, "decode")
        assert records.kinds == ["decode"]


BOMB_BYTES = 32 * PIECE_BYTES
BOMBS = [
    ("br", brotli.compress(bytes(BOMB_BYTES), quality=3)),
    ("gzip", gzip.compress(bytes(BOMB_BYTES), 1)),
]


@pytest.mark.parametrize(("encoding", "bomb"), BOMBS, ids=["br", "gzip"])
def test_few_bytes_that_unpack_to_many_come_in_pieces_while_others_go_on(encoding: str, bomb: bytes) -> None:
    """Memory stays bounded, and the event loop has its turns between the pieces."""
    turns: list[int] = []

    def others() -> None:
        while True:
            turns.append(1)
            gevent.sleep(0)

    with (
        serving(answering(reply(200, bomb, Content_Encoding=encoding))) as server,
        client_of(server) as (client, records),
        client.stream("GET", "/") as stream,
    ):
        other = gevent.spawn(others)
        before = len(turns)
        sizes = [len(data) for _, data in stream]
        other.kill()
        assert sum(sizes) == BOMB_BYTES
        assert max(sizes) <= PIECE_BYTES
        assert len(turns) - before >= 16
        stream.finish()
        assert records.kinds == [""]


def test_unpacking_does_not_outlast_the_total_timeout() -> None:
    """Pieces of bytes that came in time are still the stream's time."""
    total_s = 3.0
    name, bomb = BOMBS[0]
    with (
        serving(answering(reply(200, bomb, Content_Encoding=name))) as server,
        client_of(server) as (client, records),
    ):
        with client.stream("GET", "/", timeout=total_s) as stream:
            pieces = iter(stream)
            next(pieces)
            gevent.sleep(total_s)
            with pytest.raises(TransportError, match="timeout"):
                next(pieces)
        assert records.kinds == ["timeout"]


def test_iteration_goes_on_where_it_was_left() -> None:
    """Unpacked bytes are not lost with the loop that did not take them."""
    name, bomb = BOMBS[0]
    with (
        serving(answering(reply(200, bomb, Content_Encoding=name))) as server,
        client_of(server) as (client, _),
        client.stream("GET", "/") as stream,
    ):
        first = sum(len(data) for _, data in islice(stream, 3))
        assert first + len(stream.read_all()) == BOMB_BYTES


def test_killed_stream_is_recorded_once() -> None:
    """By its block, as interrupted."""
    with (
        serving(lambda peer: (peer.request(), peer.send(HEAD), peer.wait_for_close())) as server,
        client_of(server) as (client, records),
    ):

        def consume() -> None:
            with client.stream("GET", "/") as stream:
                list(stream)

        user = gevent.spawn(consume)
        eventually(lambda: server.requests, "the request arrives")
        gevent.sleep(0.02)
        user.kill()
        assert records.kinds == ["interrupted"]


def test_stream_killed_before_its_head_is_recorded() -> None:
    """Nobody has the stream yet, so the client records it."""
    with (
        serving(lambda peer: (peer.request(), peer.wait_for_close())) as server,
        client_of(server) as (
            client,
            records,
        ),
    ):
        user = gevent.spawn(client.stream, "GET", "/")
        eventually(lambda: server.requests, "the request arrives")
        user.kill()
        assert records.kinds == ["interrupted"]


def test_unfinished_stream_is_recorded_by_close() -> None:
    """Forgetting finish loses nothing."""
    with serving(answering(HEAD)) as server, client_of(server) as (client, records):
        client.stream("GET", "/")
        client.close()
        assert records.kinds == ["interrupted"]


def test_slow_reader_does_not_keep_the_event_loop_busy() -> None:
    """While nobody reads, bytes wait in the kernel and the loop sleeps."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(HEAD + chunk(b"first"))
        gevent.sleep(0.05)
        peer.send(chunk(b"second") + END)

    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/") as stream:
            chunks = iter(stream)
            assert next(chunks)[1] == b"first"
            busy = time.process_time()
            gevent.sleep(0.4)
            assert time.process_time() - busy < 0.2
            assert next(chunks)[1] == b"second"
            assert list(chunks) == []
        assert records.kinds == [""]


def test_close_that_comes_while_nobody_reads_is_not_met_by_the_next_request() -> None:
    """The connection ends cleanly and hangs up before the stream's reader comes back."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(HEAD + chunk(b"first"))
        gevent.sleep(0.01)
        peer.send(END)

    with serving(handle) as server, client_of(server) as (client, records):
        for _ in range(3):
            with client.stream("GET", "/") as stream:
                for _ in stream:
                    gevent.sleep(0.2)
        assert (server.connections, records.kinds) == (3, ["", "", ""])


def test_keep_alive_after_a_stream_and_a_request() -> None:
    """One connection carries both."""
    with serving(answering(HEAD + chunk(b"a") + END, OK)) as server, client_of(server) as (client, records):
        with client.stream("GET", "/") as stream:
            assert stream.read_all() == b"a"
        assert client.get("/").content == b"ok"
        assert (server.connections, records.kinds) == (1, ["", ""])
