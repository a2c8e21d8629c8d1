"""Every wait ends: one limit for the call as a whole, one for connecting, one for silence in a stream."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter

import gevent
import pytest
from gevent import socket as gevent_socket
from gevent.event import Event

from loadlib.client import ClientOptions, TransportError
from loadlib.client.dial import dial
from loadlib.client.url import Origin
from tests.unit.client.support import OK, Peer, answering, client_of, eventually, reply, serving


def silent(peer: Peer) -> None:
    """Take a request and never answer."""
    peer.request()
    peer.wait_for_close()


def test_no_answer_is_a_timeout_and_its_time_is_waiting() -> None:
    """The sample says where the time went."""
    with serving(silent) as server, client_of(server) as (client, records):
        response = client.get("/", timeout=1.5)
        assert (response.status_code, response.error_kind) == (0, "timeout")
        assert records.only.waiting_s > records.only.blocked_s + records.only.sending_s
        assert records.only.receiving_s == 0
        assert len(server.requests) == 1


def test_dripping_body_does_not_outlast_the_total_timeout() -> None:
    """A byte now and then resets nothing: the limit is for the whole call."""

    def drip(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        peer.dribble(b"x" * 100000, pause_s=0.01)

    with serving(drip) as server, client_of(server, timeout_s=1.0) as (client, records):
        started = perf_counter()
        assert client.get("/").error_kind == "timeout"
        assert 0.99 <= perf_counter() - started < 20
        assert records.only.receiving_s > 0
        assert 0 < records.only.response_bytes < 1000


def test_redirects_share_the_timeout_of_their_call() -> None:
    """A chain of slow hops, each well within the limit, ends with it; hops before it are good samples."""
    hop_s, limit_s = 1.5, 2.8

    def handle(peer: Peer) -> None:
        while peer.request():
            gevent.sleep(hop_s)
            peer.send(reply(302, Location="/again"))

    with serving(handle) as server, client_of(server, timeout_s=limit_s) as (client, records):
        assert client.get("/").error_kind == "timeout"
        assert records.kinds == ["", "timeout"]


def test_short_timeout_after_a_long_one_is_kept_on_the_same_connection() -> None:
    """The shared timer of a connection is brought forward, and pushed back again."""

    def handle(peer: Peer) -> None:
        while request := peer.request():
            if request.path == "/slow":
                gevent.sleep(1.6)
            if request.path == "/never":
                peer.wait_for_close()
            peer.send(OK)

    with serving(handle) as server, client_of(server) as (client, records):
        assert client.get("/", timeout=30).ok
        assert client.get("/", timeout=1.5).ok
        assert client.get("/slow", timeout=30).ok
        assert client.get("/never", timeout=0.3).error_kind == "timeout"
        assert (server.connections, records.kinds) == (1, ["", "", "", "timeout"])


def test_timed_out_connection_is_not_reused() -> None:
    """A late answer never becomes the answer to the next request."""
    given_up, answered = Event(), Event()

    def handle(peer: Peer) -> None:
        while request := peer.request():
            if request.path == "/slow":
                given_up.wait()
                answered.set()
            peer.send(reply(200, request.path.encode()))

    with serving(handle) as server, client_of(server) as (client, _):
        assert client.get("/slow", timeout=1.0).error_kind == "timeout"
        given_up.set()
        assert client.get("/fast").content == b"/fast"
        answered.wait()
        assert client.get("/other").content == b"/other"
        assert server.connections == 2


def test_server_that_does_not_read_times_out_in_sending() -> None:
    """The limit holds for a request that does not fit the socket's buffers; its time is sending."""
    limit_s = 2.0
    over = Event()

    with serving(lambda peer: over.wait()) as server, client_of(server) as (client, records):
        assert client.post("/", data=b"x" * 30_000_000, timeout=limit_s).error_kind == "timeout"
        over.set()
        sample = records.only
        assert sample.sending_s > sample.blocked_s > 0
        assert sample.sending_s + sample.blocked_s >= limit_s - 0.01
        assert (sample.waiting_s, sample.receiving_s, server.connections) == (0, 0, 1)


def test_large_request_arrives_whole() -> None:
    """A body larger than the socket's buffers goes out in pieces."""
    body = bytes(range(256)) * 40_000
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        assert client.post("/", data=body).ok
        assert server.requests[0].body == body
        assert records.only.request_bytes > len(body)


def test_answer_of_a_server_that_stops_reading_is_read() -> None:
    """413 before the whole body was sent is a response, not a reset."""

    def handle(peer: Peer) -> None:
        peer.sock.recv(1000)
        peer.send(reply(413, b"too much", Connection="close"))
        peer.sock.shutdown(1)
        gevent.sleep(0.05)
        while peer.sock.recv(1 << 20):
            gevent.sleep(0)

    with serving(handle) as server, client_of(server) as (client, records):
        response = client.post("/", data=b"x" * 10_000_000)
        assert (response.status_code, response.content) == (413, b"too much")
        assert records.kinds == ["client_error"]


@contextmanager
def black_hole() -> Iterator[int]:
    """Give a port of 127.0.0.1 that takes no connection and refuses none: its backlog is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port


def test_connection_that_never_comes_is_a_connect_timeout() -> None:
    """A listener whose backlog is full accepts nobody."""
    with (
        black_hole() as port,
        client_of(f"http://127.0.0.1:{port}", connect_timeout_s=0.1) as (client, records),
    ):
        assert client.get("/").error_kind == "connect_timeout"
        assert client.get("/", timeout=0.05).error_kind == "timeout"
        assert records.samples[0].blocked_s >= 0.09
        assert records.samples[0].duration_s == 0


def test_address_that_never_answers_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is shared by the addresses of a name; one that is left alone may use all that is left."""
    limit_s, dead = 4.0, 2
    with black_hole() as port, socket.socket() as listener:
        listener.bind(("127.0.0.2", port))
        listener.listen(5)
        hosts = ["127.0.0.1"] * dead + ["127.0.0.2"]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, port)) for host in hosts]
        monkeypatch.setattr(gevent_socket, "getaddrinfo", lambda *wanted: found)
        options = ClientOptions(connect_timeout_s=limit_s)
        dialled = dial(Origin("http", "three.example.com", port), options, perf_counter() + 20)
        dialled.connection.close()
        assert limit_s * dead / (dead + 1) - 0.01 <= dialled.connecting_s < limit_s


def test_nobody_listening_is_refused() -> None:
    """One sample without a status."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with client_of(f"http://127.0.0.1:{unused.getsockname()[1]}") as (client, records):
            assert client.get("/x/1").error_kind == "connect_refused"
            assert (records.only.endpoint, records.only.status) == ("GET /x/{id}", 0)


def test_unknown_host_is_dns() -> None:
    """A label of 64 letters cannot be a name, so no resolver is asked."""
    with client_of(f"http://{'a' * 64}.invalid") as (client, records):
        assert client.get("/").error_kind == "dns"
        assert len(records.samples) == 1


def test_timeout_of_the_scenario_goes_through() -> None:
    """An outer gevent.Timeout ends the task, not the request's error handling; the request is recorded."""
    with serving(silent) as server, client_of(server) as (client, records):
        with pytest.raises(gevent.Timeout) as caught, gevent.Timeout(0.05) as outer:
            client.get("/")
        assert caught.value is outer
        assert records.only.error_kind == "interrupted"


def test_timeout_of_the_scenario_goes_through_while_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the one place where the client uses a gevent.Timeout of its own: a slow resolver."""
    monkeypatch.setattr(gevent_socket, "getaddrinfo", lambda *wanted: gevent.sleep(20))
    with client_of("http://localhost:1") as (client, records):
        with pytest.raises(gevent.Timeout) as caught, gevent.Timeout(0.05) as outer:
            client.get("/")
        assert caught.value is outer
        assert records.only.error_kind == "interrupted"


@pytest.mark.parametrize("phase", ["waiting", "receiving"])
def test_killed_request_is_recorded_once_and_its_connection_closed(phase: str) -> None:
    """gevent.kill in mid-request leaves one sample and no socket."""
    gone: list[bool] = []

    def handle(peer: Peer) -> None:
        peer.request()
        if phase == "receiving":
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe")
        gone.append(peer.wait_for_close())

    with serving(handle) as server, client_of(server) as (client, records):
        user = gevent.spawn(client.get, "/")
        eventually(lambda: server.requests, "the request arrives")
        gevent.sleep(0.02)
        user.kill()
        assert records.only.error_kind == "interrupted"
        eventually(lambda: gone, "the server sees the connection end")
        assert client.get("/", timeout=1.0).error_kind == "timeout"
        assert server.connections == 2


def test_silent_stream_is_an_idle_timeout() -> None:
    """Chunks that come in time keep it going; silence ends it, before the total timeout."""
    idle_s, pause_s = 1.4, 0.4

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.dribble(b"1\r\nx\r\n" * 5, size=6, pause_s=pause_s)
        peer.wait_for_close()

    with serving(handle) as server, client_of(server) as (client, records):
        stream = client.stream("GET", "/", idle_timeout_s=idle_s)
        with pytest.raises(TransportError) as caught:
            assert stream.read_all() is None
        stream.finish()
        assert caught.value.kind == "idle_timeout"
        assert records.only.error_kind == "idle_timeout"
        assert records.only.response_bytes >= 5 * 6
        assert records.only.receiving_s > idle_s + pause_s


def test_stream_that_goes_on_for_ever_ends_at_its_total_timeout() -> None:
    """Chunks in time do not prolong the total."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.send(b"1\r\nx\r\n")
            gevent.sleep(0.01)

    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/", timeout=1.0) as stream, pytest.raises(TransportError, match="timeout"):
            for _ in stream:
                pass
        assert records.only.error_kind == "timeout"


def test_stream_without_a_head_times_out_like_a_request() -> None:
    """The head must come within timeout_s although a stream may last longer."""
    with serving(silent) as server, client_of(server, timeout_s=0.1) as (client, records):
        stream = client.stream("GET", "/")
        assert (stream.status_code, stream.error_kind, stream.ok) == (0, "timeout", False)
        stream.finish()
        assert records.kinds == ["timeout"]


def test_slow_reader_is_not_a_silent_server() -> None:
    """Time the scenario spends between two chunks does not count as silence.

    The first chunk comes with the head, the second while nobody reads: none is ever waited for.
    """
    idle_s = 0.3

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
        read.wait()
        peer.send(b"1\r\ny\r\n0\r\n\r\n")

    read = Event()
    with serving(handle) as server, client_of(server) as (client, records):
        with client.stream("GET", "/", idle_timeout_s=idle_s) as stream:
            for _ in stream:
                read.set()
                gevent.sleep(3 * idle_s)
        assert records.kinds == [""]


def test_deadline_that_passed_after_the_last_byte_does_not_hit_the_next_request() -> None:
    """A stream whose reader dawdled past the total timeout leaves a usable connection."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        with client.stream("GET", "/", timeout=1.5) as stream:
            for _ in stream:
                gevent.sleep(1.6)
        assert client.get("/").content == b"ok"
        assert (server.connections, records.kinds) == (1, ["", ""])
