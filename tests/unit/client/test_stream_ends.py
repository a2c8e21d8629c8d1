"""How a stream's one sample comes out: by its caller's word, its block, its limit for the close."""

from time import perf_counter

import gevent
import pytest

from loadlib.client import TransportError
from tests.unit.client.support import (
    END,
    HEAD,
    Handler,
    Peer,
    answering,
    chunk,
    client_of,
    eventually,
    reply,
    serving,
)

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
