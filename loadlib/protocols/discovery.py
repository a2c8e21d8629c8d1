"""The platform's discovery bodies: all cards, the listing, one card.

Judges shape and completeness; fetching, HTTP status and caching are the caller's. These cards are the
platform's own shape, not the A2A agent cards of `loadlib.protocols.a2a.card`.
"""

from collections.abc import Sequence
from typing import Final

from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import Body, JsonObject, is_text, parse_object

DEFAULT_AGENT_IDS: Final = ("dashboard_gateway", "navi", "pulse", "herald")
DEFAULT_PROTOCOL_VERSION: Final = "0.3.0"

Judged = tuple[JsonObject | None, Failure | None]


def judge_cards(
    body: Body,
    agent_ids: Sequence[str] = DEFAULT_AGENT_IDS,
    protocol_version: str = DEFAULT_PROTOCOL_VERSION,
) -> Judged:
    """Judge the body with every agent's card (``/.well-known/agent.json``).

    Kinds: ``bad_json``, ``not_object``, ``bad_shape``, ``missing_agent``. More agents than expected are fine.
    """
    document = parse_object(body)
    if isinstance(document, Failure):
        return None, document
    agents, failure = _read_agents(document, protocol_version)
    failure = failure or _first_failure(agents) or _check_complete(agents, "name", agent_ids)
    return (document, None) if failure is None else (None, failure)


def judge_listing(
    body: Body,
    agent_ids: Sequence[str] = DEFAULT_AGENT_IDS,
    protocol_version: str = DEFAULT_PROTOCOL_VERSION,
) -> Judged:
    """Judge the list of agents (``/.well-known/agents``): its count, and each agent's id and addresses."""
    document = parse_object(body)
    if isinstance(document, Failure):
        return None, document
    agents, failure = _read_agents(document, protocol_version)
    if failure is None and document.get("count") != len(agents):
        failure = Failure("bad_shape", f"count is {document.get('count')!r} for {len(agents)} agents")
    for agent in agents:
        failure = failure or _check_texts(agent, ("id", "name", "url", "discoveryUrl"))
    failure = failure or _check_complete(agents, "id", agent_ids)
    return (document, None) if failure is None else (None, failure)


def judge_card(body: Body, agent_id: str) -> Judged:
    """Judge one agent's card (``/a2a/{id}/.well-known/agent.json``); another agent's is ``missing_agent``."""
    card = parse_object(body)
    if isinstance(card, Failure):
        return None, card
    failure = _check_card(card)
    if failure is None and card["name"] != agent_id:
        failure = Failure("missing_agent", f"asked for {agent_id!r}, got the card of {card['name']!r}")
    return (card, None) if failure is None else (None, failure)


def _read_agents(document: JsonObject, protocol_version: str) -> tuple[list[JsonObject], Failure | None]:
    version = document.get("protocolVersion")
    if version != protocol_version:
        return [], Failure("bad_shape", f"protocolVersion is {version!r}, not {protocol_version!r}")
    agents = document.get("agents")
    if not isinstance(agents, list) or not all(isinstance(agent, dict) for agent in agents):
        return [], Failure("bad_shape", "agents is not a list of objects")
    return agents, None


def _check_complete(agents: list[JsonObject], key: str, expected: Sequence[str]) -> Failure | None:
    found = [agent[key] for agent in agents]
    missing = [agent_id for agent_id in expected if agent_id not in found]
    if missing:
        return Failure("missing_agent", f"missing: {', '.join(missing)}")
    if len(set(found)) != len(found):
        return Failure("bad_shape", f"an agent is listed twice: {', '.join(sorted(found))}")
    return None


def _first_failure(cards: list[JsonObject]) -> Failure | None:
    return next((failure for card in cards if (failure := _check_card(card)) is not None), None)


def _check_card(card: JsonObject) -> Failure | None:
    if not isinstance(card.get("capabilities"), dict):
        return Failure("bad_shape", "capabilities is not an object")
    if not isinstance(card.get("skills"), list):
        return Failure("bad_shape", "skills is not a list")
    return _check_texts(card, ("name", "url", "version"))


def _check_texts(agent: JsonObject, names: tuple[str, ...]) -> Failure | None:
    for name in names:
        if not is_text(agent.get(name)):
            return Failure("bad_shape", f"{name} is missing or no text: {agent.get(name)!r}")
    return None
