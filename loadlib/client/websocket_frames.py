"""The frames of one WebSocket (RFC 6455): bytes in, messages and control frames out, and back. Sans-I/O.

Framing, masking and compression are wsproto's; here fragments become messages, messages are bounded, and what
the peer does wrong gets a name. It knows neither sockets nor time, nor the handshake (`websocket_handshake`).
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from wsproto.extensions import Extension
from wsproto.frame_protocol import (
    CloseReason,
    Frame,
    FrameDecoder,
    FrameProtocol,
    Opcode,
    ParseFailed,
    RsvBits,
)

from loadlib.client.errors import TransportError

NO_STATUS: Final = int(CloseReason.NO_STATUS_RCVD)
_INFLATED_AT_ONCE: Final = 4096
"""Compressed bytes that are unpacked before the limit is looked at; they become 4 MiB at most."""


class Message(NamedTuple):
    """A whole message: ``str`` for text, ``bytes`` for binary."""

    data: str | bytes


class Ping(NamedTuple):
    """The peer asks for a pong with the same payload."""

    payload: bytes


class Pong(NamedTuple):
    """An answer to a ping, or one that nobody asked for."""

    payload: bytes


class Close(NamedTuple):
    """The peer's close frame; the code is 1005 when it gave none."""

    code: int
    reason: str


Item = Message | Ping | Pong | Close


class Frames:
    """Both directions of the client's side of one connection.

    Args:
        max_message_bytes: of a message that comes in, all its fragments together, unpacked. A longer frame is
            refused by its header, before its payload has come.
        extensions: those the handshake agreed on.
    """

    __slots__ = ("_compressed", "_parts", "_protocol")

    def __init__(self, max_message_bytes: int, extensions: Sequence[Extension] = ()) -> None:
        self._protocol = FrameProtocol(True, [*extensions, _SizeLimit(max_message_bytes)])
        self._compressed = bool(extensions)
        self._parts: list[str | bytes] = []

    def feed(self, data: bytes) -> Iterator[Item]:
        """Take bytes as they came and yield what they complete.

        Raises:
            TransportError: ``ws_protocol`` or ``too_large``; nothing can be read from then on.
        """
        step = _INFLATED_AT_ONCE if self._compressed else len(data)
        for start in range(0, len(data), step or 1):
            self._protocol.receive_bytes(data[start : start + step])
            try:
                yield from map(self._item, filter(self._is_whole, self._protocol.received_frames()))
            except ParseFailed as error:
                raise _named(error) from None

    def message(self, data: str | bytes) -> bytes:
        """Return the frame of a text or binary message."""
        return bytes(self._protocol.send_data(data))

    def ping(self, payload: bytes) -> bytes:
        """Return a ping frame; its payload has at most 125 bytes."""
        return bytes(self._protocol.ping(payload))

    def pong(self, payload: bytes) -> bytes:
        """Return the answer to a ping."""
        return bytes(self._protocol.pong(payload))

    def close(self, code: int, reason: str = "") -> bytes:
        """Return a close frame; 1005 stands for none and is not sent. A long reason is cut to fit."""
        if code == NO_STATUS:
            return bytes(self._protocol.close())
        return bytes(self._protocol.close(code, reason))

    def _is_whole(self, frame: Frame) -> bool:
        """Keep the parts of a message until its last one; control frames may come between them."""
        if frame.opcode.iscontrol():
            return True
        assert not isinstance(frame.payload, tuple)  # noqa: S101 - only close frames have a pair
        if frame.payload and (self._parts or not frame.message_finished):
            self._parts.append(frame.payload)
        return frame.message_finished

    def _item(self, frame: Frame) -> Item:
        payload = frame.payload
        if isinstance(payload, tuple):
            return Close(int(payload[0]), payload[1])
        if frame.opcode is Opcode.PING or frame.opcode is Opcode.PONG:
            return (Ping if frame.opcode is Opcode.PING else Pong)(_octets(payload))
        if self._parts:
            payload = _joined(self._parts)
            self._parts = []
        return Message(payload if isinstance(payload, str) else bytes(payload))


class _SizeLimit(Extension):
    """Refuses messages above a size: by a frame's header where that tells, else as they are unpacked."""

    name = "size-limit"

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._counting = False

    def enabled(self) -> bool:
        return True

    def offer(self) -> bool | str:
        return False

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        del proto, rsv
        self._counting = not opcode.iscontrol()
        if self._counting:
            if opcode is not Opcode.CONTINUATION:
                self._bytes = 0
            if self._bytes + payload_length > self._max_bytes:
                return CloseReason.MESSAGE_TOO_BIG
        return RsvBits(False, False, False)

    def frame_inbound_payload_data(
        self, proto: FrameDecoder | FrameProtocol, data: bytes
    ) -> bytes | CloseReason:
        del proto
        if self._counting:
            self._bytes += len(data)
            if self._bytes > self._max_bytes:
                return CloseReason.MESSAGE_TOO_BIG
        return data


def _joined(parts: Sequence[str | bytes]) -> str | bytes:
    if isinstance(parts[0], str):
        return "".join(part for part in parts if isinstance(part, str))
    return b"".join(part for part in parts if not isinstance(part, str))


def _octets(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else bytes(payload)


def _named(error: ParseFailed) -> TransportError:
    if error.code is CloseReason.MESSAGE_TOO_BIG:
        return TransportError("too_large", "a message exceeds max_message_bytes")
    return TransportError("ws_protocol", str(error))
