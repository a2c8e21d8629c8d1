"""One connection: bytes out, bytes in, a deadline over both, and the news that the peer hung up.

Costs little because nothing is set up per request: the read watcher runs for the connection's whole life (so
a close that arrives while idle is seen by the event loop, without a system call before each reuse), and the
deadline is a number that a seldom-firing timer looks at. It does not parse (`parsing`), dial (`dial`) or
pool.
"""

import socket
import ssl
from math import inf
from time import perf_counter
from typing import Any, Final

from loadlib.client.errors import TransportError, socket_error
from loadlib.client.eventloop import READ, WRITE, GreenSocket, Watcher, bare_socket, get_hub, getcurrent
from loadlib.client.parsing import ResponseReader

RECV_BYTES: Final = 64 * 1024
FIRST_RECV_BYTES: Final = 8 * 1024
"""Asked for until an answer fills it: a large buffer that stays empty costs as much as the parsing."""
PROBE_AFTER_IDLE_S: Final = 0.5
_HUNG_UP: Final = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_NOT_READY: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """An established connection, for one greenlet at a time: `begin`, `send`, `receive`, `rest` or `close`.

    Attributes:
        reader: parses what comes in.
        used: requests begun on it; the first one finds it new.
        closed: it is of no further use.
        reusable: false after an event that forbids another request, whatever the answer says.
    """

    def __init__(self, sock: GreenSocket, reader: ResponseReader, secure: bool) -> None:
        sock.settimeout(0.0)
        if secure:
            sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]
        self.reader = reader
        self.used = 0
        self.closed = False
        self.reusable = True
        self._sock = sock if secure else bare_socket(sock)
        self._secure = secure
        self._hub: Any = get_hub()
        self._waiting: Any = None
        self._lagging = False
        self._recv_bytes = FIRST_RECV_BYTES
        self._resting_since_s: float | None = None
        self._deadline_s = inf
        self._deadline_kind = "timeout"
        self._expired = False
        self._timer: Watcher | None = None
        self._timer_due_s = inf
        self._watcher: Watcher = self._hub.loop.io(self._sock.fileno(), READ)
        self._watcher.start(self._on_readable)
        self._watching = True

    def begin(self, deadline_s: float) -> None:
        """Take the connection for a request that must end by ``deadline_s`` (of `time.perf_counter`)."""
        self.used += 1
        self._expired = False
        self._resting_since_s = None
        self._deadline_s = deadline_s
        self._deadline_kind = "timeout"
        if deadline_s < self._timer_due_s:
            self._arm()

    def set_deadline(self, deadline_s: float, kind: str) -> None:
        """Move the deadline; passing it ends the wait of the moment with a `TransportError` of ``kind``."""
        self._deadline_s = deadline_s
        self._deadline_kind = kind
        if deadline_s < self._timer_due_s:
            self._arm()

    def rest(self, now_s: float) -> None:
        """Give the connection back, to be reused."""
        self._deadline_s = inf
        self._resting_since_s = now_s
        if self._lagging:
            self._watch_again()

    def alive(self, now_s: float, max_idle_s: float) -> bool:
        """Tell whether a resting connection can take a request.

        What the event loop has seen is known for nothing. A connection that rested long enough for a server's
        keep-alive timeout is also asked by one non-blocking read, for a close the loop has not come to yet.
        """
        if self.closed or self._resting_since_s is None:
            return False
        idle_s = now_s - self._resting_since_s
        if max_idle_s and idle_s > max_idle_s:
            return False
        return idle_s < PROBE_AFTER_IDLE_S or self._is_silent()

    def send(self, payload: bytes) -> None:
        """Write all of ``payload``. A peer that stops reading may still have answered: see `receive`.

        Raises:
            TransportError: ``timeout``, ``tls``.
        """
        try:
            sent = self._sock.send(payload)
            if sent != len(payload):
                self._send_rest(memoryview(payload)[sent:])
        except _NOT_READY:
            self._send_rest(memoryview(payload))
        except _HUNG_UP:
            self.reusable = False
        except OSError as error:
            raise socket_error(error, "sending the request") from None

    def receive(self) -> bytes:
        """Wait for bytes and return them, empty at the end of the connection.

        Raises:
            TransportError: ``timeout``, ``idle_timeout``, ``not_closed``, ``reset``, ``tls``.
        """
        sock = self._sock
        while True:
            if not self._secure or not sock.pending():  # type: ignore[attr-defined]
                if not self._watching and not self.closed:
                    self._watching = True
                    self._watcher.start(self._on_readable)
                self._suspend()
            try:
                data = sock.recv(self._recv_bytes)
            except _NOT_READY:
                continue
            except ssl.SSLEOFError:
                self.reader.cut = True
                return b""
            except OSError as error:
                raise socket_error(error, "waiting for the answer") from None
            if len(data) == FIRST_RECV_BYTES:
                self._recv_bytes = RECV_BYTES
            return data

    def close(self) -> None:
        """Close the connection; a greenlet that waits on it gets ``interrupted``. Idempotent."""
        if self.closed:
            return
        self.closed = True
        self._watcher.stop()
        self._watcher.close()
        if self._timer is not None:
            self._timer.close()
            self._timer = None
        if self._waiting is not None:
            self._hub.loop.run_callback(self._wake)
        self._sock.close()
        self.reader.release()

    def _watch_again(self) -> None:
        """Catch up with the kernel: bytes came while nobody waited, and the end may have come behind them."""
        self._lagging = False
        if not self._is_silent():
            self.close()
        elif not self._watching:
            self._watching = True
            self._watcher.start(self._on_readable)

    def _suspend(self) -> None:
        if not self._expired and not self.closed:
            self._waiting = getcurrent()
            try:
                self._hub.switch()
            finally:
                self._waiting = None
        if self._expired:
            raise TransportError(self._deadline_kind, self._late())
        if self.closed:
            raise TransportError("interrupted", "the client was closed during the request")

    def _send_rest(self, rest: memoryview) -> None:
        """Write what did not fit the socket's buffer; an early answer must not keep the loop busy then."""
        if self._watching:
            self._watcher.stop()
            self._watching = False
            self._lagging = True
        watcher = self._hub.loop.io(self._sock.fileno(), WRITE)
        watcher.start(self._wake)
        try:
            while rest:
                self._suspend()
                try:
                    rest = rest[self._sock.send(rest) :]
                except _NOT_READY:
                    continue
        except _HUNG_UP:
            self.reusable = False
        except OSError as error:
            raise socket_error(error, "sending the request") from None
        finally:
            watcher.stop()
            watcher.close()

    def _wake(self) -> None:
        """Let the greenlet that waits look again; called in the hub."""
        if self._waiting is not None:
            self._waiting.switch()

    def _on_readable(self) -> None:
        if self._waiting is not None:
            self._waiting.switch()
        elif self._resting_since_s is not None:
            if not self._is_silent():
                self.close()
        else:
            self._watcher.stop()
            self._watching = False
            self._lagging = True

    def _is_silent(self) -> bool:
        """Read once without waiting: an end, an error and bytes nobody asked for rule the connection out."""
        try:
            if self._secure:
                self._sock.recv(1)
            else:
                self._sock.recv(1, socket.MSG_PEEK)
        except _NOT_READY:
            return True
        except OSError:
            return False
        return False

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.close()
        after_s = max(0.0, self._deadline_s - perf_counter())
        self._timer_due_s = self._deadline_s
        self._timer = self._hub.loop.timer(after_s, ref=False)
        self._timer.start(self._on_timer)

    def _on_timer(self) -> None:
        self._timer_due_s = inf
        if self._deadline_s == inf:
            return
        if perf_counter() < self._deadline_s:
            self._arm()
            return
        self._expired = True
        self._wake()

    def _late(self) -> str:
        if self._deadline_kind == "idle_timeout":
            return "the stream was silent for longer than its idle timeout"
        if self._deadline_kind == "not_closed":
            return "the stream stayed open for longer than it was given to close"
        return "the answer was not complete in time" if self.reader.head_complete else "no answer in time"
