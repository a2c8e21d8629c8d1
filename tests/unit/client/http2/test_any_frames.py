"""Frames that nobody would think of: made by hypothesis, in any order, cut anywhere."""

from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.client.errors import TransportError
from loadlib.client.http2.protocol import Http2Protocol
from loadlib.client.http2.stream import Http2Stream
from tests.unit.client.http2.wire import (
    OK,
    block,
    stream,
    talked_to,
)

KINDS = st.one_of(st.integers(0, 9), st.integers(0, 255))
FRAMES = st.tuples(
    KINDS,
    st.one_of(st.sampled_from([0, 1, 4, 5, 8, 0x20, 0x2D]), st.integers(0, 255)),
    st.one_of(st.integers(0, 6), st.integers(0, (1 << 31) - 1)),
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from([block(*OK), block(*OK, ("content-length", "3")), b"abc", bytes(4), bytes(8)]),
    ),
)


def assembled(frames: list[tuple[int, int, int, bytes]]) -> bytes:
    return b"".join(
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream_id.to_bytes(4, "big") + payload
        for kind, flags, stream_id, payload in frames
    )


def ending(client: Http2Protocol[Http2Stream], wire: bytes, size: int) -> str:
    """Feed bytes in pieces and return the kind of error they end in."""
    try:
        for start in range(0, len(wire), size):
            client.receive(wire[start : start + size], 2.0)
    except TransportError as error:
        return error.kind
    return ""


@given(st.lists(FRAMES, max_size=30), st.integers(1, 50), st.booleans())
@settings(deadline=None, max_examples=600)
def test_any_frames_change_streams_or_are_a_named_error(
    frames: list[tuple[int, int, int, bytes]], size: int, ends: bool
) -> None:
    """Never another exception; what a stream says of itself stays consistent; nothing is sent without end."""
    streams = [stream(body_limit=1000), stream(body_limit=1000)]
    client = talked_to(*streams, ends=ends)
    wire = assembled(frames)
    assert ending(client, wire, size) in {"", "bad_response", "too_large"}
    for one in streams:
        assert one.complete <= one.head_complete
        assert one.ended or one.stream_id in client.streams
        assert one.body_bytes <= 1000 or one.failure is not None
    assert len(client.out) <= 2 * len(wire) + 100


@given(st.binary(max_size=300), st.integers(1, 40))
@settings(deadline=None, max_examples=300)
def test_any_bytes_are_read_without_another_exception(wire: bytes, size: int) -> None:
    client = talked_to(stream())
    assert ending(client, wire, size) in {"", "bad_response"}
