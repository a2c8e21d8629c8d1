"""What this side of an HTTP/2 connection says: streams opened, bodies sent, windows given back. Sans-I/O.

Knows the open streams and the server's settings; what the server says is `protocol`'s, and puts both right.
"""

from typing import Final, Generic, TypeVar

from loadlib.client.http2 import frames as f
from loadlib.client.http2.compression import HeaderEncoder
from loadlib.client.http2.errors import CANCEL, NO_ERROR
from loadlib.client.http2.settings import (
    DEFAULT_WINDOW_BYTES,
    STREAM_WINDOW_BYTES,
    ServerSettings,
    opening,
)
from loadlib.client.http2.stream import Http2Stream

LAST_STREAM_ID: Final = f.STREAM_ID_MASK

StreamT = TypeVar("StreamT", bound=Http2Stream)


class Outgoing(Generic[StreamT]):
    """The sending half of a connection.

    Attributes:
        settings: the server's.
        streams: the open ones by id.
        out: bytes to be sent; the owner of the socket takes them from its front.
        accepting: new streams may be opened; false after GOAWAY.
        send_window: bytes of body that all streams together may still send.
    """

    def __init__(self, scheme: str, max_header_bytes: int) -> None:
        self.settings = ServerSettings()
        self.streams: dict[int, StreamT] = {}
        self.out = bytearray(opening(max_header_bytes))
        self.accepting = True
        self.send_window = DEFAULT_WINDOW_BYTES
        self._encoder = HeaderEncoder(scheme)
        self._next_id = 1

    @property
    def has_room(self) -> bool:
        """A stream may be opened now."""
        return self.accepting and len(self.streams) < self.settings.max_streams

    def open(self, stream: StreamT, head: bytes, ends: bool) -> None:
        """Open a stream with the head of a request; ``ends``: no body follows. Check `has_room` first.

        ``head`` is the request line and the header lines as HTTP/1.1 has them.
        """
        block = self._encoder.encode(head)
        stream_id = stream.stream_id = self._next_id
        self._next_id += 2
        if self._next_id > LAST_STREAM_ID:
            self.accepting = False
        stream.send_window = self.settings.window_bytes
        self.streams[stream_id] = stream
        before = len(self.out)
        size = self.settings.frame_bytes
        kind, flags = f.HEADERS, f.END_STREAM if ends else 0
        while len(block) > size:
            self.out += f.frame(kind, flags, stream_id, block[:size])
            kind, flags, block = f.CONTINUATION, 0, block[size:]
        self.out += f.frame(kind, flags | f.END_HEADERS, stream_id, block)
        stream.request_bytes += len(self.out) - before
        stream.sent_all = ends

    def sendable(self, stream: StreamT) -> int:
        """Return how many bytes of the request's body may be sent now, one frame at most."""
        return max(0, min(stream.send_window, self.send_window, self.settings.frame_bytes))

    def send_data(self, stream: StreamT, data: bytes | memoryview, ends: bool) -> None:
        """Send a piece of the request's body, no larger than `sendable` allows."""
        size = len(data)
        stream.send_window -= size
        self.send_window -= size
        stream.request_bytes += size + f.FRAME_HEAD_BYTES
        stream.sent_all = ends
        self.out += f.frame(f.DATA, f.END_STREAM if ends else 0, stream.stream_id, bytes(data))
        if ends and stream.complete:
            self._forget(stream)

    def cancel(self, stream: StreamT, code: int = CANCEL) -> None:
        """Give up a stream that is still open; one that is over is left alone."""
        if stream.stream_id in self.streams:
            self.out += f.number_frame(f.RST_STREAM, stream.stream_id, code)
            self._forget(stream)

    def give_back(self, stream: StreamT, taken_bytes: int) -> None:
        """Let the server send as much more on a stream as was taken of it; told once half a window is due."""
        stream.unreturned += taken_bytes
        if stream.unreturned >= STREAM_WINDOW_BYTES // 2 and stream.stream_id in self.streams:
            self.out += f.number_frame(f.WINDOW_UPDATE, stream.stream_id, stream.unreturned)
            stream.receive_window += stream.unreturned
            stream.unreturned = 0

    def leave(self, code: int = NO_ERROR) -> None:
        """Say that the connection is about to be closed from this side."""
        self.accepting = False
        self.out += f.frame(f.GOAWAY, 0, 0, bytes(4) + code.to_bytes(4, "big"))

    def _forget(self, stream: StreamT) -> None:
        self.streams.pop(stream.stream_id, None)
