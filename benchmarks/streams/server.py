"""A server that replays the prebuilt streams and counts the events that it has written.

``paced``: every stream gets one event every `PERIOD_S`, each in a write of its own, as a model's words come;
``burst``: a whole stream in one write, so that the reader alone sets the pace. Chunked, one event a chunk.
``python -m benchmarks.streams.server PORT MODE``.
"""

import asyncio
import re
import sys
from typing import Final, cast

from benchmarks.fallback_server import Count, run_on_fastest_loop, status_answer
from benchmarks.streams import scripts
from benchmarks.target import LOOPBACK, STATUS_PATH

PERIOD_S: Final = 0.01
MODES: Final = ("paced", "burst")
HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
OTHER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
END: Final = b"0\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def chunks(events: list[bytes]) -> list[bytes]:
    """Return the events as chunks of a chunked body."""
    return [b"%x\r\n%b\r\n" % (len(event), event) for event in events]


STREAMS: Final = {b"/agui": chunks(scripts.agui()), b"/a2a": chunks(scripts.a2a())}


class Replay(asyncio.Protocol):
    """One connection; requests come one after another, never ahead of an answer."""

    def __init__(self, count: Count, paced: bool) -> None:
        self._count = count
        self._paced = paced
        self._rest = b""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        self._transport = cast("asyncio.Transport", transport)  # as create_server makes them
        self._count.connections += 1
        self._count.accepted += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Count the connection out and stop its stream."""
        self._count.connections -= 1
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer a request when its head and body are there."""
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or (length is not None and len(body) < int(length[1])):
            return
        self._rest = b""
        self._answer(head.split(b" ", 2)[1])

    def _answer(self, path: bytes) -> None:
        stream = STREAMS.get(path)
        if path == STATUS_PATH.encode():
            self._count.requests += 1
            self._transport.write(status_answer(self._count))
        elif stream is None:
            self._transport.write(OTHER)
        elif self._paced:
            self._transport.write(HEAD)
            self._write_next(stream, 0, asyncio.get_running_loop().time())
        else:
            self._count.requests += len(stream)
            self._transport.write(HEAD + b"".join(stream) + END)

    def _write_next(self, stream: list[bytes], index: int, due_s: float) -> None:
        if index == len(stream):
            self._transport.write(END)
            return
        self._count.requests += 1
        self._transport.write(stream[index])
        due_s += PERIOD_S
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(due_s, self._write_next, stream, index + 1, due_s)


async def serve(port: int, mode: str) -> None:
    """Serve until the process is ended."""
    count = Count()
    server = await asyncio.get_running_loop().create_server(
        lambda: Replay(count, mode == "paced"), LOOPBACK, port, backlog=8192
    )
    await server.serve_forever()


if __name__ == "__main__":
    run_on_fastest_loop(serve(int(sys.argv[1]), sys.argv[2]))
