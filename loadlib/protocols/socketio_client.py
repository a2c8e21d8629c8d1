"""A client's part in one socket.io connection: what each message means, and what must be sent back. Sans-I/O.

One namespace of one connection. It keeps no time: that the server was silent for too long is for its user to
notice. Never raises on what a peer sends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from loadlib.protocols.failures import Failure
from loadlib.protocols.socketio import (
    EngineType,
    Packet,
    PacketType,
    Session,
    decode_engine,
    decode_packet,
    decode_session,
    encode_packet,
    with_attachments,
)

PATH: Final = "/socket.io/"
QUERY: Final = {"EIO": "4", "transport": "websocket"}
"""What the URL of the WebSocket carries."""

_PONG: Final = f"{EngineType.PONG:d}"


@dataclass(frozen=True, slots=True)
class Connected:
    """The namespace took us in."""

    sid: str


@dataclass(frozen=True, slots=True)
class Event:
    """An event with its arguments; a server that wants an acknowledgement gave it an ``id``."""

    name: str
    args: tuple[Any, ...]
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer to an event of ours that asked for one."""

    id: int
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The server took us out of the namespace, or ended the connection."""


Item = Session | Connected | Event | Ack | Ended | Failure


class Step(NamedTuple):
    """What a message meant, None for nothing, and the text to send back, empty for none."""

    item: Item | None = None
    reply: str = ""


_NOTHING: Final = Step()


class SocketIoClient:
    """One connection of a client to one namespace; `feed` it every message in order.

    Args:
        namespace: such as ``/realtime``.
        auth: what the namespace is told on connecting, None for nothing.
    """

    __slots__ = ("_attachments", "_auth", "_namespace", "_next_id", "_pending", "session", "sid")

    def __init__(self, namespace: str, auth: Mapping[str, Any] | None = None) -> None:
        self._namespace = namespace
        self._auth = None if auth is None else dict(auth)
        self._pending: Packet | None = None
        self._attachments: list[bytes] = []
        self._next_id = 0
        self.session: Session | None = None
        self.sid = ""

    def event(self, name: str, *args: Any) -> str:
        """Return the message that sends an event."""
        return encode_packet(Packet(PacketType.EVENT, self._namespace, [name, *args]))

    def event_with_ack(self, name: str, *args: Any) -> tuple[str, int]:
        """Return the message of an event that asks for an acknowledgement, and the id that it will have."""
        number, self._next_id = self._next_id, self._next_id + 1
        return encode_packet(Packet(PacketType.EVENT, self._namespace, [name, *args], number)), number

    def ack(self, number: int, *args: Any) -> str:
        """Return the message that acknowledges an event of the server."""
        return encode_packet(Packet(PacketType.ACK, self._namespace, list(args), number))

    def goodbye(self) -> str:
        """Return the message that leaves the namespace."""
        return encode_packet(Packet(PacketType.DISCONNECT, self._namespace))

    def feed(self, message: str | bytes) -> Step:
        """Take one message.

        A `Failure` ends the connection: ``engineio`` or ``socketio`` (not a packet, or one that has no place
        here), ``bad_json``, ``not_object``, ``bad_shape``, or ``connect_error`` (the namespace refused us).
        """
        if isinstance(message, bytes):
            return self._attached(message)
        if self._pending is not None:
            return Step(Failure("socketio", "text in place of a binary attachment"))
        engine = decode_engine(message)
        return Step(engine) if isinstance(engine, Failure) else self._engine(*engine)

    def _engine(self, kind: EngineType, payload: str) -> Step:
        match kind:
            case EngineType.MESSAGE:
                return self._packet(payload)
            case EngineType.PING:
                return Step(None, _PONG + payload)
            case EngineType.OPEN:
                return self._opened(payload)
            case EngineType.CLOSE:
                return Step(Ended())
        return _NOTHING

    def _opened(self, payload: str) -> Step:
        if self.session is not None:
            return Step(Failure("engineio", "a second session on one connection"))
        session = decode_session(payload)
        if isinstance(session, Failure):
            return Step(session)
        self.session = session
        return Step(session, encode_packet(Packet(PacketType.CONNECT, self._namespace, self._auth)))

    def _packet(self, payload: str) -> Step:
        packet = decode_packet(payload)
        if isinstance(packet, Failure):
            return Step(packet)
        if packet.namespace != self._namespace:
            return _NOTHING
        if packet.attachments:
            self._pending, self._attachments = packet, []
            return _NOTHING
        return Step(self._meaning(packet, packet.data))

    def _attached(self, message: bytes) -> Step:
        packet = self._pending
        if packet is None:
            return Step(Failure("socketio", "a binary message that no packet announced"))
        self._attachments.append(message)
        if len(self._attachments) < packet.attachments:
            return _NOTHING
        self._pending, attachments = None, self._attachments
        data = with_attachments(packet.data, attachments)
        return Step(data if isinstance(data, Failure) else self._meaning(packet, data))

    def _meaning(self, packet: Packet, data: Any) -> Item:
        match packet.type:
            case PacketType.EVENT | PacketType.BINARY_EVENT:
                return Event(data[0], tuple(data[1:]), packet.id)
            case PacketType.ACK | PacketType.BINARY_ACK:
                return _ack(packet.id, data)
            case PacketType.DISCONNECT:
                return Ended()
            case PacketType.CONNECT_ERROR:
                return Failure("connect_error", _words(data))
        sid = data.get("sid") if data else None
        if not isinstance(sid, str) or not sid:
            return Failure("bad_shape", "CONNECT without a sid: not socket.io 5")
        self.sid = sid
        return Connected(sid)


def _ack(number: int | None, data: list[Any]) -> Ack | Failure:
    return Failure("socketio", "an ACK without an id") if number is None else Ack(number, tuple(data))


def _words(data: Any) -> str:
    said = data.get("message") if isinstance(data, dict) else data
    return said if isinstance(said, str) else "the namespace refused the connection"
