"""The phases of a request are k6's: lower bounds against a server with known delays."""

import time
from time import perf_counter

import gevent
import pytest

from tests.unit.client.support import OK, Peer, answering, client_of, reply, serving

DELAY_S = 0.08
MARGIN_S = 0.005


def test_delays_of_the_server_land_in_their_phases() -> None:
    """Head late: waiting. Body late: receiving. The duration is their sum with sending, without blocked."""

    def handle(peer: Peer) -> None:
        while peer.request():
            gevent.sleep(DELAY_S)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
            gevent.sleep(2 * DELAY_S)
            peer.send(b"ok")

    with serving(handle) as server, client_of(server) as (client, records):
        for _ in range(2):
            started = perf_counter()
            response = client.get("/")
            wall_s = perf_counter() - started
            sample = records.samples[-1]
            assert sample.waiting_s >= DELAY_S - MARGIN_S
            assert sample.receiving_s >= 2 * DELAY_S - MARGIN_S
            assert sample.duration_s == sample.sending_s + sample.waiting_s + sample.receiving_s
            assert sample.duration_s + sample.blocked_s <= wall_s
            assert response.timings is sample
        first, second = records.samples
        assert first.blocked_s >= first.connecting_s > 0
        assert (second.connecting_s, second.tls_s, first.tls_s) == (0, 0, 0)


def test_first_byte_of_a_dribbled_head_ends_waiting() -> None:
    """k6's waiting ends with the first byte, not with the whole head."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(OK[:1])
        gevent.sleep(DELAY_S)
        peer.send(OK[1:])

    with serving(handle) as server, client_of(server) as (client, records):
        client.get("/")
        assert records.only.receiving_s >= DELAY_S - MARGIN_S


def test_clocks_of_a_sample_agree() -> None:
    """Epoch times are the monotonic ones moved; the end is start, blocked and duration later."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        before, before_at = perf_counter(), time.time()
        client.get("/")
        after, after_at = perf_counter(), time.time()
        sample = records.only
        assert before <= sample.started_s <= after
        assert before_at - 1 <= sample.started_at_s <= sample.ended_at_s <= after_at + 1
        took_s = sample.ended_at_s - sample.started_at_s
        assert took_s == pytest.approx(sample.blocked_s + sample.duration_s, abs=1e-5)


def test_sizes_are_those_on_the_wire() -> None:
    """Heads included, both ways."""
    answer = reply(200, b"x" * 1000)
    seen: list[int] = []

    def handle(peer: Peer) -> None:
        seen.append(len(peer.sock.recv(65536)))
        peer.send(answer)

    with serving(handle) as server, client_of(server) as (client, records):
        client.post("/", data=b"y" * 500)
        assert records.only.request_bytes == seen[0] > 500
        assert records.only.response_bytes == len(answer)


def test_slow_credentials_are_not_request_time() -> None:
    """A token refresh in authorize happens before the request starts, and before its timeout."""
    refresh_s = 1.6

    def refresh() -> str:
        gevent.sleep(refresh_s)
        return "Bearer t"

    with serving(answering(OK)) as server, client_of(server, authorize=refresh) as (client, records):
        assert client.get("/", timeout=1.5).ok
        assert records.only.blocked_s + records.only.duration_s < refresh_s
