"""One connection for all requests of a client to an origin: shared within the server's limits."""

import gc

import gevent
import pytest
from gevent.event import Event
from h2.events import ConnectionTerminated, WindowUpdated

from loadlib.client import ClientOptions, HttpClient
from tests.unit.client.http2.peer import Asked, H2Peer, Handler, answering_h2, serving_h2
from tests.unit.client.support import Records, client_of, eventually


def collecting(count: int) -> tuple[list[Asked], Handler]:
    """Return a list and a handler that reads ``count`` requests into it before it answers any, last first."""
    held: list[Asked] = []

    def handle(peer: H2Peer) -> None:
        while len(held) < count:
            asked = peer.request()
            if asked is None:
                return
            held.append(asked)
        for asked in reversed(held):
            peer.answer(asked, asked[":path"].encode())
        answering_h2()(peer)

    return held, handle


def test_requests_of_a_user_follow_one_another_on_one_connection() -> None:
    """Only the first pays for it, and the header tables learn: later requests are smaller."""
    with serving_h2(answering_h2()) as server, client_of(server.url, http_version="2") as (client, records):
        for _ in range(20):
            assert client.get("/").content == b"ok"
        assert (server.connections, len(server.requests), client.connections_opened) == (1, 20, 1)
        first, *others = records.samples
        assert first.connecting_s > 0
        assert first.blocked_s >= first.connecting_s
        assert [sample.connecting_s for sample in others] == [0.0] * 19
        assert max(sample.request_bytes for sample in others) < first.request_bytes
        assert all(dict(sample.tags)["proto"] == "HTTP/2" for sample in records.samples)


def test_greenlets_of_a_user_share_the_connection_at_the_same_time() -> None:
    """Fifty requests are under way at once; answers in any order find whose they are."""
    held, handle = collecting(50)
    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        users = [gevent.spawn(client.get, f"/{number}") for number in range(50)]
        gevent.joinall(users, raise_error=True)
        assert [user.value.content for user in users] == [b"/%d" % number for number in range(50)]
        assert (server.connections, len(held), records.kinds) == (1, 50, [""] * 50)


def test_no_more_streams_are_open_than_the_server_allows() -> None:
    """The others wait, and the wait is blocked time; the server never has to refuse one."""
    open_at_once: list[int] = []

    def handle(peer: H2Peer) -> None:
        def answer_later(asked: Asked) -> None:
            gevent.sleep(0.02)
            peer.answer(asked)

        while (asked := peer.request()) is not None:
            open_at_once.append(peer.h2.open_inbound_streams)
            gevent.spawn(answer_later, asked)

    with (
        serving_h2(handle, MAX_CONCURRENT_STREAMS=2) as server,
        client_of(server.url, http_version="2") as (client, records),
    ):
        gevent.joinall([gevent.spawn(client.get, "/") for _ in range(8)], raise_error=True)
        assert (server.connections, max(open_at_once), records.kinds) == (1, 2, [""] * 8)
        assert max(sample.blocked_s for sample in records.samples) >= 0.05


def test_waiting_for_a_stream_ends_at_the_timeout_and_the_turn_passes_on() -> None:
    given_up = Event()

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            given_up.wait()
            peer.answer(asked)

    with (
        serving_h2(handle, MAX_CONCURRENT_STREAMS=1) as server,
        client_of(server.url, http_version="2") as (client, records),
    ):
        first = gevent.spawn(client.get, "/")
        eventually(lambda: server.requests, "the first request arrives")
        late, killed, third = (gevent.spawn(client.get, "/", timeout=limit) for limit in (0.05, 20, 20))
        assert late.get().error_kind == "timeout"
        assert records.only.request_bytes == 0
        killed.kill()
        given_up.set()
        assert first.get().ok
        assert third.get().ok
        assert (len(server.requests), sorted(records.kinds)) == (2, ["", "", "interrupted", "timeout"])


def test_requests_that_come_while_it_is_dialled_wait_for_the_same_connection() -> None:
    with serving_h2(answering_h2()) as server, client_of(server.url, http_version="2") as (client, records):
        gevent.joinall([gevent.spawn(client.get, "/") for _ in range(10)], raise_error=True)
        assert (server.connections, client.connections_opened) == (1, 1)
        assert sorted(sample.connecting_s > 0 for sample in records.samples) == [False] * 9 + [True]


def test_requests_that_wait_for_a_dial_share_its_failure() -> None:
    with client_of("http://127.0.0.1:1", http_version="2") as (client, records):
        gevent.joinall([gevent.spawn(client.get, "/") for _ in range(3)], raise_error=True)
        assert records.kinds == ["connect_refused"] * 3


def test_slow_reader_of_a_stream_does_not_hold_up_the_other_requests() -> None:
    """Its own window fills, and the server's body waits; requests beside it go through at once."""
    blocked = Event()
    body = bytes(3 << 20)

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            if asked[":path"] == "/slow":
                peer.answer(asked, b"", ends=False)
                while peer.h2.local_flow_control_window(asked.stream_id):
                    peer.more(asked, body[: peer.h2.local_flow_control_window(asked.stream_id)])
                blocked.set()
                waiting = asked
            elif asked[":path"] == "/go":
                peer.answer(asked)
                sent = len(body) // 3
                peer.more(waiting, body[sent:], ends=True)
            else:
                peer.answer(asked, bytes(100_000))

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("GET", "/slow") as slow:
            assert blocked.wait(10)
            for _ in range(5):
                assert len(client.get("/fast").content) == 100_000
            reader = gevent.spawn(slow.read_all)
            assert client.get("/go").ok
            assert len(reader.get()) == len(body)
        assert (server.connections, records.kinds) == (1, [""] * 7)
        assert [event.stream_id for event in server.seen(WindowUpdated) if event.stream_id]


def test_bodies_of_both_directions_go_through_windows_at_the_same_time() -> None:
    """Four uploads and downloads of two megabytes each, windows of 64 KiB upwards."""
    body = bytes(range(256)) * 8192

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            peer.answer(asked, bytes(asked.body))

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        users = [gevent.spawn(client.post, "/", data=body) for _ in range(4)]
        gevent.joinall(users, raise_error=True)
        assert [user.value.content == body for user in users] == [True] * 4
        assert (server.connections, records.kinds) == (1, [""] * 4)
        assert all(sample.request_bytes > len(body) for sample in records.samples)
        assert all(sample.response_bytes > len(body) for sample in records.samples)


@pytest.mark.parametrize("path", ["/a?b=c", "/"])
def test_request_carries_what_http_1_1_would_in_the_form_of_http_2(path: str) -> None:
    with (
        serving_h2(answering_h2(headers=(("set-cookie", "seen=1"),))) as server,
        client_of(server.url, http_version="2", headers={"X-Default": "D"}) as (client, _),
    ):
        client.get("/")
        client.post(path, json={"a": 1}, headers={"X-Own": "O", "Connection": "x-hop", "X-Hop": "h"})
        cookies_last = sorted(server.requests[1].headers, key=lambda field: field[0] == "cookie")
        assert cookies_last == [
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", f"127.0.0.1:{server.port}"),
            (":path", path),
            ("user-agent", client.headers["User-Agent"]),
            ("x-default", "D"),
            ("content-type", "application/json"),
            ("x-own", "O"),
            ("content-length", "7"),
            ("cookie", "seen=1"),
        ]
        assert bytes(server.requests[1].body) == b'{"a":1}'


def test_every_request_may_have_a_connection_of_its_own() -> None:
    """no_connection_reuse, as with HTTP/1.1."""
    with (
        serving_h2(answering_h2()) as server,
        client_of(server.url, http_version="2", no_connection_reuse=True) as (client, records),
    ):
        for _ in range(3):
            client.get("/")
        assert (server.connections, records.kinds) == (3, [""] * 3)
        gevent.joinall([gevent.spawn(client.get, "/") for _ in range(3)], raise_error=True)
        assert (server.connections, records.kinds) == (6, [""] * 6)
        eventually(lambda: len(server.seen(ConnectionTerminated)) == 6, "every connection is closed")


def test_connection_idle_for_too_long_is_replaced() -> None:
    with (
        serving_h2(answering_h2()) as server,
        client_of(server.url, http_version="2", max_idle_s=0.05) as (client, records),
    ):
        client.get("/")
        gevent.sleep(0.1)
        client.get("/")
        assert (server.connections, records.kinds) == (2, ["", ""])


def test_forgotten_client_leaves_no_connection_behind() -> None:
    """The event loop's watchers do not keep a connection alive that nobody can use any more."""
    with serving_h2(answering_h2()) as server:
        client = HttpClient(server.url, recorder=Records(), options=ClientOptions(http_version="2"))
        assert client.get("/").ok
        del client
        gc.collect()
        eventually(lambda: server.seen(ConnectionTerminated), "the server sees the connection end")


def test_closed_client_can_be_used_again_and_idle_connections_can_be_closed_alone() -> None:
    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            peer.answer(asked, ends=asked[":path"] == "/")

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        client.get("/")
        client.close()
        eventually(lambda: server.seen(ConnectionTerminated), "the server sees the connection end")
        client.get("/")
        with client.stream("GET", "/endless"):
            client._sender.close_idle()
        client.get("/")
        assert server.connections == 2
        client._sender.close_idle()
        client.get("/")
        assert (server.connections, records.kinds) == (3, [""] * 5)


def test_body_that_is_discarded_is_counted_and_may_be_of_any_length() -> None:
    with (
        serving_h2(answering_h2(bytes(3 << 20))) as server,
        client_of(server.url, http_version="2", discard_response_bodies=True, max_response_bytes=10) as (
            client,
            records,
        ),
    ):
        assert client.get("/").content == b""
        assert records.only.response_bytes > 3 << 20


def test_batch_shares_the_connection() -> None:
    with serving_h2(answering_h2()) as server, client_of(server.url, http_version="2") as (client, records):
        assert [one.content for one in client.batch([f"/{number}" for number in range(12)])] == [b"ok"] * 12
        assert (server.connections, records.kinds) == (1, [""] * 12)
