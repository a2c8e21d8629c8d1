"""HTTP/2 frames: bytes cut into frames and frames made into bytes (RFC 9113 section 4). Sans-I/O.

Bounds the size of a frame and nothing else; what a frame means is `protocol`'s.
"""

from collections.abc import Iterator
from struct import Struct
from typing import Final

from loadlib.client.http2.errors import FRAME_SIZE_ERROR, PROTOCOL_ERROR, Http2ConnectionError

DATA: Final = 0
HEADERS: Final = 1
PRIORITY: Final = 2
RST_STREAM: Final = 3
SETTINGS: Final = 4
PUSH_PROMISE: Final = 5
PING: Final = 6
GOAWAY: Final = 7
WINDOW_UPDATE: Final = 8
CONTINUATION: Final = 9

END_STREAM: Final = 0x1
ACK: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
WITH_PRIORITY: Final = 0x20

FRAME_HEAD_BYTES: Final = 9
MAX_FRAME_BYTES: Final = 1 << 14
"""The largest payload this client announces and takes: the protocol's default."""
STREAM_ID_MASK: Final = 0x7FFFFFFF

Frame = tuple[int, int, int, bytes]
"""Type, flags, stream id, payload."""

_HEAD: Final = Struct(">BHBBL")
_NUMBER: Final = Struct(">L")


class FrameSplitter:
    """Cuts the bytes of a connection into frames, whatever pieces they come in."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def split(self, data: bytes) -> Iterator[Frame]:
        """Yield the frames that ``data`` completes. Exhaust the iterator before the next call.

        Raises:
            Http2ConnectionError: a frame larger than `MAX_FRAME_BYTES`.
        """
        buffer = self._rest + data if self._rest else data
        at, end = 0, len(buffer)
        while end - at >= FRAME_HEAD_BYTES:
            high, low, kind, flags, stream_id = _HEAD.unpack_from(buffer, at)
            size = high << 16 | low
            if size > MAX_FRAME_BYTES:
                raise Http2ConnectionError(FRAME_SIZE_ERROR, f"a frame of {size} bytes")
            begin = at + FRAME_HEAD_BYTES
            if end - begin < size:
                break
            at = begin + size
            yield kind, flags, stream_id & STREAM_ID_MASK, buffer[begin:at]
        self._rest = buffer[at:]


def frame(kind: int, flags: int, stream_id: int, payload: bytes = b"") -> bytes:
    """Return a frame as it goes on the wire."""
    size = len(payload)
    return _HEAD.pack(size >> 16, size & 0xFFFF, kind, flags, stream_id) + payload


def number_frame(kind: int, stream_id: int, number: int) -> bytes:
    """Return a frame whose payload is one 32-bit number: RST_STREAM and WINDOW_UPDATE."""
    return frame(kind, 0, stream_id, _NUMBER.pack(number))


def number_of(payload: bytes, what: str) -> int:
    """Return the 32-bit number that is the whole of a payload.

    Raises:
        Http2ConnectionError: the payload has another size.
    """
    if len(payload) != _NUMBER.size:
        raise Http2ConnectionError(FRAME_SIZE_ERROR, f"{what} of {len(payload)} bytes")
    return int.from_bytes(payload, "big")


def unpadded(flags: int, payload: bytes) -> bytes:
    """Return the payload of a DATA or HEADERS frame without its padding and priority fields.

    Raises:
        Http2ConnectionError: they are longer than the frame.
    """
    begin, end = 0, len(payload)
    if flags & PADDED:
        if not payload:
            raise Http2ConnectionError(FRAME_SIZE_ERROR, "a padded frame without a padding length")
        begin, end = 1, end - payload[0]
    if flags & WITH_PRIORITY:
        begin += 5
    if begin > end:
        raise Http2ConnectionError(PROTOCOL_ERROR, "more padding than frame")
    return payload[begin:end]
