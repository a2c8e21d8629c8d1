"""TLS contexts, one per way of verifying in the whole process.

A context of its own, with the CA bundle loaded, would cost every user 27 ms and 870 KB.
Does not connect (`dial`). Contexts are gevent's own class, so they work without monkey patching.
"""

import ssl
from functools import lru_cache
from typing import Any

from loadlib.client.eventloop import gevent_ssl
from loadlib.errors import ConfigurationError


@lru_cache(maxsize=32)
def tls_context(verify: bool, ca_file: str | None) -> Any:
    """Return the shared client context: TLS 1.2 or newer, HTTP/1.1, host names verified unless told not to.

    Raises:
        ConfigurationError: ``ca_file`` cannot be read or holds no certificate.
    """
    context = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is None:
        context.load_default_certs()
    else:
        _load(context, ca_file)
    return context


def _load(context: Any, ca_file: str) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"ca_file {ca_file}: {error.strerror or error}") from None
