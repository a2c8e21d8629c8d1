"""Discovery documents that are wrong in one way each, below ``/__target/cards/{mode}/``.

A client that is given ``.../__target/cards/no_interface`` as an agent's address finds the document where the
protocol says. The correct cards live in ``discovery`` and ``reference_agent``.
"""

from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.catalogue import AGENTS, PROTOCOL_VERSION
from loadlib.target.agentos.discovery import card
from loadlib.target.agentos.services import Services, now_iso

_Card = dict[str, Any]
WELL_KNOWN: Final = ("/.well-known/agent-card.json", "/.well-known/agent.json", "/.well-known/agents")


def _interface(url: str, version: str, binding: str = "JSONRPC") -> _Card:
    return {"url": url, "protocolBinding": binding, "protocolVersion": version}


def _base(url: str) -> _Card:
    return {
        "name": "reference",
        "description": "Reference agent",
        "version": "1.0.0",
        "capabilities": {"streaming": True},
        "defaultInputModes": ["text/plain"],
        "defaultOutputModes": ["text/plain"],
        "skills": [],
        "supportedInterfaces": [_interface(url, "1.0")],
    }


def _old(url: str) -> _Card:
    shape = {key: value for key, value in _base(url).items() if key != "supportedInterfaces"}
    return {**shape, "url": url, "preferredTransport": "JSONRPC", "protocolVersion": "0.3.0"}


AGENT_CARDS: Final[dict[str, Callable[[str], Any]]] = {
    "new_only": _base,
    "old_only": _old,
    "no_streaming": lambda url: {**_base(url), "capabilities": {}},
    "no_interface": lambda url: {**_base(url), "supportedInterfaces": [_interface(url, "1.0", "GRPC")]},
    "other_version": lambda url: {**_base(url), "supportedInterfaces": [_interface(url, "9.0")]},
    "bad_shape": lambda url: {**_base(url), "name": None, "supportedInterfaces": "none"},
    "unknown_members": lambda url: {**_base(url), "shiny": True},
    "not_object": lambda url: [_base(url)],
}
"""Mode to an agent's card; ``url`` is where its agent answers."""


def _cards(base_url: str, *missing: str) -> _Card:
    agents = [card(agent, base_url) for agent in AGENTS.values() if agent.id not in missing]
    return {"protocolVersion": PROTOCOL_VERSION, "agents": agents, "discoveredAt": now_iso()}


LISTINGS: Final[dict[str, Callable[[str], Any]]] = {
    "missing_agent": lambda base_url: _cards(base_url, "herald"),
    "no_agents": lambda base_url: _cards(base_url, *AGENTS),
    "listing_shape": lambda base_url: {**_cards(base_url), "agents": {}},
    "listing_version": lambda base_url: {**_cards(base_url), "protocolVersion": "9.9"},
}
"""Mode to the platform's global discovery body."""

CARD_MODES: Final = tuple(sorted({*AGENT_CARDS, *LISTINGS, "bad_json", "http_404", "content_type"}))


def card_routes(services: Services) -> list[Route]:
    """Return the routes of wrong discovery documents."""
    base_url = services.ctx.urls.agentos

    async def document(request: Request) -> Response:
        mode = request.path_params["mode"]
        if mode in LISTINGS:
            return JSONResponse(LISTINGS[mode](base_url))
        if mode in AGENT_CARDS:
            return JSONResponse(AGENT_CARDS[mode](f"{base_url}/a2a/reference"))
        if mode == "bad_json":
            return Response('{"name": "reference",', media_type="application/json")
        if mode == "content_type":
            return Response("<html></html>", media_type="text/html")
        return JSONResponse({"detail": "Not Found"}, 404)

    return [Route(f"/__target/cards/{{mode}}{path}", document) for path in WELL_KNOWN]
