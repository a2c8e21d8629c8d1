"""An HTTP/2 connection on a socket: bytes in and out for all its streams, their deadlines, and its end.

The event loop reads: what comes is handed to `protocol` at once, whoever waits for it, so that PINGs are
answered, windows given back and closes seen while nobody waits. Does not dial, and leaves it to `pool` which
connection a request goes to.
"""

import ssl
from collections import deque
from math import inf
from time import perf_counter
from typing import Any, Final, cast

from loadlib.client.connection import FIRST_RECV_BYTES, RECV_BYTES
from loadlib.client.errors import TransportError, socket_error
from loadlib.client.eventloop import READ, WRITE, Event, GreenSocket, Watcher, bare_socket, get_hub
from loadlib.client.http2.deadlines import Deadlines
from loadlib.client.http2.errors import ENHANCE_YOUR_CALM, Http2ConnectionError
from loadlib.client.http2.exchange import Exchange
from loadlib.client.http2.protocol import Http2Protocol
from loadlib.client.http2.stream import Http2Stream

PROBE_AFTER_IDLE_S: Final = 0.5
MAX_UNSENT_BYTES: Final = 1 << 20
"""What may wait to be sent before a server that asks for ever more answers, and reads none, is given up."""
_HUNG_UP: Final = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_NOT_READY: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Http2Connection:
    """A shared connection.

    Args:
        sock: connected, with TLS if the scheme is https.
        reused: false makes it close after its first request.

    Attributes:
        protocol: its frames.
        closed: it is of no further use.
        used: streams opened on it.
        deadlines: of those who wait on it.
    """

    def __init__(self, sock: GreenSocket, scheme: str, max_header_bytes: int, reused: bool = True) -> None:
        sock.settimeout(0.0)
        self.protocol: Http2Protocol[Exchange] = Http2Protocol(scheme, max_header_bytes)
        self.closed = False
        self.used = 0
        self._sock = sock if scheme == "https" else bare_socket(sock)
        self._reused = reused
        self._hub: Any = get_hub()
        self._idle_since_s = perf_counter()
        self.deadlines = Deadlines(self._hub, self._end_late_waits)
        self._queue: deque[Any] = deque()
        self._writer: Watcher | None = None
        self._reset: TransportError | None = None
        self._recv_bytes = FIRST_RECV_BYTES if scheme == "http" else RECV_BYTES
        self._watcher: Watcher = self._hub.loop.io(self._sock.fileno(), READ)
        self._watcher.start(self._on_readable)
        self.flush()

    @property
    def clogged(self) -> bool:
        """Bytes wait for the socket to take them."""
        return self._writer is not None

    def usable(self, now_s: float, max_idle_s: float) -> bool:
        """Tell whether new streams may be opened, now or once there is room.

        A connection without streams that rested for long enough is read once more, for a close or GOAWAY
        that the event loop has not come to yet.
        """
        if not self.closed and not self.protocol.streams:
            idle_s = now_s - self._idle_since_s
            if max_idle_s and idle_s > max_idle_s:
                return False
            if idle_s >= PROBE_AFTER_IDLE_S:
                self._on_readable()
        return not self.closed and self.protocol.accepting

    def open(self, exchange: Exchange, head: bytes, ends: bool) -> None:
        """Open a stream with the head of its request, which the next `flush` sends.

        Raises:
            TransportError: ``closed``: the connection ended as soon as it was made.
        """
        if not self.protocol.accepting:
            raise TransportError("closed", "the connection ended before the request")
        exchange.began_s = perf_counter()
        exchange.after_rest = self.used > 0 and not self.protocol.streams
        self.used += 1
        self.protocol.open(exchange, head, ends)
        if not self._reused:
            self.protocol.accepting = False

    def finish(self, exchange: Exchange) -> None:
        """Be done with a stream: cancel it if it is open, and let the next one in.

        A server that has answered nobody since a stream began may be gone; when such a stream ran out of
        time, the connection takes no new ones.
        """
        if exchange.stream_id in self.protocol.streams:
            self.protocol.cancel(exchange)
            self.flush()
            if exchange.expired and self.protocol.answered_s < exchange.began_s:
                self.retire()
        if not self.protocol.streams:
            self._idle_since_s = perf_counter()
        self._rest()

    def give_back(self, exchange: Http2Stream, taken_bytes: int) -> None:
        """Let the server send as much more on a stream as was taken of it."""
        self.protocol.give_back(cast("Exchange", exchange), taken_bytes)
        self.flush()

    def wait_for_room(self, deadline_s: float) -> None:
        """Wait until a stream can be opened, or never again on this connection.

        Raises:
            TransportError: ``timeout``.
        """
        room = Event()
        self._queue.append(room)
        try:
            if not room.wait(max(0.0, deadline_s - perf_counter())):
                raise TransportError("timeout", "no stream of the connection came free in time")
        except BaseException:
            if room in self._queue:
                self._queue.remove(room)
            else:
                self._let_in()
            raise

    def flush(self) -> None:
        """Write what there is to be written, the rest as the socket takes it."""
        if self._writer is None and not self.closed and not self._write():
            self._writer = self._hub.loop.io(self._sock.fileno(), WRITE)
            self._writer.start(self._on_writable)

    def retire(self) -> None:
        """Take no new streams, and close once those there are have come to their end."""
        self.protocol.accepting = False
        self._rest()

    def close(self) -> None:
        """Say goodbye and close; requests under way end as ``interrupted``. Idempotent."""
        if not self.closed:
            self.protocol.leave()
            self.flush()
            self._end(TransportError("interrupted", "the client was closed during the request"))

    def _write(self) -> bool:
        """Write once and tell whether everything is written."""
        out = self.protocol.out
        if not out:
            return True
        try:
            del out[: self._sock.send(out)]
        except _NOT_READY:
            return False
        except _HUNG_UP as error:
            self.protocol.accepting = False
            out.clear()
            if isinstance(error, ConnectionResetError):
                self._reset = socket_error(error, "sending the request")
        except OSError as error:
            self._end(socket_error(error, "sending the request"))
        return self.closed or not out

    def _on_writable(self) -> None:
        if self._write():
            self._stop_writing()
            for stream in [*self.protocol.streams.values()]:
                stream.wake()

    def _stop_writing(self) -> None:
        if self._writer is not None:
            self._writer.stop()
            self._writer.close()
            self._writer = None

    def _on_readable(self) -> None:
        try:
            data = self._sock.recv(self._recv_bytes)
        except _NOT_READY:
            return
        except OSError as error:
            self._end(socket_error(error, "waiting for the answer"))
        else:
            if data:
                self._take(data)
            else:
                self._end(self._reset)
            if len(data) == FIRST_RECV_BYTES:
                self._recv_bytes = RECV_BYTES
        self._wake_touched()

    def _take(self, data: bytes) -> None:
        try:
            self.protocol.receive(data, perf_counter())
            self.flush()
            if len(self.protocol.out) > MAX_UNSENT_BYTES:
                raise Http2ConnectionError(ENHANCE_YOUR_CALM, "the server does not read what it asks for")
        except TransportError as error:
            self.protocol.leave(error.code if isinstance(error, Http2ConnectionError) else 0)
            self.flush()
            self._end(error)

    def _wake_touched(self) -> None:
        touched, self.protocol.touched = self.protocol.touched, {}
        for stream in touched:
            stream.wake()
        self._rest()

    def _rest(self) -> None:
        """See what the end of a stream makes possible: another one, or closing what is of no further use."""
        if not self.protocol.streams and not self.protocol.accepting:
            self.close()
        if self._queue:
            self._let_in()

    def _let_in(self) -> None:
        protocol = self.protocol
        free = protocol.settings.max_streams - len(protocol.streams)
        if self.closed or not protocol.accepting:
            free = len(self._queue)
        while self._queue and free > 0:
            free -= 1
            self._queue.popleft().set()

    def _end(self, error: TransportError | None) -> None:
        """Close the socket and fail all streams: with ``error``, or by how far each has come."""
        if self.closed:
            return
        self.closed = True
        self.protocol.accepting = False
        self._stop_writing()
        self._watcher.stop()
        self._watcher.close()
        self.deadlines.stop()
        self._sock.close()
        streams = [*self.protocol.streams.values()]
        self.protocol.streams.clear()
        for stream in streams:
            if not stream.ended:
                stream.failure = stream.cut_off(error, self.protocol.goaway)
            stream.wake()
        self._let_in()

    def _end_late_waits(self, now_s: float) -> float:
        """Wake those whose deadline has passed and return the earliest of the others."""
        for stream in [*self.protocol.streams.values()]:
            if stream.waiting and stream.deadline_s <= now_s:
                stream.expired = True
                stream.wake()
        waits = [one.deadline_s for one in self.protocol.streams.values() if one.waiting]
        return min(waits, default=inf)
