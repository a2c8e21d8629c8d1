"""Frames: cut out of bytes in whatever pieces they come, checked against another implementation."""

import pytest
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame, RstStreamFrame, WindowUpdateFrame

from loadlib.client.http2 import frames as f
from loadlib.client.http2.errors import FRAME_SIZE_ERROR, Http2ConnectionError

OF_ANOTHER_HAND: list[Frame] = [
    DataFrame(3, b"body", flags=["END_STREAM"]),
    DataFrame(5, b"padded", pad_length=7, flags=["PADDED"]),
    HeadersFrame(1, b"block", flags=["END_HEADERS"]),
    RstStreamFrame(7, 8),
    WindowUpdateFrame(0, 70000),
    GoAwayFrame(0, last_stream_id=9, error_code=11, additional_data=b"slow down"),
    DataFrame(9, b""),
]


@pytest.mark.parametrize("size", [1, 2, 3, 9, 10, 64, 10_000])
def test_frames_do_not_depend_on_the_pieces_they_come_in(size: int) -> None:
    """What another implementation writes is read with its type, stream and payload."""
    wire = b"".join(one.serialize() for one in OF_ANOTHER_HAND)
    splitter = f.FrameSplitter()
    found = [one for start in range(0, len(wire), size) for one in splitter.split(wire[start : start + size])]
    assert [(kind, stream_id) for kind, _, stream_id, _ in found] == [
        (one.type, one.stream_id) for one in OF_ANOTHER_HAND
    ]
    assert b"".join(f.frame(*one) for one in found) == wire


def test_frame_above_the_announced_size_is_refused_by_its_head_alone() -> None:
    """Sixteen megabytes that a head announces are not waited for."""
    splitter = f.FrameSplitter()
    assert [*splitter.split(f.frame(f.DATA, 0, 1, bytes(f.MAX_FRAME_BYTES)))]
    with pytest.raises(Http2ConnectionError, match="16385 bytes") as refused:
        [*splitter.split(f.frame(f.DATA, 0, 1, bytes(f.MAX_FRAME_BYTES + 1))[:9])]
    assert refused.value.code == FRAME_SIZE_ERROR


@pytest.mark.parametrize(
    ("flags", "payload", "expected"),
    [
        (0, b"abc", b"abc"),
        (f.PADDED, b"\x02abc\0\0", b"abc"),
        (f.PADDED, b"\x00abc", b"abc"),
        (f.WITH_PRIORITY, b"\0\0\0\0\x0fabc", b"abc"),
        (f.PADDED | f.WITH_PRIORITY, b"\x01\0\0\0\0\x0fabc\0", b"abc"),
    ],
)
def test_padding_and_priority_are_no_content(flags: int, payload: bytes, expected: bytes) -> None:
    assert f.unpadded(flags, payload) == expected


@pytest.mark.parametrize(
    ("flags", "payload"),
    [(f.PADDED, b""), (f.PADDED, b"\x05abc"), (f.WITH_PRIORITY, b"abc"), (f.PADDED, b"\x01")],
)
def test_more_padding_than_frame_is_an_error_of_the_connection(flags: int, payload: bytes) -> None:
    with pytest.raises(Http2ConnectionError):
        f.unpadded(flags, payload)


@pytest.mark.parametrize("payload", [b"", b"\0\0\0", bytes(5)])
def test_number_of_another_size_is_an_error_of_the_connection(payload: bytes) -> None:
    with pytest.raises(Http2ConnectionError, match="RST_STREAM of"):
        f.number_of(payload, "RST_STREAM")
