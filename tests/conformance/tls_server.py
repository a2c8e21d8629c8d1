"""A TLS server that reads one request and answers as it is told, on loopback, and what reached it.

Makes no certificates (`certificates`) and judges nothing.
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gevent import ssl as gevent_ssl

from tests.unit.client.support import OK, Peer, Server, serving


@dataclass
class Seen:
    """What reached a TLS server: decrypted bytes, and whether a connection came to its end."""

    data: bytes = b""
    over: int = 0
    errors: list[str] = field(default_factory=list)


def server_context(certificate: tuple[str, str], **wishes: Any) -> Any:
    """Return a server's context that takes what no client should: any version, any key, unless told."""
    context = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(wishes.pop("ciphers", "DEFAULT:@SECLEVEL=0"))
    context.load_cert_chain(*certificate)
    for name, value in wishes.items():
        setattr(context, name, value)
    return context


@contextmanager
def tls_server(context: Any, answer: Callable[[Any], None] | None = None) -> Iterator[tuple[Server, Seen]]:
    """Run a TLS server that reads one request and answers, by default with a plain 200."""
    seen = Seen()

    def handle(peer: Peer) -> None:
        try:
            sock = context.wrap_socket(peer.sock, server_side=True)
            peer.sock = sock
            seen.data += sock.recv(65536)
            if seen.data:
                (answer or (lambda sock: sock.sendall(OK)))(sock)
        except OSError as error:
            seen.errors.append(str(error))
        finally:
            peer.sock.close()
            seen.over += 1

    with serving(handle) as server:
        server.scheme = "https"
        yield server, seen
