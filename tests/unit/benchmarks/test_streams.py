"""The prebuilt streams are right by the protocols' rules, and the server counts what it writes."""

import http.client
import time
from collections.abc import Iterator

import pytest

from benchmarks.streams import scripts
from benchmarks.streams.generators import STREAM_GENERATORS
from benchmarks.streams.server import MODES, PERIOD_S
from benchmarks.target import Target, running_module
from loadlib.protocols.a2a.dialect import Dialect
from loadlib.protocols.a2a.stream import A2AStreamVerifier
from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.sse import SseParser
from loadlib.protocols.stream import StreamEnd, StreamVerifier
from tests.support import wait_until

STREAMS = {"agui": scripts.agui(), "a2a": scripts.a2a()}


@pytest.fixture(params=MODES)
def server(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Return the server in each of its modes."""
    with running_module("benchmarks.streams.server", request.param) as running:
        yield running


def verifier(protocol: str) -> StreamVerifier:
    """Return what the measured users judge a stream by."""
    if protocol == "agui":
        return AguiVerifier(scripts.THREAD, scripts.RUN)
    return A2AStreamVerifier(Dialect.V1_0, scripts.REQUEST)


@pytest.mark.parametrize("protocol", STREAMS)
def test_prebuilt_stream_is_judged_completed_without_findings(protocol: str) -> None:
    judge, parser = verifier(protocol), SseParser()
    events = list(parser.feed(b"".join(STREAMS[protocol])))
    for event in events:
        judge.on_event(event)
    verdict = judge.finish(StreamEnd.CLOSED, parser.close())
    assert len(events) == len(STREAMS[protocol]) > scripts.WORDS
    assert (verdict.outcome, verdict.failure, dict(verdict.soft)) == ("completed", None, {})


@pytest.mark.parametrize("protocol", STREAMS)
def test_server_replays_the_stream_and_counts_its_events(server: Target, protocol: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for number in (1, 2):
        connection.request("POST", f"/{protocol}", body=b"{}")
        answer = connection.getresponse()
        assert answer.getheader("Content-Type") == "text/event-stream"
        assert answer.read() == b"".join(STREAMS[protocol])
        assert server.counters().requests == number * len(STREAMS[protocol])


def test_paced_stream_takes_its_time() -> None:
    with running_module("benchmarks.streams.server", "paced") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        began_s = time.monotonic()
        connection.request("GET", "/agui")
        connection.getresponse().read()
        assert time.monotonic() - began_s >= 0.9 * PERIOD_S * scripts.WORDS


def test_stream_that_is_left_is_counted_no_further() -> None:
    """While another stream plays in full, the one that was left adds nothing."""
    with running_module("benchmarks.streams.server", "paced") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/agui")
        connection.getresponse().read1()
        connection.close()
        wait_until(lambda: server.counters().connections == 0, 10, "the server noticed")
        left_at = server.counters().requests
        assert 0 < left_at < len(STREAMS["agui"])
        connection.request("GET", "/agui")
        connection.getresponse().read()
        assert server.counters().requests == left_at + len(STREAMS["agui"])


def test_every_reader_says_what_it_does() -> None:
    assert [key for key, reader in STREAM_GENERATORS.items() if reader.key != key or not reader.work] == []
