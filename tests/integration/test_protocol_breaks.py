"""Streams whose connection breaks: resets, broken framing, and the end of the run, each counted as itself."""

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.integration.bench import bench, interrupted_of, samples_of
from tests.integration.protocol_calls import Case, Recorded, play
from tests.integration.protocol_modes import STREAM_TIMES
from tests.integration.test_scenario_runs import QUICK
from tests.support import start_target

HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
EVENT: Final = b'data: {"type":"SHINY"}\n\n'
CHUNK: Final = b"%x\r\n%s\r\n" % (len(EVENT), EVENT)
RESET: Final = struct.pack("ii", 1, 0)
"""The value of SO_LINGER that makes a close reset the connection."""


@contextmanager
def server(sent: bytes, *, reset: bool = False) -> Iterator[str]:
    """Run a server that reads one request, sends these bytes and closes; give its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(sent)
                if reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


BREAKS: Final[Mapping[str, tuple[bytes, bool, str, str]]] = {
    "cut": (HEAD + CHUNK, False, "truncated", "truncated"),
    "reset": (HEAD + CHUNK, True, "truncated", "reset"),
    "closed at once": (b"", False, "transport:closed", "closed"),
    "reset at once": (b"", True, "transport:reset", "reset"),
    "no HTTP": (b"SSH-2.0-server\r\n", False, "transport:bad_response", "bad_response"),
    "no chunk": (HEAD + b"no chunk\r\n", False, "transport:bad_response", "bad_response"),
    "no gzip": (HEAD[:-2] + b"content-encoding: gzip\r\n\r\n" + CHUNK, False, "transport:decode", "decode"),
}
"""What a server sends before it closes, whether it resets, and what that is as a stream and as a request."""


@pytest.fixture(scope="module")
def broken() -> Mapping[str, Recorded]:
    """Return one stream for each break."""
    with ExitStack() as stack:
        urls = [stack.enter_context(server(sent, reset=reset)) for sent, reset, *_ in BREAKS.values()]
        runs = play({}, [Case([["agui", "hello"]], {"base_url": url}) for url in urls])
    return dict(zip(BREAKS, runs, strict=True))


@pytest.mark.parametrize("name", BREAKS)
def test_break_is_counted_as_its_kind(broken: Mapping[str, Recorded], name: str) -> None:
    run, kind, as_request = broken[name], *BREAKS[name][2:]
    assert run.tally("stream_failures", "kind") == {kind: 1}
    assert run.failure_kinds == {as_request: 1}
    assert run.rate("stream_failed") == (1, 1)
    assert [metric for metric in STREAM_TIMES if run.count(metric)] == []


def test_stream_that_the_end_of_the_run_cuts_off_is_no_failure(tmp_path: Path) -> None:
    """It is counted as interrupted, and in no rate and no latency; the pages before it are counted."""
    quick = {**QUICK, "LOADLIB_STOP_TIMEOUT_S": "1"}
    with (
        start_target("--model", "*=ttft:30s") as target,
        bench(tmp_path, target.env, 'version: 1\nthresholds:\n  streams: ["count>0"]\n') as place,
    ):
        ended = place.ended(place.loadlib("dashboard", "--users 3 --duration 4s", quick))
    assert ended.code == 0, ended.stdout
    assert ended.result.failures == ()
    assert samples_of(ended.result, "streams") == interrupted_of(ended.result) == 3
    assert samples_of(ended.result, "streams_incomplete") == 3
    assert samples_of(ended.result, "stream_failed") == 0
    assert [metric for metric in STREAM_TIMES if samples_of(ended.result, metric)] == []
