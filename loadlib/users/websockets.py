"""A user's WebSockets, recorded: handshakes as requests, the rest as k6's ``ws_*`` metrics.

>>> class ChatUser(PlatformUser):
...     def on_start(self):
...         self.sockets = WebSockets(self, "wss://chat.example.com")
...
...     @task
...     def say_hello(self):
...         with self.sockets.connect("/rooms/1") as socket:
...             socket.send("hello")
...             reply = socket.receive(5)

A socket that is still open when its user stops is closed then. What is said on them is for others to judge.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from loadlib.client.errors import TransportError
from loadlib.client.websocket import Arrival, WebSocket
from loadlib.client.websocket_client import WebSocketClient, WebSocketJudge
from loadlib.users.base import PlatformUser


class MeasuredSocket:
    """An open WebSocket of a user. Use it as a context manager, or call `close`.

    Messages and bytes are counted when `flush` is called, and at the end: when it is closed, when the peer
    has ended it and everything is received, or when the user stops.
    """

    def __init__(self, user: PlatformUser, socket: WebSocket) -> None:
        self._user = user
        self._socket = socket
        self._tags = {"endpoint": socket.opening.endpoint}
        self._counted = dict.fromkeys(self._counts(), 0)
        self._ended = False
        socket.on_pong = self._on_pong
        user.open_sockets.add(self)
        user.measure("ws_sessions", 1, **self._tags)
        user.measure("ws_connecting", socket.opening.connecting_s, **self._tags)

    @property
    def socket(self) -> WebSocket:
        """The connection itself."""
        return self._socket

    def send(self, data: str | bytes) -> None:
        """Send a message; raises as `WebSocket.send`."""
        with self._noticing_its_end():
            self._socket.send(data)

    def ping(self) -> None:
        """Send a ping; the time to its pong is ``ws_ping``, provided somebody receives. Raises as `send`."""
        with self._noticing_its_end():
            self._socket.ping()

    def receive(self, timeout_s: float) -> Arrival | None:
        """Wait for a message; None when the peer is done. Raises as `WebSocket.receive`."""
        with self._noticing_its_end():
            arrival = self._socket.receive(timeout_s)
        if arrival is None:
            self.ended()
        return arrival

    def messages(self, timeout_s: float) -> Iterator[Arrival]:
        """Yield messages until the peer is done; each may take ``timeout_s``. Raises as `receive`."""
        while (arrival := self.receive(timeout_s)) is not None:
            yield arrival

    def flush(self) -> None:
        """Record the messages and bytes since the last time."""
        for metric, count in self._counts().items():
            if count > self._counted[metric]:
                self._user.measure(metric, count - self._counted[metric], **self._tags)
                self._counted[metric] = count

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close in order, waiting at most ``close_timeout_s`` for the peer; raises nothing."""
        try:
            self._socket.close(code, reason, self._user.settings.close_timeout_s)
        finally:
            self.ended()

    def ended(self) -> None:
        """Close whatever is left and record the session, once."""
        self._socket.abort()
        self._user.open_sockets.discard(self)
        if not self._ended:
            self._ended = True
            self.flush()
            self._user.measure("ws_session_duration", self._socket.age_s(), **self._tags)

    def __enter__(self) -> "MeasuredSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _noticing_its_end(self) -> Iterator[None]:
        """Record the session when what is done with it finds that it is over."""
        try:
            yield
        except TransportError:
            if self._socket.closed:
                self.ended()
            raise

    def _on_pong(self, after_s: float) -> None:
        self._user.measure("ws_ping", after_s, **self._tags)

    def _counts(self) -> dict[str, int]:
        socket = self._socket
        return {
            "ws_msgs_sent": socket.messages_sent,
            "ws_msgs_received": socket.messages_received,
            "data_sent": socket.sent_bytes,
            "data_received": socket.received_bytes,
        }


class WebSockets:
    """Opens WebSockets for a user; arguments as those of `WebSocketClient`."""

    def __init__(
        self,
        user: PlatformUser,
        base_url: str,
        *,
        service: str = "",
        headers: Mapping[str, str] | None = None,
        compression: bool = False,
    ) -> None:
        self._user = user
        self._client = WebSocketClient(
            base_url,
            recorder=user.runtime.recorder,
            options=user.http_options,
            service=service,
            tags=user.tags,
            headers=headers,
            compression=compression,
        )

    def connect(
        self,
        url: str,
        *,
        name: str | None = None,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
        judge: WebSocketJudge | None = None,
    ) -> MeasuredSocket:
        """Open a WebSocket; arguments and errors are those of `WebSocketClient.connect`."""
        socket = self._client.connect(
            url, name=name, params=params, headers=headers, subprotocols=subprotocols, judge=judge
        )
        return MeasuredSocket(self._user, socket)
