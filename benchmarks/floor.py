"""The floor of a generator on gevent: per user a socket, fixed bytes out, ``recv`` in, nothing else.

No parsing, no measuring, no counting: what it costs is what the event loop and the kernel cost.
``python -m benchmarks.floor URL PATH USERS SECONDS``.
"""

import sys
from typing import Final
from urllib.parse import urlsplit

import gevent
from gevent import socket

READ_BYTES: Final = 65536


def user(host: str, port: int, request: bytes) -> None:
    """Send and receive until killed; an answer must come in one piece, as small ones do."""
    connection = socket.create_connection((host, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    send, receive = connection.sendall, connection.recv
    while True:
        send(request)
        if not receive(READ_BYTES):
            raise ConnectionError("the server closed a connection")


def main() -> None:
    """Run the users for a time."""
    url, path, users, seconds = sys.argv[1:]
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: */*\r\n\r\n".encode()
    greenlets = [gevent.spawn(user, host, port, request) for _ in range(int(users))]
    gevent.joinall(greenlets, timeout=float(seconds))


if __name__ == "__main__":
    main()
