"""Loopback ports for tests. Does not open servers."""

import socket
from typing import Final

_kept: Final[list[socket.socket]] = []


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on, and that no other process is given meanwhile.

    A socket of this process stays bound to it until the end, so that the system hands it to no one that asks
    for any port, and no connection starts from it. It never listens: whoever binds the port by its number
    with ``SO_REUSEADDR``, as servers do, gets it. Let a server bind port 0 and read the port back wherever
    the server allows it, and use this only where a number is needed beforehand.
    """
    kept = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    _kept.append(kept)
    port: int = kept.getsockname()[1]
    return port
