"""A tunnel through an HTTP proxy (CONNECT, RFC 9110 section 9.3.6), for requests to https origins.

Does not connect to the proxy and knows no TLS.
"""

import re
from typing import Any, Final

from loadlib.client.dial_limit import DialLimit
from loadlib.client.errors import TransportError
from loadlib.client.proxies import Proxy
from loadlib.client.url import Origin

MAX_HEAD_BYTES: Final = 64 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})([^\r\n]*)")


def open_tunnel(sock: Any, origin: Origin, proxy: Proxy, limit: DialLimit) -> None:
    """Make ``sock``, connected to ``proxy``, a way to ``origin``.

    Raises:
        TransportError: ``proxy``: it refuses or does not speak HTTP; or the limit's own kind.
    """
    try:
        sock.settimeout(limit.left_s())
        sock.sendall(_request(origin, proxy))
        head = _head(sock, limit)
    except TimeoutError:
        raise limit.passed() from None
    except OSError as error:
        raise _failed(proxy, f"{error.strerror or error} during CONNECT") from None
    match = _STATUS.match(head)
    if match is None:
        raise _failed(proxy, "no HTTP answer to CONNECT" if head else "the connection ended during CONNECT")
    if not match[1].startswith(b"2"):
        raise _failed(proxy, f"CONNECT to {origin.netloc}: {(match[1] + match[2]).decode('latin-1')}")


def _request(origin: Origin, proxy: Proxy) -> bytes:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    lines = [f"CONNECT {host}:{origin.port} HTTP/1.1", f"Host: {host}:{origin.port}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _head(sock: Any, limit: DialLimit) -> bytes:
    """Read up to the empty line and no byte more: what follows belongs to the tunnel."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        sock.settimeout(limit.left_s())
        data = sock.recv(1)
        if not data or len(head) >= MAX_HEAD_BYTES:
            break
        head += data
    return bytes(head)


def _failed(proxy: Proxy, what: str) -> TransportError:
    return TransportError("proxy", f"proxy {proxy.origin.netloc}: {what}")
