"""Connections: reused while the server keeps them, never at the price of a second request."""

import gc
import os
import resource

import gevent
import pytest
from gevent.event import Event

from loadlib.client import HttpClient
from tests.unit.client.support import OK, Peer, Records, answering, client_of, eventually, reply, serving


def test_requests_of_a_user_share_one_connection() -> None:
    """The server sees one connection, and only the first request pays for it."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        for _ in range(20):
            client.get("/")
        assert (server.connections, len(server.requests), client.connections_opened) == (1, 20, 1)
        assert records.samples[0].connecting_s > 0
        assert [sample.connecting_s for sample in records.samples[1:]] == [0.0] * 19


@pytest.mark.parametrize(
    "answer",
    [reply(200, b"ok", Connection="close"), b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"],
    ids=["connection-close", "http-1.0"],
)
def test_connection_the_server_gives_up_is_not_reused(answer: bytes) -> None:
    """Every request gets a new one, and all succeed."""
    with serving(answering(answer)) as server, client_of(server) as (client, records):
        for _ in range(3):
            client.get("/")
        assert (server.connections, records.kinds) == (3, ["", "", ""])


def test_connection_closed_while_idle_costs_nothing() -> None:
    """The event loop has seen the close, so the next request takes a new connection and succeeds."""
    with serving(answering(OK, repeat=False)) as server, client_of(server) as (client, records):
        for _ in range(5):
            client.get("/")
            gevent.sleep(0.01)
        assert (server.connections, len(server.requests)) == (5, 5)
        assert records.kinds == [""] * 5


def test_close_that_the_loop_has_not_seen_is_found_before_reuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that rested is asked once more: here the loop does not run between close and request."""
    monkeypatch.setattr("loadlib.client.connection.PROBE_AFTER_IDLE_S", 0.0)
    peers: list[Peer] = []

    def handle(peer: Peer) -> None:
        peers.append(peer)
        answering(OK)(peer)

    with serving(handle) as server, client_of(server) as (client, records):
        client.get("/")
        peers[0].sock.shutdown(1)
        assert client.get("/").status_code == 200
        assert (server.connections, records.kinds) == (2, ["", ""])


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST"])
@pytest.mark.parametrize("way", ["close", "reset"])
def test_request_without_answer_is_sent_once_and_recorded_once(method: str, way: str) -> None:
    """No method is repeated behind the scenario's back: requests at the server equal samples."""

    def handle(peer: Peer) -> None:
        peer.request()
        if way == "reset":
            peer.reset()

    with serving(handle) as server, client_of(server) as (client, records):
        response = client.request(method, "/")
        assert (response.status_code, bool(response)) == (0, False)
        assert records.only.error_kind == {"close": "closed", "reset": "reset"}[way]
        assert (len(server.requests), server.connections) == (1, 1)


@pytest.mark.parametrize("way", ["close", "reset"])
def test_kept_alive_connection_closed_under_a_request_is_its_own_kind_and_not_repeated(way: str) -> None:
    """The second request of every connection is lost; each loss is one sample named closed_idle."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.request()
        if way == "reset":
            peer.reset()

    with serving(handle) as server, client_of(server) as (client, records):
        for _ in range(6):
            client.get("/")
        assert records.kinds == ["", "closed_idle"] * 3
        assert (len(server.requests), server.connections) == (6, 3)


@pytest.mark.parametrize(("max_idle_s", "connections"), [(60, 1), (0.1, 2)])
def test_idle_limit_of_the_client_replaces_old_connections(max_idle_s: float, connections: int) -> None:
    """With max_idle_s below the server's keep-alive timeout the two never cross."""
    with serving(answering(OK)) as server, client_of(server, max_idle_s=max_idle_s) as (client, records):
        client.get("/")
        gevent.sleep(0.3)
        client.get("/")
        assert (server.connections, records.kinds) == (connections, [""] * 2)


def test_greenlets_of_a_user_get_a_connection_each_up_to_the_limit() -> None:
    """Further requests wait for the first to come free, and the wait is blocked time."""

    def slow(peer: Peer) -> None:
        while peer.request():
            gevent.sleep(0.05)
            peer.send(OK)

    with serving(slow) as server, client_of(server, max_connections_per_host=2) as (client, records):
        gevent.joinall([gevent.spawn(client.get, "/") for _ in range(6)], raise_error=True)
        assert (server.connections, len(server.requests), records.kinds) == (2, 6, [""] * 6)
        assert max(sample.blocked_s for sample in records.samples) >= 0.08


def test_waiting_for_a_connection_ends_at_the_timeout() -> None:
    """The pool never makes a request wait for ever, and the slot is not lost."""
    given_up = Event()

    def slow(peer: Peer) -> None:
        while peer.request():
            given_up.wait()
            peer.send(OK)

    with serving(slow) as server, client_of(server, max_connections_per_host=1) as (client, records):
        first = gevent.spawn(client.get, "/")
        eventually(lambda: server.requests, "the first request arrives")
        assert client.get("/", timeout=0.05).error_kind == "timeout"
        assert records.only.request_bytes == 0
        given_up.set()
        first.join()
        assert client.get("/").status_code == 200
        assert (server.connections, len(server.requests), len(records.samples)) == (1, 2, 3)


def test_killed_waiter_does_not_lose_the_turn() -> None:
    """A greenlet killed while it waits for a connection leaves the pool as it was."""
    killed = Event()

    def slow(peer: Peer) -> None:
        while peer.request():
            killed.wait()
            peer.send(OK)

    with serving(slow) as server, client_of(server, max_connections_per_host=1) as (client, records):
        users = [gevent.spawn(client.get, "/") for _ in range(4)]
        eventually(lambda: server.requests, "the first request arrives")
        users[1].kill()
        killed.set()
        gevent.joinall(users)
        assert records.kinds.count("") == 3
        assert records.kinds.count("interrupted") == 1
        assert len(server.requests) == 3


def test_connections_above_file_descriptor_1023_are_reused() -> None:
    """1,100 users with two requests each make 1,100 connections: nothing here depends on select()."""
    users = 1100
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * users + 200
    assert hard == resource.RLIM_INFINITY or hard >= needed, f"the test needs {needed} file descriptors"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    records = Records()
    with serving(answering(OK)) as server, gevent.Timeout(60):
        clients = [HttpClient(server.url, recorder=records) for _ in range(users)]
        for client in clients:
            client.get("/")
        assert max(int(name) for name in os.listdir("/proc/self/fd")) > 1023
        for client in clients:
            client.get("/")
        assert (server.connections, len(server.requests), records.kinds) == (
            users,
            2 * users,
            [""] * 2 * users,
        )
        for client in clients:
            client.close()


def test_forgotten_client_leaves_no_connection_behind() -> None:
    """The event loop's watchers do not keep a connection alive that nobody can use any more."""
    gone: list[bool] = []

    def handle(peer: Peer) -> None:
        answering(OK)(peer)
        gone.append(True)

    with serving(handle) as server:
        client = HttpClient(server.url, recorder=Records())
        client.get("/")
        del client
        gc.collect()
        eventually(lambda: gone, "the server sees the connection end")


def test_close_ends_connections_and_the_client_goes_on() -> None:
    """The server sees the end; a later request connects anew."""
    gone: list[bool] = []

    def handle(peer: Peer) -> None:
        answering(OK)(peer)
        gone.append(True)

    with serving(handle) as server, client_of(server) as (client, _):
        client.get("/")
        client.close()
        eventually(lambda: gone, "the server sees the connection end")
        assert client.get("/").status_code == 200
        assert server.connections == 2


def test_close_interrupts_a_request_under_way() -> None:
    """The waiting greenlet gets an answer with status 0 instead of waiting for ever."""
    with (
        serving(lambda peer: (peer.request(), peer.wait_for_close())) as server,
        client_of(server) as (
            client,
            records,
        ),
    ):
        user = gevent.spawn(client.get, "/")
        eventually(lambda: server.requests, "the request arrives")
        client.close()
        assert user.get(timeout=5).error_kind == "interrupted"
        assert records.kinds == ["interrupted"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_names_and_addresses_are_connected_to(host: str) -> None:
    """A name goes through the resolver and tries its addresses in turn, an address does not."""
    with serving(answering(OK)) as server, client_of(f"http://{host}:{server.port}") as (client, records):
        assert client.get("/").ok
        assert records.only.url == f"http://{host}:{server.port}/"
        assert server.requests[0].headers["host"] == f"{host}:{server.port}"


def test_ipv6_address_is_connected_to() -> None:
    """In brackets in the URL, without them on the way to the socket."""
    with client_of("http://[::1]:1") as (client, records):
        client.get("/")
        assert records.only.error_kind in {"connect_refused", "connect"}
        assert "::1" in records.only.error
