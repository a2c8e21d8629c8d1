"""What a server must not send: each mistake has its name, and ends no more than it must."""

import pytest
from hyperframe.frame import (
    ContinuationFrame,
    Frame,
    HeadersFrame,
    PingFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from loadlib.client.errors import TransportError
from loadlib.client.http2.errors import Http2ConnectionError
from loadlib.client.http2.protocol import Http2Protocol
from loadlib.client.http2.settings import STREAM_WINDOW_BYTES
from loadlib.client.http2.stream import Http2Stream
from tests.unit.client.http2.wire import (
    LIMIT,
    OK,
    block,
    data,
    head,
    hear,
    stream,
    talked_to,
)

BROKEN_STREAMS: dict[str, tuple[str, list[Frame]]] = {
    "reset": ("http2_reset", [RstStreamFrame(1, 7)]),
    "reset in the body": ("http2_reset", [head(1, *OK), data(1, b"x"), RstStreamFrame(1, 2)]),
    "no status": ("bad_response", [head(1, ("server", "x"))]),
    "connection header": ("bad_response", [head(1, *OK, ("connection", "close"))]),
    "body before head": ("bad_response", [data(1, b"x")]),
    "two heads": ("bad_response", [head(1, *OK), head(1, *OK)]),
    "pseudo trailers": ("bad_response", [head(1, *OK), head(1, *OK, ends=True)]),
    "switching protocols": ("bad_response", [head(1, (":status", "101"))]),
    "interim end": ("bad_response", [head(1, (":status", "103"), ends=True)]),
    "length no number": ("bad_response", [head(1, *OK, ("content-length", "-1"))]),
    "two lengths": ("bad_response", [head(1, *OK, ("content-length", "1"), ("content-length", "2"))]),
    "more than length": (
        "bad_response",
        [head(1, *OK, ("content-length", "1")), data(1, b"xy", ends=True)],
    ),
    "less than length": (
        "truncated",
        [head(1, *OK, ("content-length", "3")), data(1, b"xy", ends=True)],
    ),
    "window update of 0": ("bad_response", [WindowUpdateFrame(1, 1)]),
    "window beyond 2^31": ("bad_response", [WindowUpdateFrame(1, (1 << 31) - 1)]),
    "interim heads": ("too_large", [head(1, (":status", "103"), ("x", "y" * 5000))] * 20),
    "empty frames": ("too_large", [head(1, *OK), *([data(1, b"")] * 8000)]),
    "body": ("too_large", [head(1, *OK), *([data(1, bytes(16_384))] * 7)]),
    "body of a 204": ("bad_response", [head(1, (":status", "204")), data(1, b"x", ends=True)]),
}
BROKEN_STREAMS["window update of 0"][1][0].window_increment = 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", BROKEN_STREAMS)
def test_what_breaks_a_stream_fails_it_by_name_and_leaves_the_other(name: str) -> None:
    """An error of one answer is not the end of the connection (RFC 9113 section 5.4.2)."""
    kind, frames = BROKEN_STREAMS[name]
    one, other = stream(body_limit=100_000), stream()
    client = talked_to(one, other)
    wire = b"".join(frame.serialize() if frame.type != 8 else raw(frame) for frame in frames)
    client.receive(wire, 2.0)
    assert one.failure is not None
    assert one.failure.kind == kind
    assert [*client.streams] == [3]
    hear(client, head(3, *OK, ends=True))
    assert other.complete


def raw(frame: Frame) -> bytes:
    """Serialize a WINDOW_UPDATE of 0, which hyperframe refuses to do."""
    return frame.serialize() if frame.window_increment else b"\0\0\4\x08\0\0\0\0\x01" + bytes(4)  # type: ignore[attr-defined]


def frames_of(*frames: Frame) -> bytes:
    return b"".join(one.serialize() for one in frames)


FILLED = [data(1, bytes(16_384))] * (STREAM_WINDOW_BYTES // 16_384)
BROKEN_CONNECTIONS: dict[str, tuple[str, bytes]] = {
    "frame too large": ("bad_response", b"\x00\x40\x01\x00\0\0\0\0\x01"),
    "data on stream 0": ("bad_response", b"\0\0\1\0\0\0\0\0\0x"),
    "data on an idle stream": ("bad_response", frames_of(data(99, b"x"))),
    "head on an idle stream": ("bad_response", frames_of(head(99, *OK))),
    "head of a pushed stream": ("bad_response", frames_of(head(2, *OK))),
    "reset of an idle stream": ("bad_response", frames_of(RstStreamFrame(99, 0))),
    "short reset": ("bad_response", b"\0\0\3\3\0\0\0\0\1xyz"),
    "push": ("bad_response", frames_of(PushPromiseFrame(1, 2, block(*OK), flags=["END_HEADERS"]))),
    "settings on a stream": ("bad_response", b"\0\0\0\4\0\0\0\0\1"),
    "settings of a wrong size": ("bad_response", b"\0\0\5\4\0\0\0\0\0abcde"),
    "acknowledgement with content": ("bad_response", b"\0\0\6\4\1\0\0\0\0\0\1\0\0\0\0"),
    "initial window": ("bad_response", frames_of(SettingsFrame(0, {4: 1 << 31}))),
    "frame size below": ("bad_response", frames_of(SettingsFrame(0, {5: 100}))),
    "frame size above": ("bad_response", frames_of(SettingsFrame(0, {5: 1 << 24}))),
    "server that allows push": ("bad_response", frames_of(SettingsFrame(0, {2: 1}))),
    "short ping": ("bad_response", b"\0\0\4\6\0\0\0\0\0abcd"),
    "ping on a stream": ("bad_response", b"\0\0\x08\6\0\0\0\0\1abcdefgh"),
    "short goaway": ("bad_response", b"\0\0\4\7\0\0\0\0\0abcd"),
    "goaway on a stream": ("bad_response", b"\0\0\x08\7\0\0\0\0\1abcdefgh"),
    "connection window of 0": ("bad_response", b"\0\0\4\x08\0\0\0\0\0" + bytes(4)),
    "connection window": ("bad_response", frames_of(WindowUpdateFrame(0, (1 << 31) - 1))),
    "continuation alone": ("bad_response", frames_of(ContinuationFrame(1, b"x"))),
    "interrupted block": ("bad_response", frames_of(head(1, *OK, whole=False), PingFrame(0, b"12345678"))),
    "block of two streams": ("bad_response", frames_of(head(1, *OK, whole=False), ContinuationFrame(3, b""))),
    "no hpack": ("bad_response", frames_of(HeadersFrame(1, b"\xff\xff\xff\xff\xff", flags=["END_HEADERS"]))),
    "header list": ("too_large", frames_of(head(1, *OK, *([("a", "")] * 3000)))),
    "continuation flood": (
        "too_large",
        frames_of(head(1, *OK, whole=False), *([ContinuationFrame(1, b"")] * 8000)),
    ),
    "continuation bomb": (
        "too_large",
        frames_of(head(1, *OK, whole=False), *([ContinuationFrame(1, bytes(16_000))] * 5)),
    ),
    "padding": ("bad_response", b"\0\0\2\0\x08\0\0\0\1\x05x"),
}


@pytest.mark.parametrize("name", BROKEN_CONNECTIONS)
def test_what_breaks_the_connection_is_a_named_error(name: str) -> None:
    kind, wire = BROKEN_CONNECTIONS[name]
    client = talked_to(stream(), stream())
    with pytest.raises(Http2ConnectionError) as refused:
        client.receive(wire, 2.0)
    assert refused.value.kind == kind
    assert refused.value.message.startswith("HTTP/2 ")


def test_body_beyond_the_window_breaks_its_stream() -> None:
    """A server that ignores flow control cannot fill the memory of a slow reader."""
    one = stream(body_limit=0)
    client = talked_to(one)
    one.hold_window(client.give_back)
    hear(client, head(1, *OK), *FILLED)
    assert one.failure is None
    hear(client, data(1, b"x"))
    assert one.failure is not None
    assert "window" in one.failure.message


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http2_refused"),
        (PingFrame(0, b"12345678").serialize(), "bad_response"),
        (SettingsFrame(0, flags=["ACK"]).serialize(), "bad_response"),
        (b"SSH-2.0-x\r\n", "bad_response"),
    ],
)
def test_server_that_does_not_begin_with_settings_speaks_no_http2(first: bytes, kind: str) -> None:
    client: Http2Protocol[Http2Stream] = Http2Protocol("http", LIMIT)
    with pytest.raises(TransportError) as refused:
        client.receive(first, 1.0)
    assert refused.value.kind == kind


def test_unknown_frames_and_settings_are_ignored() -> None:
    """RFC 9113 section 5.5: extensions are not errors."""
    one = stream()
    client = talked_to(one)
    client.receive(b"\0\0\3\x42\xff\0\0\0\x01abc\0\0\2\x0a\0\0\0\0\0ab", 1.0)
    hear(client, SettingsFrame(0, {0x99: 5}), head(1, *OK, ends=True))
    assert one.complete
