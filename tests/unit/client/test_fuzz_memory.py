"""Floods and bombs: an answer that goes on for ever, or unpacks to it, costs its limit and little more."""

import gzip
import os
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import gevent
import pytest

from loadlib.client.decoding import MAX_ENCODINGS
from tests.support import require_or_skip
from tests.unit.client.support import Handler, Peer, answering, client_of, serving

BODY_LIMIT = 1 << 20
FLOOD_LIMIT = 1 << 18
HEAD_LIMIT = 64 * 1024
TIMEOUT_S = 20.0
PEAK_RESET = "/proc/self/clear_refs"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

FLOODS: dict[str, tuple[bytes, bytes, str]] = {
    # begins with, goes on with, ends as
    "empty-lines": (b"", b"\r\n" * 500, "bad_response"),
    "status-line": (b"HTTP/1.1 200 ", b"x" * 1000, "too_large"),
    "interim-answers": (b"", b"HTTP/1.1 103 X\r\nLink: </a>\r\n\r\n" * 40, "too_large"),
    "field-name": (b"HTTP/1.1 200 OK\r\n", b"x" * 1000, "too_large"),
    "field-value": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 1000, "too_large"),
    "short-fields": (b"HTTP/1.1 200 OK\r\n", b"a:\r\n" * 300, "too_large"),
    "cookies": (b"HTTP/1.1 200 OK\r\n", b"Set-Cookie: a=b\r\n" * 60, "too_large"),
    "body-to-the-end": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000, "too_large"),
    "body-by-length": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 10_000, "too_large"),
    "one-chunk": (CHUNKED + b"fffffffff\r\n", b"x" * 10_000, "too_large"),
    "chunks": (CHUNKED, b"3e8\r\n" + b"x" * 1000 + b"\r\n", "too_large"),
    "chunks-of-one-byte": (CHUNKED, b"1\r\nx\r\n" * 2000, "too_large"),
    "chunk-size": (CHUNKED, b"0" * 1000, "too_large"),
    "chunk-extension": (CHUNKED + b"1;", b"x" * 1000, "too_large"),
    "trailers": (CHUNKED + b"0\r\n", b"a:\r\n" * 300, "too_large"),
}


def endless(begin: bytes, more: bytes) -> Handler:
    """Return a handler that never comes to an end."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(begin)
        while True:
            peer.send(more)
            gevent.sleep(0)

    return handle


@contextmanager
def peak_of_python(limit_bytes: int) -> Iterator[None]:
    """Fail if Python's own objects take more than ``limit_bytes`` at once."""
    tracemalloc.start()
    try:
        yield
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < limit_bytes


@contextmanager
def peak_of_process(limit_bytes: int) -> Iterator[None]:
    """Fail if the process grows by more than ``limit_bytes``, the decoders' own memory included."""
    require_or_skip(os.access(PEAK_RESET, os.W_OK), PEAK_RESET, "run on a Linux whose /proc has it")
    Path(PEAK_RESET).write_text("5")
    before_bytes = resident_bytes("VmRSS")
    yield
    assert resident_bytes("VmHWM") - before_bytes < limit_bytes


def resident_bytes(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {name} in /proc/self/status")


@pytest.mark.parametrize("case", FLOODS)
def test_flood_ends_within_the_limits(case: str) -> None:
    """By name, in bounded memory; the server is asked once."""
    begin, more, kind = FLOODS[case]
    limits = {"max_response_bytes": FLOOD_LIMIT, "max_header_bytes": HEAD_LIMIT}
    with (
        serving(endless(begin, more)) as server,
        client_of(server, timeout_s=TIMEOUT_S, **limits) as (client, records),
    ):
        with peak_of_python(4 * BODY_LIMIT):
            assert client.get("/").error_kind == kind
        assert len(records.samples) == len(server.requests) == 1


def test_flood_of_extensions_around_a_trickle_of_body_ends_in_time() -> None:
    """Bytes of the body excuse the extensions read with them, so it may be the time that runs out."""
    more = b"1;" + b"y" * 60_000 + b"\r\nx\r\n"
    with (
        serving(endless(CHUNKED, more)) as server,
        client_of(server, timeout_s=0.5) as (client, _),
        peak_of_python(4 * BODY_LIMIT),
    ):
        assert client.get("/").error_kind in {"too_large", "timeout"}


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def nested(depth: int) -> tuple[str, bytes]:
    """Return a bomb of so many layers of gzip."""
    body = bytes(40 * BODY_LIMIT)
    for _ in range(depth):
        body = gzip.compress(body, 6)
    return ", ".join(["gzip"] * depth), body


BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "gzip": lambda: ("gzip", gzip.compress(bytes(30 * BODY_LIMIT))),
    "zlib": lambda: ("deflate", zlib.compress(bytes(30 * BODY_LIMIT))),
    "deflate": lambda: ("deflate", deflated(bytes(30 * BODY_LIMIT))),
    "br": lambda: ("br", brotli.compress(bytes(30 * BODY_LIMIT), quality=5)),
    "nested": lambda: nested(3),
    "members": lambda: ("gzip", gzip.compress(bytes(BODY_LIMIT // 10)) * 400),
    "as-deep-as-allowed": lambda: nested(MAX_ENCODINGS),
}


@pytest.mark.parametrize("case", BOMBS)
def test_bomb_stops_at_the_limit(case: str) -> None:
    """The decoders' own windows count, too. Without the limit each bomb takes some 30 times as much."""
    coding, body = BOMBS[case]()
    raw = (
        f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    with serving(answering(raw)) as server, client_of(server, max_response_bytes=BODY_LIMIT) as (client, _):
        with peak_of_process(12 * BODY_LIMIT):
            response = client.get("/")
        assert response.error_kind in {"too_large", "decode"}
        assert (response.status_code, response.content) == (200, b"")


def test_thousands_of_codings_cost_nothing() -> None:
    """A head has room for 10,000 of them, and each would take a decoder of its own."""
    coding = b",".join([b"gzip"] * 10_000)
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: " + coding + b"\r\n\r\nok"
    with (
        serving(answering(raw)) as server,
        client_of(server) as (client, _),
        peak_of_process(20 * BODY_LIMIT),
    ):
        assert client.get("/").error_kind == "decode"
