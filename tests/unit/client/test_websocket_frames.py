"""Frames in and out, sans-I/O: messages whole and bounded, and a name for everything a peer does wrong."""

import random
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.extensions import PerMessageDeflate

from loadlib.client.errors import TransportError
from loadlib.client.websocket_frames import Close, Frames, Item, Message, Ping, Pong
from tests.unit.client.websocket_support import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
    frames_of,
)

LIMIT = 70_000
WIRE = b"".join(
    [
        frame(TEXT, "grüße".encode()),
        frame(PING, b"p"),
        frame(BINARY, bytes(300)),
        frame(TEXT, b"one ", fin=False),
        frame(PONG, b"between"),
        frame(0, b"", fin=False),
        frame(0, "ü".encode()[:1], fin=False),
        frame(0, "ü".encode()[1:]),
        frame(TEXT, b"x" * 66_000),
        frame(TEXT),
        close_frame(1001, b"bye"),
    ]
)
ITEMS: list[Item] = [
    Message("grüße"),
    Ping(b"p"),
    Message(bytes(300)),
    Pong(b"between"),
    Message("one ü"),
    Message("x" * 66_000),
    Message(""),
    Close(1001, "bye"),
]


def read(data: bytes, sizes: list[int], limit: int = LIMIT) -> list[Item]:
    """Feed bytes in pieces of the given sizes, over and over."""
    frames, items, at, turn = Frames(limit), [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        items += frames.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    return items


@pytest.mark.parametrize("sizes", [[len(WIRE)], [1], [2, 3], [7, 1, 4096]])
def test_messages_are_the_same_however_their_bytes_come(sizes: list[int]) -> None:
    assert read(WIRE, sizes) == ITEMS


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=8))
def test_no_cut_changes_what_is_read(sizes: list[int]) -> None:
    assert read(WIRE, sizes) == ITEMS


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (frame(TEXT, b"x", mask=b"abcd"), "ws_protocol"),
        (frame(TEXT, b"x", rsv=4), "ws_protocol"),
        (frame(TEXT, b"x", rsv=1), "ws_protocol"),
        (frame(3, b"x"), "ws_protocol"),
        (frame(11, b"x"), "ws_protocol"),
        (frame(PING, b"x", fin=False), "ws_protocol"),
        (frame(PING, b"x" * 126), "ws_protocol"),
        (frame(0, b"nothing to go on with"), "ws_protocol"),
        (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), "ws_protocol"),
        (frame(TEXT, b"\xff\xfe"), "ws_protocol"),
        (frame(TEXT, "ü".encode()[:1]), "ws_protocol"),
        (frame(CLOSE, b"\x03"), "ws_protocol"),
        (close_frame(999), "ws_protocol"),
        (close_frame(1005), "ws_protocol"),
        (close_frame(2999), "ws_protocol"),
        (close_frame(1000, b"\xff"), "ws_protocol"),
        (b"\x81\x7e\x00\x05hello", "ws_protocol"),
        (b"\x81\x7f" + b"\xff" * 8, "ws_protocol"),
        (b"\x81\x7f" + (1 << 62).to_bytes(8, "big"), "too_large"),
        (b"\x82\x7f" + (LIMIT + 1).to_bytes(8, "big"), "too_large"),
        (frame(TEXT, b"x" * 40_000, fin=False) + frame(0, b"x" * 40_000), "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:12].hex(),
)
def test_what_breaks_the_framing_has_a_name(data: bytes, kind: str) -> None:
    with pytest.raises(TransportError) as caught:
        list(Frames(LIMIT).feed(data))
    assert caught.value.kind == kind


def test_a_message_of_just_the_limit_is_read() -> None:
    assert read(frame(BINARY, bytes(LIMIT)), [5000]) == [Message(bytes(LIMIT))]


def test_the_limit_is_of_each_message_alone() -> None:
    three = frame(BINARY, bytes(60_000)) * 3
    assert read(three, [9000]) == [Message(bytes(60_000))] * 3


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.integers(1, 50), st.booleans())
def test_any_bytes_are_read_or_named(data: bytes, size: int, compressed: bool) -> None:
    """Whatever comes, it becomes items or one named failure; never another exception."""
    frames = Frames(100, [deflating()] if compressed else ())
    with suppress(TransportError):
        for at in range(0, len(data), size):
            for item in frames.feed(data[at : at + size]):
                assert isinstance(item, Message | Ping | Pong | Close)


def test_what_is_sent_is_masked_and_whole() -> None:
    frames = Frames(LIMIT)
    sent = frames.message("hü") + frames.message(b"\x00" * 70_000) + frames.ping(b"p") + frames.pong(b"q")
    assert list(frames_of(sent)) == [
        (TEXT, "hü".encode()),
        (BINARY, b"\x00" * 70_000),
        (PING, b"p"),
        (PONG, b"q"),
    ]


def test_masks_differ_from_frame_to_frame() -> None:
    frames = Frames(LIMIT)
    assert len({frames.ping(b"same") for _ in range(20)}) == 20


@pytest.mark.parametrize(
    ("code", "payload"), [(1000, b"\x03\xe8why"), (1005, b""), (1006, b"\x03\xe8why"), (4000, b"\x0f\xa0why")]
)
def test_only_codes_that_may_be_sent_are_sent(code: int, payload: bytes) -> None:
    assert list(frames_of(Frames(LIMIT).close(code, "why"))) == [(CLOSE, payload)]


def deflating() -> PerMessageDeflate:
    """Return the extension as a finished handshake leaves it."""
    extension = PerMessageDeflate()
    extension.finalize("permessage-deflate")
    return extension


def deflated(payload: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def test_a_compressed_message_is_unpacked() -> None:
    frames = Frames(LIMIT, [deflating()])
    assert list(frames.feed(frame(TEXT, deflated(b"again " * 500), rsv=4))) == [Message("again " * 500)]


def test_a_compressed_message_that_unpacks_beyond_the_limit_is_refused() -> None:
    """A few kilobytes on the wire stand for a gigabyte; it is given up as soon as the limit is passed."""
    packed = deflated(bytes(64 * 1024 * 1024))
    assert len(packed) < LIMIT
    with pytest.raises(TransportError) as caught:
        list(Frames(LIMIT, [deflating()]).feed(frame(BINARY, packed, rsv=4)))
    assert caught.value.kind == "too_large"


def test_broken_compression_is_the_peers_fault() -> None:
    rubbish = random.Random(1).randbytes(500)
    with pytest.raises(TransportError) as caught:
        list(Frames(LIMIT, [deflating()]).feed(frame(TEXT, rubbish, rsv=4)))
    assert caught.value.kind == "ws_protocol"
