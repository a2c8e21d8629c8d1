"""Answers read as they arrive: as over HTTP/1.1, beside other requests on the same connection."""

from time import perf_counter

import gevent
import pytest
from gevent.event import Event
from h2.events import StreamReset

from loadlib.client import HttpSample, TransportError
from tests.unit.client.http2.peer import Asked, H2Peer, answering_h2, serving_h2
from tests.unit.client.support import client_of, eventually

PAUSE_S = 0.3
EVENT_STREAM = (("content-type", "text/event-stream"),)


def test_chunks_arrive_one_by_one_each_with_its_moment() -> None:
    """The second is sent only after the first was seen."""
    seen = Event()

    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.answer(asked, b"one", headers=EVENT_STREAM, ends=False)
        seen.wait()
        peer.more(asked, b"two", ends=True)
        answering_h2()(peer)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("POST", "/", json={}) as stream:
            assert (stream.status_code, stream.content_type) == (200, "text/event-stream")
            assert stream.http_version == "HTTP/2"
            chunks = []
            for at_s, data in stream:
                chunks.append((at_s, data))
                seen.set()
        assert [data for _, data in chunks] == [b"one", b"two"]
        assert chunks[0][0] < chunks[1][0]
        assert client.get("/").ok
        sample = records.samples[0]
        assert (sample.streamed, sample.error_kind, server.connections) == (True, "", 1)
        assert sample.receiving_s >= chunks[1][0] - chunks[0][0] - 0.01


class Paced:
    """A peer that pauses before the head and between head and body, and notes when it sent each."""

    def __init__(self) -> None:
        self.asked_s = self.head_s = self.end_s = 0.0
        self.sent = Event()

    def __call__(self, peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            self.asked_s = perf_counter()
            gevent.sleep(PAUSE_S)
            self.head_s = perf_counter()
            peer.answer(asked, b"", ends=False)
            gevent.sleep(2 * PAUSE_S)
            self.end_s = perf_counter()
            peer.more(asked, b"the body", ends=True)
            self.sent.set()

    def assert_phases(self, sample: HttpSample, looked_s: float) -> None:
        """Each is nearer to what the peer did than to a pause more or less."""
        waiting_s, receiving_s = self.head_s - self.asked_s, self.end_s - self.head_s
        assert waiting_s - PAUSE_S / 2 < sample.waiting_s < waiting_s + receiving_s / 2
        assert receiving_s / 2 < sample.receiving_s < receiving_s + (looked_s - self.end_s) / 2


def test_phases_of_a_stream_go_by_its_frames_not_by_when_the_user_looks() -> None:
    """It has other things to do from the head on, until long after the end."""
    paced = Paced()
    with serving_h2(paced) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("GET", "/") as stream:
            assert paced.sent.wait(10)
            gevent.sleep(3 * PAUSE_S)
            looked_s = perf_counter()
            assert stream.read_all() == b"the body"
        paced.assert_phases(records.only, looked_s)


def test_phases_of_a_request_go_by_its_frames_as_well() -> None:
    paced = Paced()
    with serving_h2(paced) as server, client_of(server.url, http_version="2") as (client, records):
        assert client.get("/").content == b"the body"
        paced.assert_phases(records.only, paced.end_s + 2 * PAUSE_S)


def test_stream_and_requests_share_the_connection() -> None:
    with_stream: list[Asked] = []

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            if asked[":path"] == "/stream":
                peer.answer(asked, b"begun", ends=False)
                with_stream.append(asked)
            else:
                peer.answer(asked)
                peer.more(with_stream[0], b".", ends=asked[":path"] == "/last")

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("GET", "/stream") as stream:
            for path in ("/a", "/b", "/last"):
                assert client.get(path).ok
            assert stream.read_all() == b"begun..."
        assert (server.connections, records.kinds) == (1, [""] * 4)


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [({"timeout": 0.1}, "timeout"), ({"idle_timeout_s": 0.1}, "idle_timeout")],
)
def test_silence_after_the_head_ends_by_name_and_cancels_the_stream(
    arguments: dict[str, float], kind: str
) -> None:
    """The rest of the connection lives on."""

    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.answer(asked, b"x", ends=False)
        answering_h2()(peer)

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("GET", "/", **arguments) as stream:  # type: ignore[arg-type]
            assert next(iter(stream))[1] == b"x"
            with pytest.raises(TransportError) as late:
                next(iter(stream))
        assert (late.value.kind, records.kinds) == (kind, [kind])
        assert client.get("/").ok
        assert server.connections == 1
        assert len(server.seen(StreamReset)) == 1


def test_frames_of_other_streams_do_not_end_a_silence() -> None:
    """The idle timeout is the stream's own, whatever else the connection carries."""

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            peer.answer(asked, b"x", ends=asked[":path"] != "/stream")
            peer.h2.increment_flow_control_window(10)
            peer.flush()

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("GET", "/stream", idle_timeout_s=0.2) as stream:
            noise = gevent.spawn(lambda: [(client.get("/"), gevent.sleep(0.02)) for _ in range(40)])
            with pytest.raises(TransportError) as late:
                stream.read_all()
            assert late.value.kind == "idle_timeout"
            assert not noise.dead
            noise.kill()
        assert server.connections == 1
        assert "idle_timeout" in records.kinds


def test_stream_left_early_is_cancelled_and_its_window_is_not_lost() -> None:
    """Twenty half-read megabytes, more than the connection's window: it is given back on arrival."""

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            peer.h2.send_headers(asked.stream_id, [(":status", "200")])
            for _ in range(61):
                peer.h2.send_data(asked.stream_id, bytes(16_384))
            peer.flush()

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        for number in range(1, 21):
            with client.stream("GET", "/") as stream:
                assert next(iter(stream))[1]
            eventually(lambda: len(server.seen(StreamReset)) == number, "the stream is cancelled")  # noqa: B023
        assert (server.connections, records.kinds) == (1, [""] * 20)


def test_stream_stays_open_no_longer_than_its_limit() -> None:
    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.answer(asked, b"done", ends=False)
        while peer.read():
            pass

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("GET", "/") as stream:
            assert next(iter(stream))[1] == b"done"
            stream.limit(0.1)
            with pytest.raises(TransportError) as late:
                next(iter(stream))
            stream.finish(good=True)
        assert (late.value.kind, records.kinds) == ("not_closed", [""])


def test_reset_and_broken_connections_end_a_stream_by_name() -> None:
    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.answer(asked, b"x", ends=False)
        if asked[":path"] == "/reset":
            peer.h2.reset_stream(asked.stream_id, 2)
            peer.flush()
            while peer.read():
                pass

    for path, kind in (("/reset", "http2_reset"), ("/cut", "truncated")):
        with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
            with client.stream("GET", path) as stream, pytest.raises(TransportError):
                stream.read_all()
            assert records.kinds == [kind]


def test_slow_reader_that_does_not_wait_does_not_keep_the_loop_busy() -> None:
    """A deadline that passes while nobody waits is noticed at the next wait, and costs nothing until then."""

    def handle(peer: H2Peer) -> None:
        asked = peer.request()
        assert asked is not None
        peer.answer(asked, b"x", ends=False)
        while peer.read():
            pass

    with serving_h2(handle) as server, client_of(server.url, http_version="2") as (client, records):
        with client.stream("GET", "/", timeout=0.1) as stream:
            assert next(iter(stream))[1] == b"x"
            hub = gevent.get_hub()
            turns = 0

            def count() -> None:
                nonlocal turns
                turns += 1

            watcher = hub.loop.check()
            watcher.start(count)
            gevent.sleep(0.4)
            watcher.stop()
            watcher.close()
            assert turns < 50
            with pytest.raises(TransportError):
                next(iter(stream))
        assert records.kinds == ["timeout"]
