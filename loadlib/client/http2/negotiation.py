"""Which version of HTTP an origin is spoken to in: asked for by name, or left to TLS to agree on (ALPN).

A pool of HTTP/1.1 connections with an HTTP/2 connection in front of it. Does not send requests.
"""

from loadlib.client.dial import Dialled, Opened, http_connection, open_socket
from loadlib.client.errors import TransportError
from loadlib.client.http2.connection import Http2Connection
from loadlib.client.http2.pool import Acquired, Http2Pool
from loadlib.client.options import ClientOptions
from loadlib.client.pool import HostPool
from loadlib.client.url import Origin
from loadlib.client.version import OFFERED


class NegotiatedPool(HostPool):
    """The connections of a client to one origin, for ``http_version`` "auto" and "2".

    Over TLS the server chooses. Over plain http "auto" is HTTP/1.1, and "2" is HTTP/2 by prior knowledge
    (RFC 9113 section 3.3).
    """

    def __init__(self, origin: Origin, options: ClientOptions) -> None:
        super().__init__(origin, options)
        self._required = options.http_version == "2"
        self._first: Dialled | None = None
        self._shared = Http2Pool(self._dial_shared, options.max_idle_s, not options.no_connection_reuse)
        self._shared.declined = origin.scheme == "http" and not self._required

    @property
    def options(self) -> ClientOptions:
        """The client's."""
        return self._options

    @property
    def speaks_http_1(self) -> bool:
        """It is settled that the origin is spoken to in HTTP/1.1."""
        return self._shared.declined and self._first is None

    def acquire_either(self, deadline_s: float) -> Acquired | Dialled:
        """Return a connection of the version that the origin speaks.

        Raises:
            TransportError: of the dial, ``timeout`` while waiting, or ``http2_refused``.
        """
        acquired = self._shared.acquire(deadline_s)
        if acquired is not None:
            return acquired
        first, self._first = self._first, None
        return first or self.acquire(deadline_s)

    def close_idle(self) -> None:
        """Close the connections that no request is using."""
        super().close_idle()
        self._shared.close_idle()

    def close(self) -> None:
        """Close every connection, used ones as well."""
        super().close()
        self._shared.close()

    def _dial_shared(self, deadline_s: float) -> Acquired | None:
        origin, options = self._origin, self._options
        self._refuse_proxy(origin, options)
        opened = open_socket(origin, options, deadline_s, OFFERED[options.http_version])
        self.dialled += 1
        try:
            if opened.alpn == "h2" or origin.scheme == "http":
                return self._http2(opened)
            if self._required:
                raise TransportError("http2_refused", f"{origin.netloc} chose {opened.alpn or 'no version'}")
            self._first = http_connection(opened, origin, options)
        except BaseException:
            opened.sock.close()
            raise
        self._busy.add(self._first.connection)
        return None

    def _http2(self, opened: Opened) -> Acquired:
        options, scheme = self._options, self._origin.scheme
        reused = not options.no_connection_reuse
        connection = Http2Connection(opened.sock, scheme, options.max_header_bytes, reused)
        return Acquired(connection, opened.connecting_s, opened.tls_s)

    @staticmethod
    def _refuse_proxy(origin: Origin, options: ClientOptions) -> None:
        """Refuse a proxy that forwards plain requests: it speaks HTTP/1.1. A tunnel for TLS is none."""
        if origin.scheme == "http" and options.proxies is not None and options.proxies.proxy_for(origin):
            raise TransportError("http2_refused", "a proxy stands before a plain http origin")
