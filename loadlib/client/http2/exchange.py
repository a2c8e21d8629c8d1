"""One request on a shared HTTP/2 connection, for one greenlet: send, then wait for the answer piece by piece.

The greenlet sleeps on its own stream only; the connection wakes it when something of that stream changed, and
at its own deadline. Does not read or write the socket (`connection`) and measures nothing (`attempt`).
"""

from typing import TYPE_CHECKING, Any, Final

from loadlib.client.errors import TransportError
from loadlib.client.eventloop import Waiter, get_hub, getcurrent
from loadlib.client.http2.stream import Http2Stream

if TYPE_CHECKING:
    from loadlib.client.http2.connection import Http2Connection

GATHERED_BYTES: Final = 64 * 1024
"""Frames of a request's body are handed to the socket in steps of this size."""
_LATE: Final = {
    "idle_timeout": "the stream was silent for longer than its idle timeout",
    "not_closed": "the stream stayed open for longer than it was given to close",
}


class Exchange(Http2Stream):
    """A stream with somebody waiting for it.

    Attributes:
        deadline_s: of `time.perf_counter`; a wait does not go on beyond it.
        waiting, expired: for the connection's timer.
        after_rest: the connection had served before and was doing nothing else when this began.
        began_s: when it was opened.
    """

    __slots__ = (
        "_connection",
        "_deadline_kind",
        "_hub",
        "_waiter",
        "after_rest",
        "began_s",
        "deadline_s",
        "expired",
        "waiting",
    )

    def __init__(
        self, connection: "Http2Connection", head_only: bool, body_limit: int, max_overhead: int
    ) -> None:
        super().__init__(head_only, body_limit, max_overhead)
        self._connection = connection
        self._hub: Any = get_hub()
        self._waiter: Any = Waiter(self._hub)
        self._deadline_kind = "timeout"
        self.deadline_s = self.began_s = 0.0
        self.waiting = self.expired = self.after_rest = False

    def set_deadline(self, deadline_s: float, kind: str) -> None:
        """Move the deadline; passing it ends the wait of the moment with a `TransportError` of ``kind``."""
        self.deadline_s = deadline_s
        self._deadline_kind = kind
        self.expired = False

    def send(self, head: bytes, body: bytes) -> None:
        """Open the stream and write the request, as fast as windows and socket take it.

        An answer that is complete before the request is ends it; the rest of the body is not sent then.

        Raises:
            TransportError: ``timeout``, or why the stream failed meanwhile.
        """
        connection = self._connection
        connection.open(self, head, not body)
        rest = memoryview(body)
        while rest and not self.ended:
            room = 0 if connection.clogged else connection.protocol.sendable(self)
            if room:
                connection.protocol.send_data(self, rest[:room], room >= len(rest))
                rest = rest[room:]
            if not room or len(connection.protocol.out) >= GATHERED_BYTES:
                connection.flush()
            if not room and not self.ended:
                self._wait()
        connection.flush()
        while connection.clogged and not self.ended:
            self._wait()
        self._check()

    def receive(self) -> None:
        """Wait until more of the answer has come, or its end.

        Raises:
            TransportError: ``timeout`` or the deadline's own kind, or why the stream failed.
        """
        before = self.response_bytes
        while self.response_bytes == before and not self.ended:
            self._wait()
        self._check()

    def finish(self) -> None:
        """Be done with the stream; one that is still open is cancelled."""
        self._connection.finish(self)

    def wake(self) -> None:
        """Let the greenlet that waits look again."""
        if not self.waiting:
            return
        self.waiting = False
        if getcurrent() is self._hub:
            self._waiter.switch(None)
        else:
            self._hub.loop.run_callback(self._waiter.switch, None)

    def cut_off(self, error: TransportError | None, goaway: str) -> TransportError:
        """Return what the end of the connection is to this request.

        Args:
            error: why the connection ended, None for its plain end.
            goaway: what the server said before, empty when it said nothing.
        """
        if error is not None and error.kind != "reset":
            return TransportError(error.kind, error.message)
        text = "the connection ended" if error is None else error.message
        if self.response_bytes:
            where = f"after {self.body_bytes} bytes of the body{goaway and f', after {goaway}'}"
            return TransportError("truncated" if error is None else "reset", f"{text} {where}")
        if goaway:
            return TransportError("http2_goaway", f"{goaway}, and then no answer: {text}")
        if self.after_rest:
            return TransportError("closed_idle", f"{text}, on a connection that had been idle")
        return TransportError("closed" if error is None else "reset", f"{text} before any byte of the answer")

    def _wait(self) -> None:
        self._connection.deadlines.expect(self.deadline_s)
        self.waiting = True
        try:
            self._waiter.get()
        finally:
            self.waiting = False
            self._waiter.clear()
        if self.expired and not self.ended:
            raise TransportError(self._deadline_kind, self._late())

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _late(self) -> str:
        text = "the answer was not complete in time" if self.head_complete else "no answer in time"
        return _LATE.get(self._deadline_kind, text)
