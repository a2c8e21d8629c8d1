"""The server's side of WebSockets in tests: accepted by hand, frames byte by byte, or wsproto's own."""

import base64
import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import wsproto
from wsproto.connection import ConnectionState
from wsproto.events import Event, Request
from wsproto.extensions import Extension

from loadlib.client import ClientOptions
from loadlib.client.websocket_client import WebSocketClient
from tests.unit.client.support import Handler, Peer, Records, Server, eventually

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
DEADLINE_S = 10.0


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, mask: bytes = b"") -> bytes:
    """Return a frame as the protocol draws it (RFC 6455 section 5.2)."""
    size = len(payload)
    short = size if size < 126 else 126 if size < 1 << 16 else 127
    head = bytes([fin << 7 | rsv << 4 | opcode, bool(mask) << 7 | short])
    long = b"" if short < 126 else struct.pack("!H" if short == 126 else "!Q", size)
    covered = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload)) if mask else payload
    return head + long + mask + covered


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """Return a close frame with a code."""
    return frame(CLOSE, struct.pack("!H", code) + reason)


def accept_key(key: str) -> str:
    """Return what a server must answer to a key."""
    digest = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    return base64.b64encode(digest).decode()


def upgrade(key: str, **headers: str) -> bytes:
    """Return the head that accepts a handshake; underscores in header names become hyphens."""
    fields = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": accept_key(key),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n".encode()


def accepting(then: Callable[[Peer], object] | bytes = b"", **headers: str) -> Handler:
    """Return a handler that accepts, then sends bytes and waits, or does what it is told."""

    def handle(peer: Peer) -> None:
        request = peer.request()
        if request is None:
            return
        peer.send(upgrade(request.headers["sec-websocket-key"], **headers))
        if callable(then):
            then(peer)
        else:
            peer.send(then)
            peer.wait_for_close()

    return handle


class Mirror:
    """A foreign peer: wsproto's server, which sends back every message and keeps what it saw."""

    def __init__(self, *extensions: Extension, subprotocol: str | None = None) -> None:
        self.seen: list[Event] = []
        self._extensions = extensions
        self._subprotocol = subprotocol

    def __call__(self, peer: Peer) -> None:
        connection = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
        while connection.state is not ConnectionState.CLOSED and (data := peer.sock.recv(65536)):
            connection.receive_data(data)
            for event in connection.events():
                self.seen.append(event)
                self._react(connection, event, peer)

    def _react(self, connection: wsproto.WSConnection, event: Event, peer: Peer) -> None:
        match event:
            case Request():
                accept = wsproto.events.AcceptConnection(
                    extensions=list(self._extensions), subprotocol=self._subprotocol
                )
                peer.send(connection.send(accept))
            case wsproto.events.Message():
                peer.send(
                    connection.send(type(event)(event.data, event.frame_finished, event.message_finished))
                )
            case wsproto.events.Ping() | wsproto.events.CloseConnection():
                peer.send(connection.send(event.response()))


class Collected:
    """A peer that sends bytes, then keeps what comes until the client hangs up."""

    def __init__(self, first: bytes = b"") -> None:
        self._first = first
        self._data = bytearray()

    def __call__(self, peer: Peer) -> None:
        peer.send(self._first)
        while data := peer.sock.recv(65536):
            self._data += data

    @property
    def frames(self) -> list[tuple[int, bytes]]:
        return list(frames_of(bytes(self._data)))

    def wait_for(self, count: int) -> list[tuple[int, bytes]]:
        return eventually(lambda: self.frames if len(self.frames) >= count else None, f"{count} frames") or []


def frames_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Take apart what a client wrote: opcode and payload of each frame, masks removed."""
    while data:
        size, at = data[1] & 0x7F, 2
        assert data[1] & 0x80, "a client masks its frames"
        if size > 125:
            width = 2 if size == 126 else 8
            size, at = int.from_bytes(data[2 : 2 + width], "big"), 2 + width
        mask, payload = data[at : at + 4], data[at + 4 : at + 4 + size]
        yield data[0] & 0x0F, bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
        data = data[at + 4 + size :]


@contextmanager
def websockets_of(server: Server | str, **arguments: Any) -> Iterator[tuple[WebSocketClient, Records]]:
    """Give a client of a server and its records; options may be given by their names."""
    names = set(ClientOptions.__dataclass_fields__) - {"headers"}
    given = {key: arguments.pop(key) for key in list(arguments) if key in names}
    options = ClientOptions(**{"timeout_s": DEADLINE_S, **given})
    records = Records()
    url = server if isinstance(server, str) else server.url
    with gevent.Timeout(30):
        yield WebSocketClient(url, recorder=records, options=options, **arguments), records
