"""TCP connections: addresses tried in turn until one accepts, each with its share of the time.

Each address may take an equal share of the time that is left, so that one that never answers does not use it
up: the first of two takes half of it, the last all that remains. Does not resolve names and knows no TLS.
"""

import errno
import socket
import sys
from collections.abc import Sequence
from typing import Any, Final

from loadlib.client.dial_limit import DialLimit
from loadlib.client.errors import TransportError
from loadlib.client.eventloop import gevent_socket
from loadlib.client.resolver import Address

_LATE_PORT: Final = 24 if sys.platform == "linux" else None
"""Linux's IP_BIND_ADDRESS_NO_PORT: the port is chosen when connecting, and free for that peer is enough."""


def connect(addresses: Sequence[Address], limit: DialLimit, local_address: str | None = None) -> Any:
    """Return a gevent socket connected to the first address that accepts, from ``local_address`` if given.

    Raises:
        TransportError: ``connect_refused``, ``connect``, or the limit's own kind.
    """
    usable = _of_family(addresses, local_address)
    last = TransportError("connect", "the name has no usable address")
    for tried, address in enumerate(usable):
        share_s = limit.left_s() / (len(usable) - tried)
        try:
            return _connect_one(address, share_s, local_address)
        except TimeoutError:
            last = limit.passed()
        except OSError as error:
            kind = "connect_refused" if error.errno == errno.ECONNREFUSED else "connect"
            last = TransportError(kind, f"{address.host}:{address.place[1]}: {error.strerror or error}")
    raise last


def _of_family(addresses: Sequence[Address], local_address: str | None) -> Sequence[Address]:
    if local_address is None:
        return addresses
    family = socket.AF_INET6 if ":" in local_address else socket.AF_INET
    usable = [one for one in addresses if one.family == family]
    if not usable:
        raise TransportError("connect", f"no address of the family of the local address {local_address}")
    return usable


def _connect_one(address: Address, timeout_s: float, local_address: str | None) -> Any:
    sock = gevent_socket.socket(address.family, socket.SOCK_STREAM)
    try:
        if local_address is not None:
            _come_from(sock, local_address)
        sock.settimeout(timeout_s)
        sock.connect(address.place)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _come_from(sock: Any, local_address: str) -> None:
    try:
        if _LATE_PORT is not None:
            sock.setsockopt(socket.IPPROTO_IP, _LATE_PORT, 1)
        sock.bind((local_address, 0))
    except OSError as error:
        raise OSError(error.errno, f"local address {local_address}: {error.strerror or error}") from None
