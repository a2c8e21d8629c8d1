"""The client that opens WebSockets: dial, handshake, one sample for each, judged before it is recorded.

A handshake is a request of the method ``WS`` (`websocket_attempt`); it failed when there is no open WebSocket
at the end, or none that its judge calls good. What happens on the open one is `websocket`'s.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from wsproto.extensions import PerMessageDeflate

from loadlib.client.call import merge_tags
from loadlib.client.errors import TransportError
from loadlib.client.head import without_secrets
from loadlib.client.headers import DefaultHeaders
from loadlib.client.options import ClientOptions
from loadlib.client.sample import Recorder
from loadlib.client.url import Target, join_base, parse_base, parse_url, with_params
from loadlib.client.websocket import WebSocket
from loadlib.client.websocket_attempt import HandshakeError, WebSocketAttempt
from loadlib.client.websocket_handshake import Handshake
from loadlib.errors import ConfigurationError
from loadlib.protocols.failures import Failure

MAX_MESSAGE_BYTES: Final = 1024 * 1024
_SCHEMES: Final = {"ws://": "http://", "wss://": "https://"}

WebSocketJudge = Callable[[WebSocket], Failure | None]
"""Talks on the new WebSocket as long as it takes to know whether it is of use; may raise what it raises."""


class WebSocketClient:
    """Opens WebSockets of one user. Several greenlets of the user may share it.

    Args:
        base_url: absolute ``ws``, ``wss``, ``http`` or ``https`` URL that relative ones are appended to.
        recorder: takes a sample of each handshake.
        options: limits and habits of connections; ``timeout_s`` is for a handshake as a whole and for each
            write.
        service: prefix of the endpoint's name, for scenarios with several services.
        tags: of all samples.
        headers: sent with every handshake, besides those of ``options``.
        max_message_bytes: of a message that comes in.
        compression: offer permessage-deflate (RFC 7692). It costs CPU on both sides and 300 KiB a socket.

    Raises:
        ConfigurationError: ``base_url`` cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        recorder: Recorder,
        options: ClientOptions | None = None,
        service: str = "",
        tags: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        compression: bool = False,
    ) -> None:
        self._options = options or ClientOptions()
        try:
            self._base = parse_base(_http(base_url))
            self.headers = DefaultHeaders(
                {"User-Agent": self._options.user_agent} if self._options.user_agent else {},
                self._options.headers,
                headers or {},
            )
        except (TransportError, ValueError) as error:
            raise ConfigurationError(str(error)) from None
        self._recorder = recorder
        self._service = service
        self._tags = merge_tags((), tags)
        self._max_message_bytes = max_message_bytes
        self._compression = compression

    def connect(
        self,
        url: str,
        *,
        name: str | None = None,
        params: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
        judge: WebSocketJudge | None = None,
    ) -> WebSocket:
        """Open a WebSocket and record its handshake.

        Args:
            url: relative to the base URL, or absolute.
            name: replaces the endpoint's template.
            params: appended to the query.
            headers: for this handshake; they replace defaults of the same name.
            subprotocols: in the order of preference; ``opening.subprotocol`` tells which one it is.
            tags: of this sample, besides the client's.
            timeout_s: in place of the options'. The judge keeps its own time.
            judge: decides whether the open WebSocket is of use. What it takes is in no phase of the sample.

        Raises:
            HandshakeError: there is none, or none that is good.
            TransportError: kind ``bad_url``: nothing was tried.
            ValueError: a header that must not be sent.
        """
        own = headers or {}
        target = parse_url(with_params(join_base(self._base, _http(url)), params or {}))
        handshake = Handshake(
            target,
            {**self._defaults(target, own), **own},
            subprotocols,
            [PerMessageDeflate()] if self._compression else (),
            self._options.max_header_bytes,
        )
        attempt = WebSocketAttempt(target, handshake, name, self._service, self._options)
        timeout = self._options.timeout_s if timeout_s is None else timeout_s
        try:
            return self._judged(attempt, attempt.run(timeout, self._max_message_bytes), judge)
        except TransportError as error:
            attempt.fail(error.kind, error.message)
            raise HandshakeError(error.kind, error.message, handshake.status) from None
        except HandshakeError as error:
            attempt.fail(error.kind, error.message)
            raise
        except BaseException as error:
            attempt.fail("interrupted", f"{type(error).__name__} during the handshake")
            raise
        finally:
            self._recorder.http(attempt.sample(merge_tags(self._tags, tags)))

    def _defaults(self, target: Target, own: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that the call does not replace; credentials go to the base URL's origin only."""
        at_home = target.origin == self._base.origin
        defaults = self.headers if at_home else without_secrets(self.headers)
        authorization = target.authorization or (self._base.authorization if at_home else "")
        fields = {"Authorization": authorization} if authorization else {}
        fields.update(defaults)
        replaced = {name.lower() for name in own}
        return {name: value for name, value in fields.items() if name.lower() not in replaced}

    @staticmethod
    def _judged(attempt: WebSocketAttempt, socket: WebSocket, judge: WebSocketJudge | None) -> WebSocket:
        try:
            failure = judge(socket) if judge is not None else None
        except BaseException:
            socket.abort()
            raise
        if failure is not None:
            socket.close()
            raise HandshakeError(failure.kind, failure.detail, attempt.handshake.status)
        return socket


def _http(url: str) -> str:
    """Return a ``ws`` or ``wss`` URL as the http(s) one it shares its connection with; others as they are."""
    lower = url[:6].lower()
    for scheme, same in _SCHEMES.items():
        if lower.startswith(scheme):
            return same + url[len(scheme) :]
    return url
