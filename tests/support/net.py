"""Loopback ports for tests. Does not open servers."""

import socket


def free_port() -> int:
    """Return a TCP port that was free on 127.0.0.1 a moment ago.

    Another process may take it before the caller does: let a server bind port 0 and read the port back
    wherever the server allows it, and use this only where a number is needed beforehand.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
