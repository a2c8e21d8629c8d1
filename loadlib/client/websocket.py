"""An open WebSocket: whole messages with the moment their bytes came, pings answered, closed in order.

One greenlet receives, any number send. It starts no greenlet, so while nobody receives, pings of the peer are
not answered. It takes 4 KiB of memory, and the greenlet that waits for messages another 9. Connecting is
`websocket_client`'s.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import perf_counter
from typing import Any, Final, NamedTuple, TypeVar

from loadlib.client.errors import TransportError
from loadlib.client.eventloop import Event
from loadlib.client.headers import Headers
from loadlib.client.websocket_frames import NO_STATUS, Close, Frames, Message, Ping, Pong
from loadlib.client.websocket_wire import Wire

T = TypeVar("T")

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
PROTOCOL_ERROR: Final = 1002
TOO_BIG: Final = 1009
_DONE: Final = frozenset({NORMAL, GOING_AWAY, NO_STATUS})
"""Close codes by which a peer says that it is done; any other one is a failure."""

_PING_BYTES: Final = 8
_MAX_PINGS: Final = 16


class Arrival(NamedTuple):
    """A message and the moment (`time.perf_counter`) at which the read that completed it returned."""

    at_s: float
    data: str | bytes


class Opening(NamedTuple):
    """How a WebSocket came to be: the answer's head, the subprotocol chosen, its endpoint, and the times.

    ``started_s`` (`time.perf_counter`) is before the name was looked up; ``connecting_s`` is the time from
    there to the end of the handshake, k6's ``ws_connecting``.
    """

    endpoint: str
    status: int
    headers: Headers
    subprotocol: str
    started_s: float
    connecting_s: float


class WebSocket:
    """One connection. Use it as a context manager, or call `close`.

    Attributes:
        opening: how it came to be.
        close_code, close_reason: of the peer's close frame; 0 while there was none.
        messages_sent, messages_received: text and binary ones; k6's ``ws_msgs_sent`` and ``..._received``.
        on_pong: called with the seconds from each of our pings to its pong, in the receiving greenlet.
    """

    __slots__ = (
        "_arrived",
        "_close_sent",
        "_ended",
        "_failure",
        "_frames",
        "_pings",
        "_receiving",
        "_send_timeout_s",
        "_trailing",
        "_wire",
        "close_code",
        "close_reason",
        "messages_received",
        "messages_sent",
        "on_pong",
        "opening",
    )

    def __init__(
        self, wire: Wire, frames: Frames, opening: Opening, trailing: bytes, send_timeout_s: float
    ) -> None:
        self._wire = wire
        self._frames = frames
        self._send_timeout_s = send_timeout_s
        self._arrived: deque[Arrival] = deque()
        self._pings: dict[bytes, float] | None = None
        self._receiving = False
        self._close_sent = False
        self._ended: Any = None
        self._failure: TransportError | None = None
        self.opening = opening
        self.close_code = 0
        self.close_reason = ""
        self.messages_sent = 0
        self.messages_received = 0
        self.on_pong: Callable[[float], None] | None = None
        self._trailing = trailing

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more; messages that had come may still be received."""
        return self._wire.closed

    @property
    def sent_bytes(self) -> int:
        """Bytes of frames written, before TLS."""
        return self._wire.sent_bytes

    @property
    def received_bytes(self) -> int:
        """Bytes of frames read, before TLS."""
        return self._wire.received_bytes

    def age_s(self) -> float:
        """Return the seconds since it was begun to be opened."""
        return perf_counter() - self.opening.started_s

    def send(self, data: str | bytes) -> None:
        """Send a text or binary message.

        Raises:
            TransportError: ``timeout`` (the peer does not read), ``reset``, ``tls``, ``ws_closed``.
        """
        self._send(lambda: self._before_close(self._frames.message, data))
        self.messages_sent += 1

    def ping(self) -> None:
        """Send a ping; `on_pong` hears of its pong. The oldest of more than 16 without one is given up.

        Raises:
            TransportError: as `send`.
        """
        payload = os.urandom(_PING_BYTES)
        if self._pings is None:
            self._pings = {}
        if len(self._pings) >= _MAX_PINGS:
            del self._pings[next(iter(self._pings))]
        self._pings[payload] = perf_counter()
        self._send(lambda: self._before_close(self._frames.ping, payload))

    def receive(self, timeout_s: float, kind: str = "idle_timeout") -> Arrival | None:
        """Wait for a message; ``None`` when the peer closed because it is done (1000, 1001 or no code).

        Raises:
            TransportError: ``kind`` after ``timeout_s`` without a message; control frames do not prolong it,
                and the connection stays usable. ``ws_closed`` for any other close code; ``truncated``,
                ``reset``, ``tls``, ``ws_protocol``, ``too_large``, ``interrupted``: it is closed then, and
                asking again gives the same answer. Messages that came before are received first.
            RuntimeError: another greenlet is receiving.
        """
        if self._receiving:
            raise RuntimeError("another greenlet is receiving from this WebSocket")
        deadline_s = perf_counter() + timeout_s
        self._receiving = True
        try:
            while not self._arrived:
                if not self._read(deadline_s, kind):
                    return None
        finally:
            self._receiving = False
        return self._arrived.popleft()

    def messages(self, timeout_s: float) -> Iterator[Arrival]:
        """Yield messages until the peer is done; each may take ``timeout_s``. Raises as `receive`."""
        while (arrival := self.receive(timeout_s)) is not None:
            yield arrival

    def close(self, code: int = NORMAL, reason: str = "", timeout_s: float = 2.0) -> None:
        """Close in order: our close frame, then the peer's, for which ``timeout_s`` is given. Raises nothing.

        A greenlet that receives takes the peer's; what still comes before it is dropped otherwise.
        """
        deadline_s = perf_counter() + timeout_s
        try:
            with suppress(TransportError):
                if not self.closed:
                    self._wire.send(lambda: self._close_frame(code, reason), deadline_s)
                    self._await_close(deadline_s)
        finally:
            self.abort()

    def abort(self) -> None:
        """Close the connection without a word. Idempotent."""
        self._wire.close()
        if self._ended is not None:
            self._ended.set()

    def __enter__(self) -> "WebSocket":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _await_close(self, deadline_s: float) -> None:
        if self._receiving:
            self._ended = self._ended or Event()
            self._ended.wait(max(0.0, deadline_s - perf_counter()))
            return
        self._receiving = True
        try:
            while self._read(deadline_s, "timeout"):
                self._arrived.clear()
        finally:
            self._receiving = False

    def _read(self, deadline_s: float, kind: str) -> bool:
        """Take what comes next; false when the peer is done."""
        if self._failure is not None:
            raise self._failure
        if self.close_code:
            return self._is_done()
        if self.closed:
            raise TransportError("ws_closed", "the WebSocket is closed already")
        try:
            self._take(self._trailing or self._next(deadline_s, kind))
        except TransportError as error:
            if error.kind == kind and not self.closed:
                raise
            self._give_up(error)
        return not self.close_code or bool(self._arrived) or self._is_done()

    def _next(self, deadline_s: float, kind: str) -> bytes:
        data = self._wire.receive(deadline_s, kind)
        if not data:
            raise TransportError("truncated", "the connection ended without a closing handshake")
        return data

    def _is_done(self) -> bool:
        """Say that the peer closed as one that is done; anything else is raised."""
        if self.close_code in _DONE:
            return False
        raise TransportError("ws_closed", f"{self.close_code} {self.close_reason}".strip())

    def _take(self, data: bytes) -> None:
        """Read frames; those that came with the answer to the handshake have its moment."""
        opening = self.opening
        at_s = opening.started_s + opening.connecting_s if self._trailing else perf_counter()
        self._trailing = b""
        for item in self._frames.feed(data):
            match item:
                case Message():
                    self.messages_received += 1
                    self._arrived.append(Arrival(at_s, item.data))
                case Ping():
                    self._answer(item.payload)
                case Pong():
                    self._on_pong(item.payload, at_s)
                case Close():
                    self._on_close(item)

    def _answer(self, payload: bytes) -> None:
        if not self.closed:
            self._send(lambda: self._frames.pong(payload))

    def _on_pong(self, payload: bytes, at_s: float) -> None:
        sent_s = self._pings.pop(payload, None) if self._pings else None
        if sent_s is not None and self.on_pong is not None:
            self.on_pong(at_s - sent_s)

    def _on_close(self, item: Close) -> None:
        """Echo the peer's close frame, unless ours came first, and hang up."""
        self.close_code, self.close_reason = item.code, item.reason
        self._hang_up(item.code)

    def _give_up(self, error: TransportError) -> None:
        """Tell the peer what it did wrong, hang up, and raise once the messages before it are received."""
        self._failure = error
        code = {"ws_protocol": PROTOCOL_ERROR, "too_large": TOO_BIG}.get(error.kind)
        if code is None:
            self.abort()
        else:
            self._hang_up(code)
        if not self._arrived:
            raise error

    def _hang_up(self, code: int) -> None:
        """Send a close frame if that can be done, and close without waiting for an answer."""
        with suppress(TransportError):
            if not self.closed:
                self._send(lambda: self._close_frame(code))
        self.abort()

    def _close_frame(self, code: int, reason: str = "") -> bytes:
        """Return our close frame; nothing the second time, as there is only one (RFC 6455 section 5.5.1)."""
        if self._close_sent:
            return b""
        self._close_sent = True
        return self._frames.close(code, reason)

    def _before_close(self, encode: Callable[[T], bytes], data: T) -> bytes:
        if self._close_sent:
            raise TransportError("ws_closed", "the WebSocket is being closed")
        return encode(data)

    def _send(self, encode: Callable[[], bytes]) -> None:
        self._wire.send(encode, perf_counter() + self._send_timeout_s)
