"""One WebSocket handshake on the wire: connection, request, answer, the moment of each, and its sample.

The phases are those of any request; the method is ``WS`` and the status of success 101. It judges the answer
as an upgrade; whether the WebSocket is of use is for the caller to say (`websocket_client`).
"""

import time
from time import perf_counter
from typing import Final

from loadlib.client.dial import open_socket
from loadlib.client.errors import MAX_ERROR_CHARS, TransportError
from loadlib.client.options import ClientOptions
from loadlib.client.sample import HttpSample, Tags
from loadlib.client.url import Target
from loadlib.client.websocket import Opening, WebSocket
from loadlib.client.websocket_frames import Frames
from loadlib.client.websocket_handshake import Handshake
from loadlib.client.websocket_wire import Wire
from loadlib.core.endpoint import endpoint_name, normalize_path
from loadlib.errors import LoadlibError

METHOD: Final = "WS"


class HandshakeError(LoadlibError):
    """There is no WebSocket to use; the sample says so too.

    ``kind`` is one of `errors.ERROR_KINDS` or the judge's; ``status`` is the answer's, 0 for none, 101 when
    the judge or the answer's headers were the reason.
    """

    def __init__(self, kind: str, message: str, status: int) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
        self.status = status


class WebSocketAttempt:
    """One handshake on the wire, with its stamps (`time.perf_counter`)."""

    def __init__(
        self, target: Target, handshake: Handshake, name: str | None, service: str, options: ClientOptions
    ) -> None:
        self.handshake = handshake
        self._target = target
        self._name = normalize_path(target.path) if name is None else name
        template = self._name if self._name.startswith("/") else normalize_path(target.path)
        self._endpoint = endpoint_name(METHOD, template, service)
        self._service = service
        self._options = options
        self._started_s = self._ready_s = self._sent_s = self._first_s = self._ended_s = 0.0
        self._started_at_s = 0.0
        self._connecting_s = self._tls_s = 0.0
        self._failure = ("", "")

    def run(self, timeout_s: float, max_message_bytes: int) -> WebSocket:
        """Connect and shake hands.

        Raises:
            TransportError: there is no answer.
            HandshakeError: it is no upgrade as asked for.
        """
        self._started_at_s = time.time()
        self._started_s = perf_counter()
        deadline_s = self._started_s + timeout_s
        opened = open_socket(self._target.origin, self._options, deadline_s, tunnelled=True)
        self._ready_s = perf_counter()
        self._connecting_s, self._tls_s = opened.connecting_s, opened.tls_s
        wire = Wire(opened.sock)
        try:
            self._exchange(wire, deadline_s)
            return self._open(wire, max_message_bytes)
        except BaseException:
            wire.close()
            raise

    def fail(self, kind: str, message: str) -> None:
        """Note why it failed; what lies behind the moment of the failure has taken no time."""
        self._failure = (kind, message[:MAX_ERROR_CHARS])
        self._ended_s = self._ended_s or perf_counter()

    def sample(self, tags: Tags) -> HttpSample:
        """Return the sample."""
        ended = self._ended_s
        ready, sent, first = self._ready_s or ended, self._sent_s or ended, self._first_s or ended
        kind, message = self._failure
        return HttpSample(
            METHOD,
            self._endpoint,
            self._name,
            self._target.bare_url,
            service=self._service,
            status=self.handshake.status,
            started_s=self._started_s,
            started_at_s=self._started_at_s,
            ended_at_s=self._started_at_s + ended - self._started_s,
            blocked_s=ready - self._started_s,
            connecting_s=self._connecting_s,
            tls_s=self._tls_s,
            sending_s=sent - ready,
            waiting_s=first - sent,
            receiving_s=ended - first,
            request_bytes=len(self.handshake.request) if self._ready_s else 0,
            response_bytes=self.handshake.response_bytes,
            expected=not kind,
            error_kind=kind,
            error=message,
            tags=tags,
        )

    def _exchange(self, wire: Wire, deadline_s: float) -> None:
        wire.send(lambda: self.handshake.request, deadline_s)
        self._sent_s = perf_counter()
        while not self.handshake.complete:
            data = wire.receive(deadline_s, "timeout")
            self._first_s = self._first_s or perf_counter()
            if not data:
                raise self._no_answer()
            self.handshake.feed(data)
        self._ended_s = perf_counter()

    def _no_answer(self) -> TransportError:
        if self.handshake.response_bytes:
            return TransportError("truncated", "the connection ended inside the head of the answer")
        return TransportError("closed", "the connection was closed before any byte of the answer")

    def _open(self, wire: Wire, max_message_bytes: int) -> WebSocket:
        handshake = self.handshake
        if (refusal := handshake.refusal()) is not None:
            raise HandshakeError(*refusal, handshake.status)
        wire.sent_bytes, wire.received_bytes = 0, len(handshake.trailing)
        return WebSocket(
            wire,
            Frames(max_message_bytes, handshake.accepted),
            Opening(
                self._endpoint,
                handshake.status,
                handshake.headers,
                handshake.subprotocol,
                self._started_s,
                self._ended_s - self._started_s,
            ),
            handshake.trailing,
            self._options.timeout_s,
        )
