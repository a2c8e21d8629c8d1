"""The TLS handshake of a client on a connected socket, and names for what can go wrong in it.

Does not connect and does not make contexts (`tls`).
"""

import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from loadlib.client.dial_limit import DialLimit
from loadlib.client.errors import TransportError
from loadlib.client.network import NetworkOptions
from loadlib.client.tls import tls_context
from loadlib.client.url import Origin


def secured(
    sock: Any, origin: Origin, options: NetworkOptions, limit: DialLimit, alpn: Sequence[str] = ()
) -> Any:
    """Return ``sock`` with TLS on it, verified for the origin's own host wherever it is connected to.

    ``alpn`` names the protocols to offer, HTTP/1.1 alone when empty.

    Raises:
        TransportError: ``tls_verify``, ``tls``, or the limit's own kind.
    """
    wishes = options.tls_wishes(origin)
    if alpn:
        wishes = replace(wishes, alpn=tuple(alpn))
    context = tls_context(options.verify_tls, options.ca_file, wishes)
    secure = None
    try:
        sock.settimeout(limit.left_s())
        secure = context.wrap_socket(sock, server_hostname=origin.host, do_handshake_on_connect=False)
        secure.do_handshake()
    except BaseException as error:
        if secure is not None:
            secure.close()
        raise _named(error, origin.host, limit) from None
    return secure


def _named(error: BaseException, host: str, limit: DialLimit) -> BaseException:
    if isinstance(error, ssl.SSLCertVerificationError):
        return TransportError("tls_verify", f"{host}: {error.verify_message}")
    if isinstance(error, TimeoutError):
        return limit.passed()
    if isinstance(error, OSError):
        return TransportError("tls", f"{host}: {getattr(error, 'reason', None) or error.strerror or error}")
    return error
