"""Packets of engine.io 4 and socket.io 5, a WebSocket message each: text in, values or failures out.

Sans-I/O and without a state of its own; what they mean to a client is `socketio_client`'s. Never raises on
what a peer sends. WebSocket is the only transport: engine.io's polling payloads are not read. Sources: the
protocol documents of engine.io (revision 4) and socket.io (revision 5).
"""

import json
import re
from dataclasses import dataclass
from enum import IntEnum
from json import JSONDecoder
from typing import Any, Final

from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import parse_object

ROOT: Final = "/"
MAX_ATTACHMENTS: Final = 64
"""Binary messages that may follow one packet."""

_MAX_ID_DIGITS: Final = 15
_MAX_MS: Final = 1e9
_SHAPE: Final = re.compile(r"([0-6])(?:([0-9]{1,9})-)?(?:(/[^,]*)(?:,|\Z))?([0-9]*)", re.ASCII)
_RESERVED: Final = frozenset(
    {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"}
)
"""Names of events that neither side may send, as the libraries raise them themselves."""

_DECODER: Final = JSONDecoder()
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class EngineType(IntEnum):
    """The packets of engine.io; the number is their first character."""

    OPEN = 0
    CLOSE = 1
    PING = 2
    PONG = 3
    MESSAGE = 4
    UPGRADE = 5
    NOOP = 6


class PacketType(IntEnum):
    """The packets of socket.io, inside of engine.io's messages."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


_BINARY: Final = frozenset({PacketType.BINARY_EVENT, PacketType.BINARY_ACK})
_LISTS: Final = frozenset({PacketType.EVENT, PacketType.ACK, *_BINARY})
_EVENTS: Final = frozenset({PacketType.EVENT, PacketType.BINARY_EVENT})


@dataclass(frozen=True, slots=True)
class Session:
    """What an engine.io server says first. Times are seconds."""

    sid: str
    ping_interval_s: float
    ping_timeout_s: float

    @property
    def silence_s(self) -> float:
        """How long nothing may come before the connection counts as lost."""
        return self.ping_interval_s + self.ping_timeout_s


@dataclass(frozen=True, slots=True)
class Packet:
    """A socket.io packet. ``data`` is a JSON value, None for none; ``attachments`` binary messages follow."""

    type: PacketType
    namespace: str = ROOT
    data: Any = None
    id: int | None = None
    attachments: int = 0


def decode_engine(text: str) -> tuple[EngineType, str] | Failure:
    """Return type and payload of a text message, or a failure of kind ``engineio``."""
    if not text or text[0] not in "0123456":
        return Failure("engineio", f"no packet type: {text[:80]!r}")
    return EngineType(int(text[0])), text[1:]


def decode_session(payload: str) -> Session | Failure:
    """Return what an OPEN packet says, or a failure: ``bad_json``, ``not_object``, ``bad_shape``."""
    found = parse_object(payload)
    if isinstance(found, Failure):
        return found
    sid = found.get("sid")
    if not isinstance(sid, str) or not sid:
        return Failure("bad_shape", "the session has no sid")
    times_s = [_seconds(found.get(name)) for name in ("pingInterval", "pingTimeout")]
    if not all(times_s):
        return Failure("bad_shape", "pingInterval and pingTimeout are not both times")
    return Session(sid, *times_s)


def decode_packet(payload: str) -> Packet | Failure:
    """Return the packet in an engine.io message, or a failure: ``socketio``, ``bad_json``, ``bad_shape``."""
    match = _SHAPE.match(payload)
    if match is None:
        return Failure("socketio", f"no packet type: {payload[:80]!r}")
    number, count, namespace, digits = match.groups()
    kind, attachments = PacketType(int(number)), int(count or 0)
    if (count is not None) != (kind in _BINARY) or attachments > MAX_ATTACHMENTS:
        return Failure("socketio", f"{kind.name} with {attachments} attachments")
    if len(digits) > _MAX_ID_DIGITS:
        return Failure("socketio", "an id that is too long")
    data = _value(payload[match.end() :])
    if isinstance(data, Failure):
        return data
    if not _fits(kind, data):
        return Failure("bad_shape", f"{kind.name} with {_sort_of(data)}")
    bare = (namespace or ROOT).partition("?")[0]
    return Packet(kind, bare, data, int(digits) if digits else None, attachments)


def encode_packet(packet: Packet) -> str:
    """Return the text message that carries a packet.

    Raises:
        ValueError: a binary packet, which only servers send here; data that is no JSON value.
    """
    if packet.type in _BINARY:
        raise ValueError("binary packets are read, not sent")
    namespace = "" if packet.namespace == ROOT else f"{packet.namespace},"
    number = "" if packet.id is None else packet.id
    try:
        data = "" if packet.data is None else _ENCODER.encode(packet.data)
    except (TypeError, RecursionError) as error:
        raise ValueError(f"no JSON value: {error}") from None
    return f"{EngineType.MESSAGE:d}{packet.type:d}{namespace}{number}{data}"


def with_attachments(data: Any, attachments: list[bytes]) -> Any | Failure:
    """Return the data with its placeholders replaced by the binary messages that followed it."""
    try:
        return _filled(data, attachments)
    except (LookupError, TypeError, RecursionError):
        return Failure("socketio", f"a placeholder for none of {len(attachments)} attachments")


def _filled(data: Any, attachments: list[bytes]) -> Any:
    if isinstance(data, list):
        return [_filled(item, attachments) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get("_placeholder") is True:
        number = data["num"]
        if type(number) is not int or number < 0:
            raise LookupError
        return attachments[number]
    return {key: _filled(value, attachments) for key, value in data.items()}


def _value(text: str) -> Any | Failure:
    if not text:
        return None
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        return Failure("bad_json", f"{error}; the text starts with {text[:80]!r}")
    return Failure("bad_shape", "null in place of data") if value is None else value


def _fits(kind: PacketType, data: Any) -> bool:
    """Tell whether a packet's data is what the protocol has it carry."""
    if kind in _LISTS:
        return isinstance(data, list) and (kind not in _EVENTS or _is_event(data))
    if kind is PacketType.CONNECT:
        return data is None or isinstance(data, dict)
    if kind is PacketType.CONNECT_ERROR:
        return isinstance(data, dict | str)
    return data is None


def _is_event(data: list[Any]) -> bool:
    name = data[0] if data else None
    return isinstance(name, str) and name not in _RESERVED


def _seconds(value_ms: object) -> float:
    """Return a time told in milliseconds, 0 for what is none."""
    is_time = isinstance(value_ms, int | float) and not isinstance(value_ms, bool) and 0 < value_ms < _MAX_MS
    return float(value_ms) / 1000 if is_time else 0.0  # type: ignore[arg-type] # a number, just checked


def _sort_of(data: object) -> str:
    return "no data" if data is None else type(data).__name__
