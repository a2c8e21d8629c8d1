"""The leanest server at hand without nginx: one bytes protocol on asyncio (uvloop where installed).

Knows two paths and no HTTP beyond the end of a head: requests must come without a body. It counts requests
and connections and tells them in the words of nginx's ``stub_status``.
"""

import asyncio
import resource
import sys
from collections.abc import Coroutine
from typing import Final, cast

from benchmarks.target import BODY, LOOPBACK, STATUS_PATH

_HEAD: Final = (
    "HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
    "Connection: keep-alive\r\n\r\n"
)
ANSWER: Final = _HEAD.format(kind="application/json", length=len(BODY)).encode() + BODY
STATUS_REQUEST: Final = f"GET {STATUS_PATH} ".encode()


class Count:
    """What the server has counted."""

    requests = 0
    accepted = 0
    connections = 0


class Answers(asyncio.Protocol):
    """One connection: as many answers as heads have come."""

    def __init__(self, count: Count) -> None:
        self._count = count
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        self._transport = cast("asyncio.Transport", transport)  # as create_server makes them
        self._count.connections += 1
        self._count.accepted += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Count the connection out."""
        self._count.connections -= 1

    def data_received(self, data: bytes) -> None:
        """Answer every complete head."""
        data = self._rest + data
        *heads, self._rest = data.split(b"\r\n\r\n")
        self._count.requests += len(heads)
        if any(head.startswith(STATUS_REQUEST) for head in heads):
            self._transport.write(status_answer(self._count))
        else:
            self._transport.write(ANSWER * len(heads))


def status_answer(count: Count) -> bytes:
    """Return the answer that tells the counters, in the words of nginx."""
    text = (
        f"Active connections: {count.connections} \nserver accepts handled requests\n"
        f" {count.accepted} {count.accepted} {count.requests} \n"
    )
    return (_HEAD.format(kind="text/plain", length=len(text)) + text).encode()


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    count = Count()
    server = await asyncio.get_running_loop().create_server(
        lambda: Answers(count), LOOPBACK, port, backlog=8192
    )
    await server.serve_forever()


def run_on_fastest_loop(serving: Coroutine[None, None, None]) -> None:
    """Run a server on uvloop where it is installed, with all the file descriptors it may have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        import uvloop  # noqa: PLC0415 - an extra
    except ImportError:
        asyncio.run(serving)
    else:
        uvloop.run(serving)


if __name__ == "__main__":
    run_on_fastest_loop(serve(int(sys.argv[1])))
