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
from tests.unit.client.support import OK, Handler, Peer, answering, client_of, eventually, reply, serving

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Frame a chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


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


def test_block_of_a_stream_that_raises_records_the_scenarios_error() -> None:
    """And the exception goes on."""
    with serving(answering(HEAD + END)) as server, client_of(server) as (client, records):
        with pytest.raises(KeyError), client.stream("GET", "/"):
            raise KeyError("x")
        assert records.kinds == ["scenario_error"]


class RescheduleError(Exception):
    """How a framework tells its user to go on with another task."""


@pytest.mark.parametrize(
    ("error", "read", "answer", "kind"),
    [
        (gevent.GreenletExit(), True, HEAD + END, ""),
        (gevent.GreenletExit(), True, reply(503), "server_error"),
        (gevent.GreenletExit(), False, HEAD + END, "interrupted"),
        (RescheduleError(), True, HEAD + END, ""),
        (RescheduleError(), False, HEAD + END, ""),
        (RescheduleError(), False, reply(503), "server_error"),
    ],
)
def test_control_flow_out_of_a_block_is_no_failure_of_a_stream_read_to_its_end(
    error: BaseException, read: bool, answer: bytes, kind: str
) -> None:
    """A kill interrupts a stream that goes on; a framework's own exception leaves it, as break does."""
    with (
        serving(answering(answer)) as server,
        client_of(server, control_flow=(RescheduleError,)) as (client, records),
    ):

        def leave() -> None:
            with client.stream("GET", "/") as stream:
                if read:
                    stream.read_all()
                raise error

        with pytest.raises(type(error)):
            leave()
        assert records.kinds == [kind]


def test_finished_stream_stays_as_recorded_when_its_block_is_left() -> None:
    """There is one sample, and it is on its way."""
    with serving(answering(HEAD)) as server, client_of(server) as (client, records):

        def leave() -> None:
            with client.stream("GET", "/") as stream:
                stream.finish()
                raise gevent.GreenletExit

        with pytest.raises(gevent.GreenletExit):
            leave()
        assert records.kinds == [""]


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


LIMIT_S = 0.3


def staying_open(heartbeats: bool) -> Handler:
    """Send an event, and never end."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(HEAD + chunk(b"last event"))
        while heartbeats:
            gevent.sleep(0.02)
            peer.send(chunk(b":"))
        peer.wait_for_close()

    return handle


@pytest.mark.parametrize("heartbeats", [False, True], ids=["silent", "heartbeats"])
def test_limit_ends_the_wait_for_the_close(heartbeats: bool) -> None:
    """Heartbeats do not prolong it, and neither of the long timeouts is waited for."""
    with serving(staying_open(heartbeats)) as server, client_of(server) as (client, records):
        with client.stream("GET", "/", timeout=25, idle_timeout_s=20) as stream:
            chunks = iter(stream)
            assert next(chunks)[1] == b"last event"
            stream.limit(LIMIT_S)
            limited_s = perf_counter()
            with pytest.raises(TransportError) as caught:
                list(chunks)
            assert LIMIT_S - 0.01 <= perf_counter() - limited_s < 15
            assert caught.value.kind == stream.error_kind == "not_closed"
        assert records.kinds == ["not_closed"]


def test_limit_replaces_the_idle_timeout_and_keeps_the_total() -> None:
    """After the last event silence is what one expects; the call as a whole has its limit still."""
    with serving(staying_open(False)) as server, client_of(server) as (client, records):
        for limit_s, timeouts in ((0.4, (20, 0.05)), (20, (0.4, 0.05))):
            with client.stream("GET", "/", timeout=timeouts[0], idle_timeout_s=timeouts[1]) as stream:
                stream.limit(limit_s)
                with pytest.raises(TransportError):
                    list(stream)
        assert records.kinds == ["not_closed", "timeout"]


def test_stream_that_closes_within_its_limit_ends_cleanly() -> None:
    """And its connection is reused: the limit does not reach the next request."""

    def handle(peer: Peer) -> None:
        while peer.request():
            peer.send(HEAD + chunk(b"last event"))
            gevent.sleep(0.05)
            peer.send(END)

    with serving(handle) as server, client_of(server) as (client, records):
        for _ in range(2):
            with client.stream("GET", "/") as stream:
                stream.limit(10)
                assert stream.read_all() == b"last event"
        assert (server.connections, records.kinds) == (1, ["", ""])


@pytest.mark.parametrize("ending", ["cut", "reset", "not_closed", "timeout", "left"])
def test_finish_as_good_records_by_the_status_however_the_transport_ended(ending: str) -> None:
    """The caller has seen the protocol's last event; what came then can still be read off the stream."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(HEAD + chunk(b"last event"))
        eventually(lambda: seen, "the client has the event")
        if ending == "reset":
            peer.reset()
        elif ending != "cut":
            peer.wait_for_close()

    kinds = {"cut": "truncated", "left": ""}
    seen: list[bytes] = []
    with serving(handle) as server, client_of(server) as (client, records):
        stream = client.stream("GET", "/", timeout=2 if ending == "timeout" else None)
        chunks = iter(stream)
        seen.append(next(chunks)[1])
        if ending == "not_closed":
            stream.limit(0.05)
        if ending != "left":
            with pytest.raises(TransportError):
                list(chunks)
        stream.finish(good=True)
        assert stream.error_kind == kinds.get(ending, ending)
        assert (records.only.status, records.only.expected, records.only.error_kind) == (200, True, "")


def test_finish_as_good_does_not_better_a_status_or_an_answer_that_never_came() -> None:
    """It is about the end of the transport alone."""
    with serving(answering(reply(503, b"why"))) as server, client_of(server) as (client, records):
        client.stream("GET", "/").finish(good=True)
        assert records.kinds == ["server_error"]
    with client_of("http://127.0.0.1:1") as (client, records):
        client.stream("GET", "/").finish(good=True)
        assert records.kinds == ["connect_refused"]


def test_stream_is_either_good_or_has_a_failure() -> None:
    """Both at once is a mistake of the caller; the stream is still to be recorded."""
    with serving(answering(HEAD + END)) as server, client_of(server) as (client, records):
        stream = client.stream("GET", "/")
        with pytest.raises(ValueError, match="good"):
            stream.finish("no_terminal_event", good=True)
        assert records.samples == []
        stream.finish()
        assert records.kinds == [""]
