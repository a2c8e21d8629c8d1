"""Making a connection: names to addresses, TCP, TLS, each with its time and its own name for what went wrong.

Addresses are tried in the resolver's order until one accepts. Each may take an equal share of the time that
is left, so that one that never answers does not use it up: the first of two takes half of it, the last all
that remains. Does not pool and does not send requests.
"""

import errno
import socket
import ssl
from time import perf_counter
from typing import Any, NamedTuple

from loadlib.client.connection import Connection
from loadlib.client.errors import TransportError
from loadlib.client.eventloop import Timeout, gevent_socket
from loadlib.client.options import ClientOptions
from loadlib.client.parsing import ResponseReader
from loadlib.client.tls import tls_context
from loadlib.client.url import Origin

_REFUSED = errno.ECONNREFUSED


class Opened(NamedTuple):
    """A new gevent socket, TLS or plain, and what TCP and TLS took; whoever gets it closes it."""

    sock: Any
    connecting_s: float
    tls_s: float


class Dialled(NamedTuple):
    """A new connection and what TCP and TLS took."""

    connection: Connection
    connecting_s: float
    tls_s: float


class _Limit:
    """The earlier of the dial's own timeout and the request's deadline, and which of them it is."""

    def __init__(self, connect_timeout_s: float, deadline_s: float) -> None:
        own = perf_counter() + connect_timeout_s
        self.kind = "connect_timeout" if own <= deadline_s else "timeout"
        self._at_s = min(own, deadline_s)

    def left_s(self) -> float:
        """Return the seconds left, raising when there are none."""
        left = self._at_s - perf_counter()
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> TransportError:
        return TransportError(self.kind, "no connection in time")


def dial(origin: Origin, options: ClientOptions, deadline_s: float) -> Dialled:
    """Connect to ``origin`` for HTTP/1.1 requests.

    Raises:
        TransportError: of `open_socket`.
    """
    opened = open_socket(origin, options, deadline_s)
    try:
        reader = ResponseReader(options.max_response_bytes, options.max_header_bytes)
        connection = Connection(opened.sock, reader, origin.scheme == "https")
    except BaseException:
        opened.sock.close()
        raise
    return Dialled(connection, opened.connecting_s, opened.tls_s)


def open_socket(origin: Origin, options: ClientOptions, deadline_s: float) -> Opened:
    """Connect to ``origin``, with TLS for https, whatever is spoken there afterwards.

    Raises:
        TransportError: ``dns``, ``connect_refused``, ``connect_timeout``, ``connect``, ``tls_verify``,
            ``tls``, or ``timeout`` when the request's deadline is the earlier limit.
    """
    limit = _Limit(options.connect_timeout_s, deadline_s)
    addresses = _resolve(origin, limit)
    started = perf_counter()
    sock = _connect(addresses, limit)
    try:
        connected = perf_counter()
        secure = origin.scheme == "https"
        if secure:
            sock = _handshake(sock, origin.host, options, limit)
    except BaseException:
        sock.close()
        raise
    return Opened(sock, connected - started, perf_counter() - connected if secure else 0.0)


def _resolve(origin: Origin, limit: _Limit) -> list[Any]:
    """Return `getaddrinfo` entries; an address is its own entry, without the resolver's threads."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, origin.host)
        except (OSError, ValueError):
            continue
        return [(family, socket.SOCK_STREAM, 0, "", (origin.host, origin.port))]
    return _look_up(origin, limit)


def _look_up(origin: Origin, limit: _Limit) -> list[Any]:
    timeout = Timeout(limit.left_s())
    timeout.start()
    try:
        found: list[Any] = gevent_socket.getaddrinfo(origin.host, origin.port, 0, socket.SOCK_STREAM)
    except Timeout as fired:
        if fired is not timeout:
            raise
        raise limit.passed() from None
    except (OSError, UnicodeError) as error:
        raise TransportError("dns", f"{origin.host}: {getattr(error, 'strerror', None) or error}") from None
    finally:
        timeout.close()
    return found


def _connect(addresses: list[Any], limit: _Limit) -> Any:
    last = TransportError("connect", "the name has no usable address")
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        share_s = limit.left_s() / (len(addresses) - tried)
        try:
            return _connect_one(family, kind, protocol, address, share_s)
        except TimeoutError:
            last = limit.passed()
        except OSError as error:
            kind_of_error = "connect_refused" if error.errno == _REFUSED else "connect"
            last = TransportError(kind_of_error, f"{address[0]}:{address[1]}: {error.strerror or error}")
    raise last


def _connect_one(family: int, kind: int, protocol: int, address: Any, timeout_s: float) -> Any:
    sock = gevent_socket.socket(family, kind, protocol)
    try:
        sock.settimeout(timeout_s)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _handshake(sock: Any, host: str, options: ClientOptions, limit: _Limit) -> Any:
    context = tls_context(options.verify_tls, options.ca_file)
    secured = None
    try:
        sock.settimeout(limit.left_s())
        secured = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        secured.do_handshake()
    except BaseException as error:
        if secured is not None:
            secured.close()
        raise _named(error, host, limit) from None
    return secured


def _named(error: BaseException, host: str, limit: _Limit) -> BaseException:
    if isinstance(error, ssl.SSLCertVerificationError):
        return TransportError("tls_verify", f"{host}: {error.verify_message}")
    if isinstance(error, TimeoutError):
        return limit.passed()
    if isinstance(error, OSError):
        return TransportError("tls", f"{host}: {getattr(error, 'reason', None) or error.strerror or error}")
    return error
