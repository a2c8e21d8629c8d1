"""One request on one connection: the phases are measured here and nowhere else.

An attempt is never repeated. Whatever ends it, its stamps say how far it came, and exactly one sample is made
of it. Does not judge answers, follow redirects or decode bodies.
"""

from time import perf_counter
from typing import Any, Final

from loadlib.client.channel import Answer, Channel
from loadlib.client.connection import Connection
from loadlib.client.errors import TransportError
from loadlib.client.plan import Plan
from loadlib.client.pool import HostPool
from loadlib.client.sample import HttpSample, Tags
from loadlib.client.version import HTTP_1_1

_START: Final = b"HTTP/1."
_MAX_BYTES_BEFORE: Final = 64


class Attempt:
    """The stamps of one request, in seconds of `time.perf_counter`; 0 where it did not come.

    Attributes:
        http_version: of the connection.
    """

    __slots__ = (
        "_connection",
        "_pool",
        "connecting_s",
        "ended_s",
        "first_byte_s",
        "plan",
        "ready_s",
        "request_bytes",
        "response_bytes",
        "sent_s",
        "started_s",
        "tls_s",
    )

    http_version: str = HTTP_1_1

    def __init__(self, plan: Plan, pool: HostPool) -> None:
        self.plan = plan
        self._pool = pool
        self._connection: Connection | None = None
        self.started_s = perf_counter()
        self.ready_s = self.sent_s = self.first_byte_s = self.ended_s = 0.0
        self.connecting_s = self.tls_s = 0.0
        self.request_bytes = self.response_bytes = 0

    def open(self, payload: bytes, deadline_s: float, limited: bool = True) -> Channel:
        """Get a connection and write the request.

        Raises:
            TransportError: no connection, or the request could not be written.
        """
        connection = self._pool.take_idle(self.started_s)
        if connection is None:
            connection, self.connecting_s, self.tls_s = self._pool.acquire(deadline_s)
        self._connection = connection
        connection.reader.reset(self.plan.head_only, limited)
        self.ready_s = perf_counter()
        connection.begin(deadline_s)
        self.request_bytes = len(payload)
        connection.send(payload)
        self.sent_s = perf_counter()
        return connection

    def read(self) -> None:
        """Wait for the next bytes and let the connection's reader take them.

        Raises:
            TransportError: ``closed``, ``closed_idle``, ``truncated`` and what reader and connection raise.
        """
        connection = self._connection
        if connection is None:
            raise RuntimeError("nothing is open to be read")
        try:
            data = connection.receive()
        except TransportError as error:
            if error.kind == "reset" and connection.used > 1 and not self.first_byte_s:
                raise TransportError("closed_idle", error.message) from None
            raise
        if not self.first_byte_s:
            if not data:
                raise self._no_answer(connection)
            self.first_byte_s = perf_counter()
            if data[:7] != _START:
                data = _proven(connection, data)
        if data:
            self.response_bytes += len(data)
            connection.reader.feed(data)
        else:
            connection.reader.feed_eof()

    def run(self, payload: bytes, deadline_s: float) -> Answer:
        """Do the whole exchange and return the answer, which stays valid until the connection's next request.

        Raises:
            TransportError: there is no complete answer.
        """
        reader = self.open(payload, deadline_s).reader
        self.read()
        while not reader.complete:
            self.read()
        self.finish()
        return reader

    def run_discarding(self, payload: bytes, deadline_s: float) -> Answer:
        """Do the same without keeping the body, which may be of any length.

        Raises:
            TransportError: there is no complete answer.
        """
        reader = self.open(payload, deadline_s, limited=False).reader
        while not reader.complete:
            self.read()
            reader.take_body()
        self.finish()
        return reader

    def finish(self) -> None:
        """Note the end and give the connection back; it is reused only after a clean end."""
        self.ended_s = ended = perf_counter()
        connection = self._connection
        if connection is None:
            return
        self._connection = None
        reader = connection.reader
        if not reader.complete or not reader.keep_alive or reader.surplus or not connection.reusable:
            connection.close()
        self._pool.release(connection, ended)

    def sample(self, epoch_s: float, service: str, tags: Tags, context: dict[str, Any] | None) -> HttpSample:
        """Return the sample of a finished attempt: names, phases, sizes. The outcome is left to be judged.

        ``epoch_s`` is what turns the monotonic clock into seconds since the epoch.
        """
        plan, started, ended = self.plan, self.started_s, self.ended_s
        ready = self.ready_s or ended
        sent = self.sent_s or ended
        first_byte = self.first_byte_s or ended
        return HttpSample(
            plan.method,
            plan.endpoint,
            plan.name,
            plan.url,
            service,
            0,
            started,
            epoch_s + started,
            epoch_s + ended,
            ready - started,
            self.connecting_s,
            self.tls_s,
            sent - ready,
            first_byte - sent,
            ended - first_byte,
            self.request_bytes,
            self.response_bytes,
            True,
            "",
            "",
            False,
            tags,
            context,
        )

    def _no_answer(self, connection: Connection) -> TransportError:
        if connection.used > 1:
            return TransportError(
                "closed_idle", "a kept-alive connection was closed before any byte of the answer"
            )
        return TransportError("closed", "the connection was closed before any byte of the answer")


def _proven(connection: Connection, begun: bytes) -> bytes:
    """Return the first bytes of an answer once they are those of HTTP/1, or all when the end came first.

    The parser reads RTSP, ICE, HTTP/0.9 and HTTP/2.0 too, and skips empty lines before the status line.

    Raises:
        TransportError: ``bad_response``, and what the connection raises.
    """
    while (start := begun.lstrip(b"\r\n"))[:7] != _START:
        if not _START.startswith(start) or len(begun) > _MAX_BYTES_BEFORE:
            raise TransportError("bad_response", f"an answer of HTTP/1 does not begin with {begun[:16]!r}")
        more = connection.receive()
        if not more:
            break
        begun += more
    return begun
