"""How the requests of a client reach the network: the pools and attempts for the version of HTTP it speaks.

Chosen once for a client. HTTP/2's parts are imported only for one that asks for them.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from loadlib.client.attempt import Attempt
from loadlib.client.options import ClientOptions
from loadlib.client.plan import Plan
from loadlib.client.pool import HostPool
from loadlib.client.url import Origin
from loadlib.client.version import HttpVersion


class Transport(NamedTuple):
    """Makers of what a client's requests need."""

    pool: Callable[[Origin, ClientOptions], HostPool]
    attempt: Callable[[Plan, Any], Attempt]


HTTP_1_ONLY: Final = Transport(HostPool, Attempt)


def transport_for(version: HttpVersion) -> Transport:
    """Return the makers for an ``http_version``."""
    if version == "1.1":
        return HTTP_1_ONLY
    from loadlib.client.http2.attempt import NegotiatedAttempt  # noqa: PLC0415 - needs the extra http2
    from loadlib.client.http2.negotiation import NegotiatedPool  # noqa: PLC0415 - needs the extra http2

    return Transport(NegotiatedPool, NegotiatedAttempt)
