"""The one HTTP/2 connection of a client to an origin: dialled once, shared, replaced when it is of no use.

Requests that arrive while it is being dialled wait for that dial and share its failure. A connection that
takes no new streams is left to those it has. Does not send requests.
"""

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

from loadlib.client.errors import TransportError
from loadlib.client.eventloop import Event
from loadlib.client.http2.connection import Http2Connection


class Acquired(NamedTuple):
    """A connection with room for a stream, and what TCP and TLS took if it is new."""

    connection: Http2Connection
    connecting_s: float
    tls_s: float


Dial = Callable[[float], Acquired | None]


class _Dialling:
    """A dial under way: an event for those who wait, and the failure they share."""

    def __init__(self) -> None:
        self.done: Any = Event()
        self.error: TransportError | None = None


class Http2Pool:
    """Connections to one origin, of which the last one dialled takes new streams.

    Args:
        dial: makes a connection before a deadline; None says that the server does not speak HTTP/2.
        max_idle_s: a connection idle for longer is replaced; 0 sets no limit.
        shared: false makes every request dial for itself.

    Attributes:
        declined: the server does not speak HTTP/2; known after the first dial.
    """

    def __init__(self, dial: Dial, max_idle_s: float, shared: bool) -> None:
        self._dial = dial
        self._max_idle_s = max_idle_s
        self._is_shared = shared
        self._current: Http2Connection | None = None
        self._retired: set[Http2Connection] = set()
        self._dialling: _Dialling | None = None
        self.declined = False

    def acquire(self, deadline_s: float) -> Acquired | None:
        """Return a connection on which a stream can be opened at once, None when the server declined.

        Raises:
            TransportError: of the dial, or ``timeout`` while waiting.
        """
        while not self.declined:
            connection = self._usable()
            if connection is None:
                if self._dialling is None:
                    return self._dial_for_all(deadline_s)
                self._await(self._dialling, deadline_s)
            elif connection.protocol.has_room:
                return Acquired(connection, 0.0, 0.0)
            else:
                connection.wait_for_room(deadline_s)
        return None

    def close_idle(self) -> None:
        """Close the connection unless a request is using it."""
        if self._current is not None and not self._current.protocol.streams:
            self._current.close()

    def close(self) -> None:
        """Close every connection, used ones as well."""
        for connection in [*self._retired, *([self._current] if self._current else [])]:
            connection.close()
        self._retired.clear()
        self._current = None

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.close()

    def _usable(self) -> Http2Connection | None:
        connection = self._current
        if connection is None or connection.usable(perf_counter(), self._max_idle_s):
            return connection
        self._current = None
        connection.retire()
        self._keep_until_closed(connection)
        return None

    def _keep_until_closed(self, connection: Http2Connection) -> None:
        self._retired = {one for one in self._retired if not one.closed}
        if not connection.closed:
            self._retired.add(connection)

    def _dial_for_all(self, deadline_s: float) -> Acquired | None:
        dialling = _Dialling()
        if self._is_shared:
            self._dialling = dialling
        try:
            acquired = self._dial(deadline_s)
        except TransportError as error:
            if error.kind != "timeout":
                dialling.error = error
            raise
        finally:
            self._dialling = None
            dialling.done.set()
        if acquired is None:
            self.declined = True
        elif self._is_shared:
            self._current = acquired.connection
        else:
            self._keep_until_closed(acquired.connection)
        return acquired

    def _await(self, dialling: _Dialling, deadline_s: float) -> None:
        if not dialling.done.wait(max(0.0, deadline_s - perf_counter())):
            raise TransportError("timeout", "no connection in time")
        if dialling.error is not None:
            raise TransportError(dialling.error.kind, dialling.error.message)
