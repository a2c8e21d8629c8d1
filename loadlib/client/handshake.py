"""The TLS handshake of a client on a connected socket, and names for what can go wrong in it.

Does not connect and does not make contexts (`tls`).
"""

import ssl
from typing import Any

from loadlib.client.dial_limit import DialLimit
from loadlib.client.errors import TransportError
from loadlib.client.network import NetworkOptions
from loadlib.client.tls import tls_context
from loadlib.client.url import Origin


def secured(sock: Any, origin: Origin, options: NetworkOptions, limit: DialLimit) -> Any:
    """Return ``sock`` with TLS on it, verified for the origin's own host wherever it is connected to.

    Raises:
        TransportError: ``tls_verify``, ``tls``, or the limit's own kind.
    """
    context = tls_context(options.verify_tls, options.ca_file, options.tls_wishes(origin))
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
