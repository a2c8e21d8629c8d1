"""One socket of a user at the realtime gateway: connected when the gateway says so, watched until its end.

A greenlet of its own receives for as long as the socket is open; it answers the gateway's pings and hands
events on. What the events mean, and when to connect again, is for its owner (`realtime`).
"""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

import gevent

from loadlib.client.errors import TransportError
from loadlib.client.url import parse_url
from loadlib.client.websocket import Arrival, WebSocket
from loadlib.client.websocket_attempt import HandshakeError
from loadlib.protocols import realtime
from loadlib.protocols.failures import Failure
from loadlib.protocols.socketio_client import QUERY, Ended, Event, SocketIoClient
from loadlib.settings import Settings
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import THROTTLED
from loadlib.users.websockets import MeasuredSocket, WebSockets

NAME: Final = "/socket.io/"
ENDPOINT: Final = f"WS api:{NAME}"

_log: Final = logging.getLogger("loadlib")

OnEvent = Callable[[Event, float], None]
"""Takes an event and the moment its bytes came, in the socket's own greenlet."""


def origin_header(settings: Settings) -> dict[str, str]:
    """Return the Origin that a browser would send: the web application's, where anybody said which that is.

    A gateway in production admits no connection without one that it knows; elsewhere one may be left out.
    """
    if settings.origin("web_url") == "default":
        return {}
    return {"Origin": str(parse_url(settings.web_url).origin)}


class RealtimeSocket:
    """One connection at a time to the gateway's namespace.

    Args:
        user: whose session it is.
        on_event: hears of every event but the first status.
        on_end: called when the connection ends without our doing.
    """

    def __init__(self, user: PlatformUser, on_event: OnEvent, on_end: Callable[[], None]) -> None:
        self._user = user
        self._on_event = on_event
        self._on_end = on_end
        self._sockets = WebSockets(
            user,
            user.runtime.service_urls()["realtime"],
            service="api",
            headers=origin_header(user.settings),
        )
        self._measured: MeasuredSocket | None = None
        self._protocol = SocketIoClient(realtime.NAMESPACE)
        self._reader: gevent.Greenlet[..., None] | None = None
        self._connected_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the gateway called it connected, and nothing has ended it since."""
        return self._measured is not None

    def connect(self) -> bool:
        """Open the connection and wait for the gateway's word; tell whether it is connected."""
        started_s = perf_counter()
        token = self._user.identity.session_token()
        protocol = self._protocol = SocketIoClient(realtime.NAMESPACE, realtime.auth(token))
        try:
            self._measured = self._sockets.connect(
                "/", name=NAME, params=QUERY, judge=lambda socket: self._await_status(socket, protocol)
            )
        except HandshakeError as error:
            self._judge_attempt(error.kind)
            return False
        self._judge_attempt("")
        self._measure("realtime_connect_duration", self._connected_s - started_s)
        self._measure("realtime_disconnects", 0)
        self._reader = gevent.spawn(self._read, self._measured, protocol)
        return True

    def emit(self, event: str, payload: dict[str, Any]) -> bool:
        """Send an event and tell whether it was written; a connection that cannot write is over."""
        return self._try(lambda measured: measured.send(self._protocol.event(event, payload)))

    def ping(self) -> None:
        """Send a WebSocket ping; the time to its pong is ``ws_ping``."""
        self._try(MeasuredSocket.ping)

    def flush(self) -> None:
        """Record the messages so far."""
        if self._measured is not None:
            self._measured.flush()

    def close(self) -> None:
        """Leave the namespace and close; the session is recorded. Raises nothing."""
        measured, self._measured = self._measured, None
        if measured is None:
            return
        try:
            measured.send(self._protocol.goodbye())
        except TransportError:
            measured.ended()
        finally:
            measured.close()
            if self._reader is not None:
                self._reader.kill(block=False)

    def _judge_attempt(self, kind: str) -> None:
        """Record an attempt that failed with ``kind``, if any; being throttled (429) is no failure of it."""
        throttled = kind == THROTTLED
        self._measure("http_req_throttled", throttled)
        if not throttled:
            self._measure("realtime_failed", bool(kind))

    def _await_status(self, socket: WebSocket, protocol: SocketIoClient) -> Failure | None:
        """Judge a new connection: only the status event says whether it is of use."""
        deadline_s = perf_counter() + self._user.settings.timeout_s
        while True:
            try:
                arrival = socket.receive(max(0.0, deadline_s - perf_counter()), "timeout")
            except TransportError as error:
                if error.kind == "timeout":
                    return Failure("no_status", f"no {realtime.STATUS} in time")
                raise
            if arrival is None:
                return Failure("no_status", f"closed with {socket.close_code} before any {realtime.STATUS}")
            item = _fed(arrival, socket, protocol)
            if isinstance(item, Event) and item.name == realtime.STATUS:
                self._connected_s = arrival.at_s
                return realtime.refusal(item.args)
            if isinstance(item, Ended):
                return Failure("no_status", f"ended before any {realtime.STATUS}")
            if isinstance(item, Failure):
                return item

    def _read(self, measured: MeasuredSocket, protocol: SocketIoClient) -> None:
        """Receive until the connection ends; one that was given up meanwhile has been recorded.

        A bug in what hears of events ends it too: a connection that nobody reads must not look open.
        """
        try:
            failure = self._listen(measured, protocol)
        except TransportError as error:
            failure = Failure(error.kind, error.message)
        except Exception as error:
            _log.exception("%s: an event could not be taken", ENDPOINT)
            failure = Failure("exception", f"{type(error).__name__}: {error}")
        if self._measured is measured:
            self._lose(measured, failure)

    def _listen(self, measured: MeasuredSocket, protocol: SocketIoClient) -> Failure:
        """Hand events on until the connection ends; return how."""
        socket, session = measured.socket, protocol.session
        silence_s = session.silence_s if session is not None else self._user.settings.idle_timeout_s
        while (arrival := socket.receive(silence_s)) is not None:
            item = _fed(arrival, socket, protocol)
            if self._measured is not measured:
                continue
            if isinstance(item, Event):
                self._on_event(item, arrival.at_s)
            elif isinstance(item, Ended):
                return Failure("disconnected", "the gateway ended the connection")
            elif isinstance(item, Failure):
                return item
        return Failure("ws_closed", f"{socket.close_code} {socket.close_reason}".strip())

    def _lose(self, measured: MeasuredSocket, failure: Failure) -> None:
        """Record that a connection ended without our doing; whoever waits hears of it in any case."""
        self._measured = None
        try:
            measured.ended()
            self._measure("realtime_disconnects", 1, kind=failure.kind)
            self._user.runtime.recorder.fail(ENDPOINT, failure.kind, failure.detail)
        finally:
            self._on_end()

    def _try(self, action: Callable[[MeasuredSocket], None]) -> bool:
        measured = self._measured
        if measured is None:
            return False
        try:
            action(measured)
        except TransportError as error:
            if self._measured is measured:
                self._lose(measured, Failure(error.kind, error.message))
            return False
        return True

    def _measure(self, metric: str, value: float, **tags: object) -> None:
        self._user.measure(metric, value, endpoint=ENDPOINT, **tags)


def _fed(arrival: Arrival, socket: WebSocket, protocol: SocketIoClient) -> object:
    """Return what a message means, once what it asks for is sent back."""
    step = protocol.feed(arrival.data)
    if step.reply:
        socket.send(step.reply)
    return step.item
