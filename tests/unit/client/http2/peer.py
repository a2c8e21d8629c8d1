"""HTTP/2 servers on loopback that a test drives: the h2 library on gevent sockets, or bare frames."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gevent import ssl as gevent_ssl
from gevent.server import StreamServer
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
)
from h2.exceptions import StreamClosedError
from h2.settings import SettingCodes
from hyperframe.frame import Frame

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@dataclass
class Asked:
    """A request as the server saw it."""

    stream_id: int
    headers: list[tuple[str, str]]
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def __getitem__(self, name: str) -> str:
        return dict(self.headers)[name]


@dataclass
class H2Server:
    """What a server has seen."""

    port: int = 0
    scheme: str = "http"
    connections: int = 0
    requests: list[Asked] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def seen(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


class H2Peer:
    """The server's side of one connection.

    Attributes:
        acknowledging: the client's bodies are taken, and their windows given back.
    """

    def __init__(self, sock: Any, server: H2Server, **announced: int) -> None:
        self.sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server = server
        self.acknowledging = True
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="latin-1"))
        self.h2.local_settings = type(self.h2.local_settings)(
            client=False, initial_values={SettingCodes[name]: value for name, value in announced.items()}
        )
        self.h2.initiate_connection()
        self._asked: dict[int, Asked] = {}
        self._pending: list[Asked] = []
        self.flush()

    def flush(self) -> None:
        if waiting := self.h2.data_to_send():
            self.sock.sendall(waiting)

    def raw(self, *frames: Frame | bytes) -> None:
        """Send frames past the library."""
        self.flush()
        self.sock.sendall(b"".join(one if isinstance(one, bytes) else one.serialize() for one in frames))

    def request(self, whole: bool = True) -> Asked | None:
        """Return the next request, or its head alone; None when the client has gone."""
        while not any(one.ended or not whole for one in self._pending):
            if not self.read():
                return None
        found = next(one for one in self._pending if one.ended or not whole)
        self._pending.remove(found)
        return found

    def read(self) -> bool:
        """Read once; false when the client has gone."""
        try:
            data = self.sock.recv(65536)
        except OSError:
            return False
        if not data:
            return False
        for event in self.h2.receive_data(data):
            self._take(event)
        self.flush()
        return True

    def read_until(self, kind: type[Event]) -> Any:
        """Read until an event of a kind has come, and return the last of them."""
        while not self.server.seen(kind):
            assert self.read(), f"the client has gone before {kind.__name__}"
        return self.server.seen(kind)[-1]

    def answer(
        self,
        asked: Asked,
        body: bytes = b"ok",
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
        ends: bool = True,
    ) -> None:
        """Send head and body, waiting for windows."""
        self.h2.send_headers(asked.stream_id, [(":status", str(status)), *headers], ends and not body)
        self.flush()
        self.more(asked, body, ends)

    def more(self, asked: Asked, body: bytes, ends: bool = False) -> None:
        """Send a piece of the body, waiting for windows; stop when the client cancels."""
        while body:
            try:
                window = self.h2.local_flow_control_window(asked.stream_id)
            except StreamClosedError:
                return
            room = min(window, self.h2.max_outbound_frame_size)
            if room:
                self.h2.send_data(asked.stream_id, body[:room], ends and room >= len(body))
                body = body[room:]
                self.flush()
            elif not self.read():
                return

    def end(self, asked: Asked) -> None:
        self.h2.end_stream(asked.stream_id)
        self.flush()

    def _take(self, event: Event) -> None:
        self.server.events.append(event)
        if isinstance(event, RequestReceived):
            asked = Asked(event.stream_id, [(str(name), str(value)) for name, value in event.headers])
            self._asked[event.stream_id] = asked
            self._pending.append(asked)
            self.server.requests.append(asked)
        elif isinstance(event, DataReceived):
            self._asked[event.stream_id].body += event.data
            if self.acknowledging:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self._asked[event.stream_id].ended = True


Handler = Callable[[H2Peer], None]


@contextmanager
def serving_h2(
    handler: Handler,
    certificate: tuple[str, str] | None = None,
    alpn: tuple[str, ...] = ("h2",),
    **announced: int,
) -> Iterator[H2Server]:
    """Run ``handler`` for every connection, which is closed when it returns.

    ``announced`` are settings by the names of `SettingCodes`.
    """

    def talk(sock: Any, server: H2Server) -> None:
        handler(H2Peer(sock, server, **announced))

    with serving_bytes(talk, certificate, alpn) as server:
        yield server


@contextmanager
def serving_bytes(
    talk: Callable[[Any, H2Server], None],
    certificate: tuple[str, str] | None = None,
    alpn: tuple[str, ...] = ("h2",),
) -> Iterator[H2Server]:
    """Run ``talk`` with the bare socket of every connection."""
    server = H2Server(scheme="https" if certificate else "http")
    tls: dict[str, Any] = {}
    if certificate:
        tls["ssl_context"] = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls["ssl_context"].load_cert_chain(*certificate)
        if alpn:
            tls["ssl_context"].set_alpn_protocols([*alpn])

    def handle(sock: Any, _address: Any) -> None:
        server.connections += 1
        try:
            talk(sock, server)
        except OSError:
            pass
        finally:
            sock.close()

    listener = StreamServer(("127.0.0.1", 0), handle, backlog=1024, **tls)
    listener.start()
    server.port = listener.server_port
    try:
        yield server
    finally:
        listener.stop(timeout=0)


def answering_h2(
    body: bytes = b"ok", status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Handler:
    """Return a handler that answers every request in the same way."""

    def handle(peer: H2Peer) -> None:
        while (asked := peer.request()) is not None:
            peer.answer(asked, body, status, headers)

    return handle
