"""An HTTP proxy on loopback that leads every request to one server, whatever host it names."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent import socket
from gevent.server import StreamServer

from tests.unit.client.support import Server


@dataclass
class ProxyServer:
    """What a proxy has seen.

    Attributes:
        requests: request lines, CONNECT and absolute-form ones.
        credentials: the Proxy-Authorization of each, empty where there was none.
        refusal: an answer in place of the way to the server.
        delay_s: the time every CONNECT takes.
    """

    port: int = 0
    requests: list[str] = field(default_factory=list)
    credentials: list[str] = field(default_factory=list)
    refusal: bytes = b""
    delay_s: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def proxy_to(server: Server | None) -> Iterator[ProxyServer]:
    """Run a proxy in front of a server; without one it only refuses."""
    proxy = ProxyServer()

    def handle(sock: Any, _address: object) -> None:
        with sock:
            head = _read_head(sock)
            if not head:
                return
            line, *fields = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in fields if one)}
            proxy.requests.append(line)
            proxy.credentials.append(headers.get("proxy-authorization", ""))
            if proxy.refusal or server is None:
                sock.sendall(proxy.refusal)
                return
            with socket.create_connection(("127.0.0.1", server.port)) as upstream:
                if line.startswith("CONNECT "):
                    gevent.sleep(proxy.delay_s)
                    sock.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n")
                else:
                    upstream.sendall(head)
                _relay(sock, upstream)

    listener = StreamServer(("127.0.0.1", 0), handle)
    listener.start()
    proxy.port = listener.server_port
    try:
        yield proxy
    finally:
        listener.stop(timeout=0)


def _read_head(sock: Any) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        data = sock.recv(65536)
        if not data:
            return b""
        head += data
    return bytes(head)


def _relay(one: Any, other: Any) -> None:
    ways = [gevent.spawn(_copy, one, other), gevent.spawn(_copy, other, one)]
    gevent.joinall(ways)


def _copy(source: Any, sink: Any) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
