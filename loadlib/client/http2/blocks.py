"""Header blocks put together from HEADERS and CONTINUATION frames, in bounded space (RFC 9113 section 4.3).

Does not decompress (`compression`) and does not know streams.
"""

from typing import NamedTuple

from loadlib.client.http2 import frames as f
from loadlib.client.http2.errors import ENHANCE_YOUR_CALM, PROTOCOL_ERROR, Http2ConnectionError


class Block(NamedTuple):
    """A header block, the flags of its HEADERS frame, and its frames' size on the wire."""

    stream_id: int
    flags: int
    data: bytes
    wire_bytes: int


class BlockGatherer:
    """The header block that is coming in, if one is.

    Attributes:
        stream_id: of the block, 0 while there is none; only its CONTINUATION frames may follow.
    """

    __slots__ = ("_data", "_flags", "_max_bytes", "_wire_bytes", "stream_id")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._data = bytearray()
        self._flags = self._wire_bytes = self.stream_id = 0

    def begin(self, flags: int, stream_id: int, payload: bytes) -> Block | None:
        """Take a HEADERS frame and return the block if that is all of it."""
        data = f.unpadded(flags, payload)
        wire_bytes = len(payload) + f.FRAME_HEAD_BYTES
        if flags & f.END_HEADERS:
            return Block(stream_id, flags, data, wire_bytes)
        self.stream_id, self._flags, self._wire_bytes = stream_id, flags, wire_bytes
        self._data = bytearray(data)
        return None

    def go_on(self, flags: int, stream_id: int, payload: bytes) -> Block | None:
        """Take a CONTINUATION frame and return the block if it is complete.

        Raises:
            Http2ConnectionError: no block is open, or it is ``too_large``. Heads of frames count, so that an
                endless row of empty frames is an error too.
        """
        if not self.stream_id or stream_id != self.stream_id:
            raise Http2ConnectionError(PROTOCOL_ERROR, "CONTINUATION without a header block")
        self._data += payload
        self._wire_bytes += len(payload) + f.FRAME_HEAD_BYTES
        if self._wire_bytes > self._max_bytes:
            text = f"more than {self._max_bytes} bytes of one header block"
            raise Http2ConnectionError(ENHANCE_YOUR_CALM, text, "too_large")
        if not flags & f.END_HEADERS:
            return None
        self.stream_id = 0
        return Block(stream_id, self._flags, bytes(self._data), self._wire_bytes)
