"""Discovery: agent cards of the platform's two generations, the listing, and their 404s."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.catalogue import AGENTS, PROTOCOL_VERSION, TEAMS, Agent, skill
from loadlib.target.agentos.services import Services, now_iso


def card(agent: Agent, base_url: str) -> dict[str, Any]:
    """Return an agent's card as ``agent.json`` serves it."""
    return {
        "@context": "https://schema.org",
        "@type": "AIAgent",
        "name": agent.id,
        "description": agent.description,
        "url": f"{base_url}/a2a/{agent.segment}",
        "version": PROTOCOL_VERSION,
        "capabilities": {"streaming": True, "pushNotifications": agent.push, "stateTransfer": False},
        "skills": [skill(name, agent.id) for name in agent.skills],
        "defaultInputModes": ["text"],
        "defaultOutputModes": list(agent.output_modes),
        "provider": {"organization": "HYVVE", "url": None},
        "authentication": {"schemes": ["bearer"], "required": False},
        "documentationUrl": None,
        "created": now_iso(),
    }


def registry_card(team_id: str) -> dict[str, Any]:
    """Return a team's card as ``agent-card.json`` serves it."""
    team = TEAMS[team_id]
    return {
        "protocolVersion": PROTOCOL_VERSION,
        "id": team.id,
        "name": f"{team.id.title()} Team",
        "description": team.description,
        "version": "1.0.0",
        "endpoints": {"rpc": "/rpc", "ws": None},
        "capabilities": {"streaming": True, "events": True, "files": False},
        "skills": [],
    }


def _listing_entry(agent: Agent, base_url: str) -> dict[str, Any]:
    url = f"{base_url}/a2a/{agent.segment}"
    return {
        "id": agent.id,
        "name": agent.id,
        "description": agent.description,
        "url": url,
        "discoveryUrl": f"{url}/.well-known/agent.json",
    }


def discovery_routes(services: Services) -> list[Route]:
    """Return the discovery routes; all of them have the default limit."""
    ctx = services.ctx
    teams = list(TEAMS) if ctx.options.agents_registered else []

    def disabled() -> Response | None:
        return None if ctx.options.a2a_enabled else JSONResponse({"detail": "A2A protocol is disabled"}, 404)

    async def all_cards(_request: Request) -> Response:
        cards = [card(agent, ctx.urls.agentos) for agent in AGENTS.values()]
        body = {"protocolVersion": PROTOCOL_VERSION, "agents": cards, "discoveredAt": now_iso()}
        return disabled() or JSONResponse(body)

    async def listing(_request: Request) -> Response:
        agents = [_listing_entry(agent, ctx.urls.agentos) for agent in AGENTS.values()]
        body = {"protocolVersion": PROTOCOL_VERSION, "count": len(agents), "agents": agents}
        return disabled() or JSONResponse({**body, "discoveredAt": now_iso()})

    async def one_card(request: Request) -> Response:
        agent = AGENTS.get(request.path_params["agent"])
        if agent is None:
            known = ", ".join(AGENTS)
            detail = f"Agent '{request.path_params['agent']}' not found. Available agents: {known}"
            return disabled() or JSONResponse({"detail": detail}, 404)
        return disabled() or JSONResponse(card(agent, ctx.urls.agentos))

    async def registry(_request: Request) -> Response:
        return JSONResponse(
            {"protocolVersion": PROTOCOL_VERSION, "agents": [registry_card(team) for team in teams]}
        )

    async def one_registry_card(request: Request) -> Response:
        name = request.path_params["agent"]
        if name not in teams:
            return JSONResponse({"detail": f"Agent '{name}' not found"}, 404)
        return JSONResponse(registry_card(name))

    return [
        Route("/.well-known/agent.json", all_cards),
        Route("/.well-known/agents", listing),
        Route("/.well-known/agent-card.json", registry),
        Route("/a2a/{agent}/.well-known/agent.json", one_card),
        Route("/a2a/{agent}/.well-known/agent-card.json", one_registry_card),
    ]
