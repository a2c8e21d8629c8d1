"""The opening handshake of a WebSocket (RFC 6455 section 4.1): the request, and the answer judged. Sans-I/O.

What may stand in a header is decided by `headers`, frames are `websocket_frames`'. It does not connect.
"""

import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha1
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from wsproto.extensions import Extension

from loadlib.client.errors import TransportError, status_kind
from loadlib.client.headers import Headers, RawFields, encode_lines, folded
from loadlib.client.url import Target

SWITCHING: Final = 101
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_OWN: Final = frozenset({"host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version"})


class Handshake:
    """One handshake. Send ``request``, then `feed` what comes until ``complete``, then ask for `refusal`.

    Args:
        target: where to; the scheme is http or https.
        headers: of the caller, besides those of the protocol.
        subprotocols: in the order of preference.
        extensions: offered; those that the server took are in ``accepted`` afterwards.
        max_header_bytes: of the answer's head.

    Attributes:
        status: of the answer, 0 before its head is complete.
        response_bytes: of the answer; frames that came with it are in ``trailing`` alone.
        subprotocol: the one that the server chose, empty for none.

    Raises:
        ValueError: a header that must not be sent.
    """

    def __init__(
        self,
        target: Target,
        headers: Mapping[str, str],
        subprotocols: Sequence[str],
        extensions: Sequence[Extension],
        max_header_bytes: int,
    ) -> None:
        self._key = b64encode(os.urandom(16))
        self._offered = {extension.name: extension for extension in extensions}
        self._subprotocols = tuple(subprotocols)
        self._max_bytes = max_header_bytes
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._fields: RawFields = []
        self.request = self._encoded(target, headers)
        self.status = 0
        self.response_bytes = 0
        self.complete = False
        self.trailing = b""
        self.subprotocol = ""
        self.accepted: list[Extension] = []

    @property
    def headers(self) -> Headers:
        """The header fields of the answer."""
        return Headers(self._fields)

    def feed(self, data: bytes) -> None:
        """Take bytes of the answer.

        Raises:
            TransportError: ``bad_response`` or ``too_large``.
        """
        self.response_bytes += len(data)
        try:
            self._parse(data)
        finally:
            if self.complete:
                self._parser = None  # it and this object refer to each other
        if not self.complete and self.response_bytes > self._max_bytes:
            raise TransportError("too_large", f"more than {self._max_bytes} bytes of head")

    def refusal(self) -> tuple[str, str] | None:
        """Return kind and text of what is wrong with the answer, ``None`` for an upgrade as asked for."""
        if self.status != SWITCHING:
            kind = "ws_handshake" if self.status < 300 else status_kind(self.status)
            return kind, f"HTTP {self.status} in place of 101"
        try:
            wrong = self._wrong_upgrade()
        except ValueError as error:
            wrong = f"an extension's parameters: {error}"
        return ("ws_handshake", wrong) if wrong else None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take, from the parser, a header field."""
        self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Note, for the parser, the end of a head; an interim answer is forgotten."""
        assert self._parser is not None  # noqa: S101 - it is calling
        status = self._parser.get_status_code()
        if status < 200 and status != SWITCHING:
            self._fields.clear()
            return
        self.status = status
        self.complete = True

    def _parse(self, data: bytes) -> None:
        assert self._parser is not None  # noqa: S101 - nothing is fed behind the end
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self.trailing = data[upgrade.args[0] :]
            self.response_bytes -= len(self.trailing)
        except HttpParserError as error:
            if not self.complete:
                raise TransportError("bad_response", str(error)) from None

    def _wrong_upgrade(self) -> str:
        fields = self.headers
        if fields.get("upgrade", "").lower() != "websocket":
            return "no header Upgrade: websocket"
        if "upgrade" not in _words(fields.get("connection", "").lower()):
            return "no header Connection: Upgrade"
        if fields.get("sec-websocket-accept", "") != _accept(self._key):
            return "Sec-WebSocket-Accept does not belong to our key"
        self.subprotocol = fields.get("sec-websocket-protocol", "")
        if self.subprotocol and self.subprotocol not in self._subprotocols:
            return f"a subprotocol that was not asked for: {self.subprotocol[:80]!r}"
        return self._wrong_extension(_words(fields.get("sec-websocket-extensions", "")))

    def _wrong_extension(self, accepted: Sequence[str]) -> str:
        for text in accepted:
            name = text.partition(";")[0].strip()
            extension = self._offered.pop(name, None)
            if extension is None:
                return f"an extension that was not offered, or twice: {name[:80]!r}"
            extension.finalize(text)
            self.accepted.append(extension)
        return ""

    def _encoded(self, target: Target, headers: Mapping[str, str]) -> bytes:
        if stray := next((name for name in headers if folded(name) in _OWN), None):
            raise ValueError(f"{stray} is set by the client")
        lines = [
            f"Host: {target.origin.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {self._key.decode()}",
            "Sec-WebSocket-Version: 13",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        if self._subprotocols:
            lines.append(f"Sec-WebSocket-Protocol: {', '.join(self._subprotocols)}")
        if self._offered:
            offers = (_offer(extension) for extension in self._offered.values())
            lines.append(f"Sec-WebSocket-Extensions: {', '.join(offers)}")
        line = f"GET {target.request_target} HTTP/1.1\r\n".encode("latin-1")
        return line + encode_lines(lines) + b"\r\n"


def _accept(key: bytes) -> str:
    """Return the answer to a key (RFC 6455 section 4.2.2); SHA-1 is the protocol's and guards nothing."""
    return b64encode(sha1(key + _GUID, usedforsecurity=False).digest()).decode()


def _offer(extension: Extension) -> str:
    parameters = extension.offer()
    return extension.name if isinstance(parameters, bool) else f"{extension.name}; {parameters}"


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]
