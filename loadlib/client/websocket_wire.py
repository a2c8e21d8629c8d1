"""A socket in both directions at once: one greenlet receives, any number send, each wait has an end.

Knows bytes and deadlines, no frames. Unlike `connection`, which carries one exchange after the other, it lets
a send and a receive wait at the same time. Nothing runs while nobody waits.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from loadlib.client.errors import TransportError, socket_error
from loadlib.client.eventloop import Semaphore, Timeout, sleep

RECV_BYTES: Final = 16 * 1024
"""Taken at once: some thousands of the smallest messages, which are parsed before anybody else runs."""

_READS_IN_A_ROW: Final = 16


class Wire:
    """An established gevent socket, plain or TLS.

    Attributes:
        sent_bytes, received_bytes: so far, before TLS.
        closed: it is of no further use.
    """

    __slots__ = ("_reads", "_sock", "_turn", "closed", "received_bytes", "sent_bytes")

    def __init__(self, sock: Any) -> None:
        sock.settimeout(None)
        self._sock = sock
        self._turn: Any = Semaphore()
        self._reads = 0
        self.sent_bytes = 0
        self.received_bytes = 0
        self.closed = False

    def receive(self, deadline_s: float, kind: str) -> bytes:
        """Wait for bytes until ``deadline_s`` (of `time.perf_counter`); empty at the end of the connection.

        Bytes that are there already are taken without a wait, but other greenlets get their turn regularly: a
        peer that sends faster than it is read must not stop the generator.

        Raises:
            TransportError: ``kind`` when the deadline passed, ``reset``, ``tls``, ``interrupted`` when it was
                closed meanwhile.
        """
        self._reads += 1
        if self._reads % _READS_IN_A_ROW == 0:
            sleep(0)
        data: bytes = self._waiting(
            lambda: self._sock.recv(RECV_BYTES), deadline_s, kind, "waiting for a message"
        )
        self.received_bytes += len(data)
        return data

    def send(self, encode: Callable[[], bytes], deadline_s: float) -> None:
        """Write what ``encode`` returns, after whatever others are writing; it is called when its turn comes.

        A write that does not complete leaves half a frame behind, so the socket is closed then.

        Raises:
            TransportError: ``timeout``, ``reset``, ``tls``, ``ws_closed``.
        """
        if not self._turn.acquire(timeout=max(0.0, deadline_s - perf_counter())):
            raise TransportError("timeout", "earlier messages were not written in time")
        try:
            if self.closed:
                raise TransportError("ws_closed", "the WebSocket is closed already")
            self._write(encode(), deadline_s)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close the socket; greenlets that wait on it get ``interrupted``. Idempotent."""
        if not self.closed:
            self.closed = True
            self._sock.close()

    def _write(self, payload: bytes, deadline_s: float) -> None:
        try:
            self._waiting(lambda: self._sock.sendall(payload), deadline_s, "timeout", "sending a message")
        except BaseException:
            self.close()
            raise
        self.sent_bytes += len(payload)

    def _waiting(self, step: Callable[[], Any], deadline_s: float, kind: str, doing: str) -> Any:
        timeout = Timeout(max(0.0, deadline_s - perf_counter()))
        timeout.start()
        try:
            return step()
        except Timeout as fired:
            if fired is not timeout:
                raise
            raise TransportError(kind, f"too long {doing}") from None
        except OSError as error:
            if self.closed:
                raise TransportError("interrupted", f"closed while {doing}") from None
            raise socket_error(error, doing) from None
        finally:
            timeout.close()
