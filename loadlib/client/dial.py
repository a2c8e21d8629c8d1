"""Making a connection: the rules asked, then address, TCP, proxy, TLS, each with its time and its own errors.

The steps themselves are `resolver`, `tcp`, `tunnel` and `handshake`. Does not pool and does not send
requests.
"""

from collections.abc import Sequence
from time import perf_counter
from typing import Any, NamedTuple

from loadlib.client.connection import Connection
from loadlib.client.dial_limit import DialLimit
from loadlib.client.errors import TransportError
from loadlib.client.handshake import secured
from loadlib.client.network import NetworkOptions
from loadlib.client.options import ClientOptions
from loadlib.client.parsing import ResponseReader
from loadlib.client.proxies import Proxy
from loadlib.client.resolver import Address, shared_resolver
from loadlib.client.tcp import connect
from loadlib.client.tunnel import open_tunnel
from loadlib.client.url import Origin


class Dialled(NamedTuple):
    """A new connection and what TCP (with a proxy's CONNECT) and TLS took."""

    connection: Connection
    connecting_s: float
    tls_s: float


class Opened(NamedTuple):
    """A connected gevent socket, with TLS where the origin is https, and what its steps took.

    ``alpn`` is the protocol that TLS agreed on, empty for none.
    """

    sock: Any
    connecting_s: float
    tls_s: float
    alpn: str


def dial(origin: Origin, options: ClientOptions, deadline_s: float) -> Dialled:
    """Connect to ``origin``, for requests.

    Raises:
        TransportError: as `open_socket`.
    """
    return http_connection(open_socket(origin, options, deadline_s), origin, options)


def http_connection(opened: Opened, origin: Origin, options: ClientOptions) -> Dialled:
    """Return a connected socket as an HTTP/1.1 connection."""
    try:
        reader = ResponseReader(options.max_response_bytes, options.max_header_bytes)
        connection = Connection(opened.sock, reader, origin.scheme == "https")
    except BaseException:
        opened.sock.close()
        raise
    connection.reusable = not options.no_connection_reuse
    return Dialled(connection, opened.connecting_s, opened.tls_s)


def open_socket(
    origin: Origin,
    options: NetworkOptions,
    deadline_s: float,
    alpn: Sequence[str] = (),
    *,
    tunnelled: bool = False,
) -> Opened:
    """Connect to ``origin``, through its proxy if it has one, and shake hands where it is https.

    ``alpn`` names the protocols that TLS is to offer, HTTP/1.1 alone when empty. ``tunnelled`` asks the proxy
    for a tunnel without TLS too, which plain requests do not need.

    Raises:
        TransportError: ``blocked_host``, ``blocked_address``, ``dns``, ``connect_refused``,
            ``connect_timeout``, ``connect``, ``proxy``, ``tls_verify``, ``tls``, or ``timeout`` when the
            request's deadline is the earlier limit.
    """
    limit = DialLimit(options.connect_timeout_s, deadline_s)
    options.rules.refuse_host(origin.host)
    proxy = options.proxies.proxy_for(origin) if options.proxies is not None else None
    addresses = _addresses(origin if proxy is None else proxy.origin, options, limit, proxy)
    started = perf_counter()
    sock = _connected(addresses, options, limit, proxy)
    try:
        secure = origin.scheme == "https"
        if proxy is not None and (secure or tunnelled):
            open_tunnel(sock, origin, proxy, limit)
        connected = perf_counter()
        if not secure:
            return Opened(sock, connected - started, 0.0, "")
        sock = secured(sock, origin, options, limit, alpn)
        agreed = sock.selected_alpn_protocol() or ""
        return Opened(sock, connected - started, perf_counter() - connected, agreed)
    except BaseException:
        sock.close()
        raise


def _addresses(
    origin: Origin, options: NetworkOptions, limit: DialLimit, proxy: Proxy | None
) -> Sequence[Address]:
    host, port = options.rules.led(origin.host, origin.port)
    try:
        found = shared_resolver().resolve(host, port, options.dns, limit)
    except TransportError as error:
        raise _of_proxy(error, proxy) from None
    return options.rules.allowed(found)


def _connected(
    addresses: Sequence[Address], options: NetworkOptions, limit: DialLimit, proxy: Proxy | None
) -> Any:
    try:
        return connect(addresses, limit, options.local_address)
    except TransportError as error:
        raise _of_proxy(error, proxy) from None


def _of_proxy(error: TransportError, proxy: Proxy | None) -> TransportError:
    """Lay a failure at the proxy's door, unless time ran out, which says so itself."""
    if proxy is None or error.kind not in ("dns", "connect", "connect_refused"):
        return error
    return TransportError("proxy", f"proxy {proxy.origin.netloc}: {error.message}")
