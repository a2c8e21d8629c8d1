"""Reading an agent card: which dialect to speak, and where.

A 1.0 card lists ``supportedInterfaces`` in order of preference; a 0.3 card has ``url``,
``preferredTransport`` and ``additionalInterfaces``. A card with both shapes merged is read as 1.0. Unknown
members are ignored. Fetching and caching the card are the caller's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loadlib.protocols.a2a.dialect import Dialect
from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import Body, JsonObject, is_text, parse_object

_BINDING: Final = "JSONRPC"

_COMMON: Final[Mapping[str, type]] = {
    "name": str,
    "description": str,
    "version": str,
    "capabilities": dict,
    "defaultInputModes": list,
    "defaultOutputModes": list,
    "skills": list,
}
_ONLY_0_3: Final[Mapping[str, type]] = {"protocolVersion": str, "url": str}


@dataclass(frozen=True, slots=True)
class CardInfo:
    """What a client needs of a card. ``tenant`` must be echoed in every request to the chosen interface."""

    name: str
    url: str
    dialect: Dialect
    streaming: bool
    tenant: str = ""


def read_card(body: Body) -> tuple[CardInfo | None, Failure | None]:
    """Return the chosen interface of a card, or a failure.

    Kinds: ``bad_json``, ``not_object``, ``bad_shape`` (a required member is missing), ``no_interface`` (no
    JSON-RPC interface of a version spoken here).
    """
    card = parse_object(body)
    if isinstance(card, Failure):
        return None, card
    is_modern = bool(card.get("supportedInterfaces"))
    failure = _check_members(card, _COMMON if is_modern else {**_COMMON, **_ONLY_0_3})
    if failure is not None:
        return None, failure
    chosen = _choose(card)
    if chosen is None:
        return None, Failure("no_interface", "no JSONRPC interface of version 0.3 or 1.0")
    dialect, url, tenant = chosen
    streaming = card["capabilities"].get("streaming") is True
    return CardInfo(card["name"], url, dialect, streaming, tenant), None


def _check_members(card: JsonObject, members: Mapping[str, type]) -> Failure | None:
    for name, kind in members.items():
        if not isinstance(card.get(name), kind):
            return Failure("bad_shape", f"card.{name} is {card.get(name)!r}, not a {kind.__name__}")
    return None if card["name"] else Failure("bad_shape", "the card's name is empty")


def _choose(card: JsonObject) -> tuple[Dialect, str, str] | None:
    interfaces = card.get("supportedInterfaces")
    for interface in interfaces if isinstance(interfaces, list) else ():
        if isinstance(interface, dict) and interface.get("protocolBinding") == _BINDING:
            dialect = _dialect_of(interface.get("protocolVersion"))
            if dialect is not None and is_text(interface.get("url")):
                return dialect, interface["url"], str(interface.get("tenant") or "")
    return _choose_0_3(card)


def _choose_0_3(card: JsonObject) -> tuple[Dialect, str, str] | None:
    if _dialect_of(card.get("protocolVersion")) is not Dialect.V0_3:
        return None
    if card.get("preferredTransport", _BINDING) == _BINDING and is_text(card.get("url")):
        return Dialect.V0_3, card["url"], ""
    additional = card.get("additionalInterfaces")
    for interface in additional if isinstance(additional, list) else ():
        if not isinstance(interface, dict) or interface.get("transport") != _BINDING:
            continue
        if is_text(interface.get("url")):
            return Dialect.V0_3, interface["url"], ""
    return None


def _dialect_of(version: object) -> Dialect | None:
    """Return the dialect of a version such as ``1.0``, ``0.3`` or ``0.3.0``: patch numbers do not matter."""
    if not isinstance(version, str):
        return None
    return next((d for d in Dialect if version == d.value or version.startswith(d.value + ".")), None)
