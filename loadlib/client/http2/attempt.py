"""One request of a client that may speak HTTP/2: the phases of its own stream, or HTTP/1.1's where agreed.

Blocked ends when the stream can be opened; sending lasts until the socket has taken the request; waiting and
receiving go by the arrival of the stream's own frames, whoever else shares the connection.
"""

from functools import lru_cache
from time import perf_counter
from typing import Any

from loadlib.client.attempt import Attempt
from loadlib.client.call import merge_tags
from loadlib.client.channel import Answer, Channel
from loadlib.client.http2.connection import Http2Connection
from loadlib.client.http2.exchange import Exchange
from loadlib.client.http2.negotiation import NegotiatedPool
from loadlib.client.plan import Plan
from loadlib.client.sample import HttpSample, Tags
from loadlib.client.version import HTTP_1_1, HTTP_2

_CACHED_TAGS = 1024


class NegotiatedAttempt(Attempt):
    """The stamps of one request, in the version that its origin speaks.

    Attributes:
        http_version: empty until there is a connection.
    """

    __slots__ = ("_exchange", "_negotiated", "http_version")

    def __init__(self, plan: Plan, pool: NegotiatedPool) -> None:
        super().__init__(plan, pool)
        self._negotiated = pool
        self._exchange: Exchange | None = None
        self.http_version = ""

    def open(self, payload: bytes, deadline_s: float, limited: bool = True) -> Channel:
        """Get a connection and write the request, as a stream of its own where that is what is spoken.

        Raises:
            TransportError: no connection, or the request could not be written.
        """
        if self._negotiated.speaks_http_1:
            self.http_version = HTTP_1_1
            return super().open(payload, deadline_s, limited)
        acquired = self._negotiated.acquire_either(deadline_s)
        connection, self.connecting_s, self.tls_s = acquired
        if isinstance(connection, Http2Connection):
            self.http_version = HTTP_2
            return self._open_stream(connection, payload, deadline_s, limited)
        self.http_version = HTTP_1_1
        self._negotiated.release(connection, perf_counter())
        return super().open(payload, deadline_s, limited)

    def read(self) -> None:
        """Wait until more of the answer has come.

        Raises:
            TransportError: there will be no more.
        """
        exchange = self._exchange
        if exchange is None:
            super().read()
            return
        try:
            exchange.receive()
        finally:
            self._take_stamps(exchange)

    def run(self, payload: bytes, deadline_s: float) -> Answer:
        """Do the whole exchange and return the answer.

        Raises:
            TransportError: there is no complete answer.
        """
        reader = self.open(payload, deadline_s).reader
        while not reader.complete:
            self.read()
        self.finish()
        return reader

    def finish(self) -> None:
        """Note the end and give up what is left of the request."""
        exchange = self._exchange
        if exchange is None:
            super().finish()
            return
        exchange.finish()
        self._take_stamps(exchange)
        self.ended_s = max(exchange.ended_s or perf_counter(), self.first_byte_s, self.sent_s)

    def sample(self, epoch_s: float, service: str, tags: Tags, context: dict[str, Any] | None) -> HttpSample:
        """Return the sample of a finished attempt, with the version as its tag ``proto``."""
        if self.http_version:
            tags = _with_version(tags, self.http_version)
        return super().sample(epoch_s, service, tags, context)

    def _open_stream(
        self, connection: Http2Connection, payload: bytes, deadline_s: float, limited: bool
    ) -> Exchange:
        plan, options = self.plan, self._negotiated.options
        head, _, body = payload.partition(b"\r\n\r\n")
        limit = options.max_response_bytes if limited else 0
        exchange = Exchange(connection, plan.head_only, limit, options.max_header_bytes)
        if not limited:
            exchange.hold_window(connection.give_back)
        exchange.set_deadline(deadline_s, "timeout")
        self._exchange = exchange
        self.ready_s = perf_counter()
        exchange.send(head, body)
        self.sent_s = perf_counter()
        return exchange

    def _take_stamps(self, exchange: Exchange) -> None:
        """Copy what the stream knows of itself. An answer ahead of its request's end begins at that end."""
        self.request_bytes = exchange.request_bytes
        self.response_bytes = exchange.response_bytes
        if exchange.first_byte_s and self.sent_s:
            self.first_byte_s = max(exchange.first_byte_s, self.sent_s)


@lru_cache(maxsize=_CACHED_TAGS)
def _with_version(tags: Tags, version: str) -> Tags:
    return merge_tags((("proto", version),), tags)
