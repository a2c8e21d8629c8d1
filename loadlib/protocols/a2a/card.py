"""Reading an agent card: which interfaces it offers, in which dialect, and where.

A 1.0 card lists ``supportedInterfaces`` in order of preference; a 0.3 card has ``url``,
``preferredTransport`` and ``additionalInterfaces``. A card with both shapes merged offers both. Only JSON-RPC
interfaces of a version spoken here count; unknown members are ignored. Fetching and caching the card are the
caller's.
"""

from collections.abc import Iterator, Mapping
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
class Interface:
    """One way to the agent. ``url`` is the card's own; ``tenant`` must be echoed in every request to it."""

    dialect: Dialect
    url: str
    tenant: str = ""


@dataclass(frozen=True, slots=True)
class CardInfo:
    """What a client needs of a card; ``interfaces`` are the offered ones, in order of preference."""

    name: str
    interfaces: tuple[Interface, ...]
    streaming: bool


def read_card(body: Body) -> tuple[CardInfo | None, Failure | None]:
    """Return what a card offers, or a failure.

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
    interfaces = tuple(dict.fromkeys((*_supported(card), *_of_0_3(card))))
    if not interfaces:
        return None, Failure("no_interface", "no JSONRPC interface of version 0.3 or 1.0")
    return CardInfo(card["name"], interfaces, card["capabilities"].get("streaming") is True), None


def _check_members(card: JsonObject, members: Mapping[str, type]) -> Failure | None:
    for name, kind in members.items():
        if not isinstance(card.get(name), kind):
            return Failure("bad_shape", f"card.{name} is {card.get(name)!r}, not a {kind.__name__}")
    return None if card["name"] else Failure("bad_shape", "the card's name is empty")


def _supported(card: JsonObject) -> Iterator[Interface]:
    """Yield the interfaces that a 1.0 card lists; they may be of an older version, too."""
    for interface in _objects(card.get("supportedInterfaces")):
        dialect = _dialect_of(interface.get("protocolVersion"))
        if (
            interface.get("protocolBinding") == _BINDING
            and dialect is not None
            and is_text(interface.get("url"))
        ):
            yield Interface(dialect, interface["url"], str(interface.get("tenant") or ""))


def _of_0_3(card: JsonObject) -> Iterator[Interface]:
    """Yield the interfaces that the members of a 0.3 card name."""
    if _dialect_of(card.get("protocolVersion")) is not Dialect.V0_3:
        return
    if card.get("preferredTransport", _BINDING) == _BINDING and is_text(card.get("url")):
        yield Interface(Dialect.V0_3, card["url"])
    for interface in _objects(card.get("additionalInterfaces")):
        if interface.get("transport") == _BINDING and is_text(interface.get("url")):
            yield Interface(Dialect.V0_3, interface["url"])


def _objects(members: object) -> list[JsonObject]:
    return [one for one in members if isinstance(one, dict)] if isinstance(members, list) else []


def _dialect_of(version: object) -> Dialect | None:
    """Return the dialect of a version such as ``1.0``, ``0.3`` or ``0.3.0``: patch numbers do not matter."""
    if not isinstance(version, str):
        return None
    return next((d for d in Dialect if version == d.value or version.startswith(d.value + ".")), None)
