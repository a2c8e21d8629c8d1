"""The SETTINGS of both sides: what this client announces, and what it keeps of the server's (RFC 9113 6.5).

Does not apply changes to streams or the header table; `protocol` does.
"""

from struct import Struct
from typing import Final

from loadlib.client.http2.errors import (
    FLOW_CONTROL_ERROR,
    FRAME_SIZE_ERROR,
    PROTOCOL_ERROR,
    Http2ConnectionError,
)
from loadlib.client.http2.frames import MAX_FRAME_BYTES, SETTINGS, WINDOW_UPDATE, frame, number_frame

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

STREAM_WINDOW_BYTES: Final = 1 << 20
"""What a server may send on one stream before the body so far has been taken."""
CONNECTION_WINDOW_BYTES: Final = 1 << 24
"""The same for all streams together; given back on arrival, so that none waits for the reader of another."""
MAX_WINDOW_BYTES: Final = (1 << 31) - 1
DEFAULT_WINDOW_BYTES: Final = 65535

_HEADER_TABLE_SIZE: Final = 1
_ENABLE_PUSH: Final = 2
_MAX_CONCURRENT_STREAMS: Final = 3
_INITIAL_WINDOW_SIZE: Final = 4
_MAX_FRAME_SIZE: Final = 5
_MAX_HEADER_LIST_SIZE: Final = 6
_LARGEST_FRAME_BYTES: Final = (1 << 24) - 1
_SETTING: Final = Struct(">HL")


class ServerSettings:
    """What the server has announced, the protocol's defaults before it has.

    Attributes:
        received: its first SETTINGS frame has come; before that only one stream is opened.
        max_streams: streams that may be open at a time; unlimited when the server does not say.
        window_bytes: of a new stream in the direction of the server.
        frame_bytes: of the largest payload it takes.
        header_table_bytes: for the encoder of headers.
    """

    __slots__ = ("frame_bytes", "header_table_bytes", "max_streams", "received", "window_bytes")

    def __init__(self) -> None:
        self.received = False
        self.max_streams = 1
        self.window_bytes = DEFAULT_WINDOW_BYTES
        self.frame_bytes = MAX_FRAME_BYTES
        self.header_table_bytes = 4096

    def update(self, payload: bytes) -> None:
        """Take the payload of a SETTINGS frame; unknown settings are ignored.

        Raises:
            Http2ConnectionError: a value that RFC 9113 forbids.
        """
        if len(payload) % _SETTING.size:
            raise Http2ConnectionError(FRAME_SIZE_ERROR, f"SETTINGS of {len(payload)} bytes")
        if not self.received:
            self.received = True
            self.max_streams = MAX_WINDOW_BYTES
        for name, value in _SETTING.iter_unpack(payload):
            self._take(name, value)

    def _take(self, name: int, value: int) -> None:
        if name == _MAX_CONCURRENT_STREAMS:
            self.max_streams = value
        elif name == _INITIAL_WINDOW_SIZE:
            if value > MAX_WINDOW_BYTES:
                raise Http2ConnectionError(FLOW_CONTROL_ERROR, f"an initial window of {value} bytes")
            self.window_bytes = value
        elif name == _MAX_FRAME_SIZE:
            if not MAX_FRAME_BYTES <= value <= _LARGEST_FRAME_BYTES:
                raise Http2ConnectionError(PROTOCOL_ERROR, f"a maximal frame size of {value} bytes")
            self.frame_bytes = value
        elif name == _HEADER_TABLE_SIZE:
            self.header_table_bytes = value
        elif name == _ENABLE_PUSH and value:
            raise Http2ConnectionError(PROTOCOL_ERROR, "a server that wants to be pushed to")


def opening(max_header_bytes: int) -> bytes:
    """Return the first bytes of a client: preface, SETTINGS (no push), and a larger connection window."""
    announced = (
        (_ENABLE_PUSH, 0),
        (_INITIAL_WINDOW_SIZE, STREAM_WINDOW_BYTES),
        (_MAX_HEADER_LIST_SIZE, max_header_bytes),
    )
    settings = frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*one) for one in announced))
    return PREFACE + settings + number_frame(WINDOW_UPDATE, 0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES)
