"""The few parts of gevent the client stands on, with the types it needs; the only importer of gevent here.

Everything is taken from gevent by name, so the client works with and without monkey patching and importing
this starts nothing: the hub comes into being with the first request.
"""

import _socket
from collections.abc import Callable
from typing import Any, Final, Protocol

from gevent import GreenletExit, Timeout, get_hub, getcurrent, sleep
from gevent import socket as gevent_socket
from gevent import ssl as gevent_ssl
from gevent.event import Event
from gevent.hub import Waiter
from gevent.lock import Semaphore

__all__ = [
    "READ",
    "WRITE",
    "Event",
    "GreenSocket",
    "GreenletExit",
    "Semaphore",
    "Timeout",
    "Waiter",
    "Watcher",
    "bare_socket",
    "get_hub",
    "getcurrent",
    "gevent_socket",
    "gevent_ssl",
    "sleep",
]

READ: Final = 1
WRITE: Final = 2


class Watcher(Protocol):
    """A watcher of gevent's loop: a file descriptor becoming ready, or a time having passed."""

    def start(self, callback: Callable[..., object], *args: object) -> None: ...  # noqa: D102

    def stop(self) -> None: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102


class GreenSocket(Protocol):
    """What the client uses of a gevent socket, plain or TLS."""

    def send(self, data: Any) -> int: ...  # noqa: D102

    def recv(self, size: int, flags: int = 0) -> bytes: ...  # noqa: D102

    def fileno(self) -> int: ...  # noqa: D102

    def settimeout(self, seconds: float | None) -> None: ...  # noqa: D102

    def detach(self) -> int: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102


def bare_socket(sock: GreenSocket) -> GreenSocket:
    """Return a plain socket that never waits, in place of a gevent socket, which is of no further use.

    Who waits for readiness himself needs none of what gevent does around each call.
    """
    fileno = sock.detach()
    bare = _socket.socket(fileno=fileno)
    bare.setblocking(False)
    return bare
