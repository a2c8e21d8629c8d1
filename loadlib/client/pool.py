"""The connections of one client to one origin: the last used is reused first, their number is limited.

Does not decide whether an answer allows reuse and never repeats a request.
"""

import sys
from collections import deque
from time import perf_counter
from typing import Any

from loadlib.client.connection import Connection
from loadlib.client.dial import Dialled, dial
from loadlib.client.errors import TransportError
from loadlib.client.eventloop import Event
from loadlib.client.options import ClientOptions
from loadlib.client.url import Origin


class HostPool:
    """Connections to one origin; every one handed out comes back through `release`, closed or not."""

    def __init__(self, origin: Origin, options: ClientOptions) -> None:
        self._origin = origin
        self._options = options
        self._max_idle_s = options.max_idle_s
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._dialling = 0
        self._queue: deque[Any] = deque()
        self.dialled = 0

    def take_idle(self, now_s: float) -> Connection | None:
        """Return a live idle connection if there is one; dead ones met on the way are dropped."""
        while self._idle:
            connection = self._idle.pop()
            if connection.alive(now_s, self._max_idle_s):
                self._busy.add(connection)
                return connection
            connection.close()
        return None

    def acquire(self, deadline_s: float) -> Dialled:
        """Return a connection: a new one, or, at the limit, the first to come free.

        Raises:
            TransportError: of `dial`, or ``timeout`` while waiting.
        """
        while True:
            idle = self.take_idle(perf_counter())
            if idle is not None:
                return Dialled(idle, 0.0, 0.0)
            if len(self._busy) + self._dialling < self._options.max_connections_per_host:
                return self._dial(deadline_s)
            self._wait(deadline_s)

    def release(self, connection: Connection, now_s: float) -> None:
        """Take a connection back; one that is not closed becomes reusable."""
        self._busy.discard(connection)
        if not connection.closed:
            connection.rest(now_s)
        if not connection.closed:
            self._idle.append(connection)
        if self._queue:
            self._queue.popleft().set()

    def close_idle(self) -> None:
        """Close the connections that no request is using."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.close()

    def close(self) -> None:
        """Close every connection, used ones as well."""
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()

    def _dial(self, deadline_s: float) -> Dialled:
        self._dialling += 1
        try:
            dialled = dial(self._origin, self._options, deadline_s)
        except BaseException:
            self._pass_on()
            raise
        finally:
            self._dialling -= 1
        self.dialled += 1
        self._busy.add(dialled.connection)
        return dialled

    def _wait(self, deadline_s: float) -> None:
        free = Event()
        self._queue.append(free)
        try:
            if not free.wait(max(0.0, deadline_s - perf_counter())):
                raise TransportError("timeout", "no connection of the pool came free in time")
        except BaseException:
            self._leave(free)
            raise

    def _leave(self, free: Any) -> None:
        """Stop waiting, and pass on the turn that may just have been given."""
        if free in self._queue:
            self._queue.remove(free)
        else:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._queue:
            self._queue.popleft().set()
