"""The client's protocol without a socket, frames of another hand, and the h2 library as its server."""

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import Event
from h2.settings import SettingCodes
from hpack import Encoder
from hyperframe.frame import (
    DataFrame,
    Frame,
    HeadersFrame,
    SettingsFrame,
)

from loadlib.client.http2.protocol import Http2Protocol
from loadlib.client.http2.stream import Http2Stream

HEAD = b"GET / HTTP/1.1\r\nHost: example.com\r\n"
LIMIT = 64 * 1024
OK = [(":status", "200")]


def stream(head_only: bool = False, body_limit: int = 1 << 26) -> Http2Stream:
    """Make a stream that is not open yet."""
    return Http2Stream(head_only, body_limit, LIMIT)


def block(*fields: tuple[str, str]) -> bytes:
    """Encode fields without touching a table, so that blocks may be put together in any order."""
    return Encoder().encode([(name, value, True) for name, value in fields])


def head(stream_id: int, *fields: tuple[str, str], ends: bool = False, whole: bool = True) -> HeadersFrame:
    """Return a HEADERS frame."""
    flags = [*(["END_STREAM"] if ends else []), *(["END_HEADERS"] if whole else [])]
    return HeadersFrame(stream_id, block(*fields), flags=flags)


def data(stream_id: int, payload: bytes, ends: bool = False) -> DataFrame:
    """Return a DATA frame."""
    return DataFrame(stream_id, payload, flags=["END_STREAM"] if ends else [])


class Pair:
    """Our protocol and the h2 library's, and the bytes carried between them."""

    def __init__(self, **announced: int) -> None:
        self.client: Http2Protocol[Http2Stream] = Http2Protocol("http", LIMIT)
        self.server = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.server.initiate_connection()
        self.server.update_settings({SettingCodes[name]: value for name, value in announced.items()})
        self.events: list[Event] = []
        self.carry()

    def carry(self) -> None:
        """Let both sides read what the other wrote, until both are silent."""
        answer = self.server.data_to_send()
        while self.client.out or answer:
            self.events += self.server.receive_data(bytes(self.client.out))
            self.client.out.clear()
            self.client.receive(answer + self.server.data_to_send(), 1.0)
            answer = b""

    def open(self, one: Http2Stream, ends: bool = True) -> Http2Stream:
        """Open a stream and let the server see it."""
        self.client.open(one, HEAD, ends)
        self.carry()
        return one

    def seen(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def talked_to(*streams: Http2Stream, ends: bool = True) -> Http2Protocol[Http2Stream]:
    """Return a protocol that has heard SETTINGS and opened these streams."""
    client: Http2Protocol[Http2Stream] = Http2Protocol("http", LIMIT)
    client.receive(SettingsFrame(0).serialize(), 1.0)
    for one in streams:
        client.open(one, HEAD, ends)
    client.out.clear()
    return client


def hear(client: Http2Protocol[Http2Stream], *frames: Frame) -> None:
    """Let the client read frames."""
    client.receive(b"".join(one.serialize() for one in frames), 2.0)


def written(client: Http2Protocol[Http2Stream]) -> list[Frame]:
    """Return the frames the client wants to send."""
    frames, rest = [], memoryview(bytes(client.out))
    while rest:
        frame, size = Frame.parse_frame_header(rest[:9])
        frame.parse_body(rest[9 : 9 + size])
        frames.append(frame)
        rest = rest[9 + size :]
    return frames
