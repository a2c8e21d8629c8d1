"""AgentOS's read-only pages: root, health, readiness, dashboard and PM status, model router, documents."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.catalogue import (
    AGENTS,
    DASHBOARD_TOOLS,
    PM_AGENTS,
    TEAMS,
    WIDGET_TYPES,
    ToolEntry,
)
from loadlib.target.agentos.services import VERSION, Services, tenant_of

_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_ROOT: Final = {
    "service": "HYVVE AgentOS",
    "version": VERSION,
    "protocols": {"a2a": "0.3.0", "ag_ui": "0.1.0"},
    "status": "operational",
    "documentation": "/docs",
}


def health_body(services: Services, request: Request) -> dict[str, Any]:
    """Return the body of ``/health``; it pings nothing, as on the platform."""
    tenant = tenant_of(request)
    return {
        "status": "ok",
        "version": VERSION,
        "registered_agents": len(TEAMS) if services.ctx.options.agents_registered else 0,
        "environment": {"database_configured": True, "redis_configured": True},
        "mcp": {},
        "tenant_context": {"user_id": tenant.user, "workspace_id": tenant.workspace},
    }


def dashboard_body(services: Services) -> dict[str, Any]:
    """Return the body of ``/agents/dashboard/health``."""
    interfaces = {
        "agui": {"mounted": True, "path": "/agui"},
        "a2a": {"mounted": True, "path": "/a2a/dashboard"},
    }
    return {
        "status": "healthy",
        "agent": {
            "name": "dashboard_gateway",
            "description": AGENTS["dashboard_gateway"].description,
            "tools": list(DASHBOARD_TOOLS),
        },
        "interfaces": interfaces if services.ctx.options.agui_mounted else {},
        "widget_types": list(WIDGET_TYPES),
    }


def pm_body(tools: dict[str, list[ToolEntry]]) -> dict[str, Any]:
    """Return the body of ``/agents/pm/a2a/status``, some 18 KB because of the tools' reprs."""
    adapters = {
        agent.id: {
            "registered": True,
            "info": {
                "agent_id": agent.id,
                "name": agent.name,
                "role": agent.role,
                "description": AGENTS[agent.id].description,
                "tools": [repr(tool) for tool in tools[agent.id]],
                "a2a_path": f"/a2a/{agent.id}",
            },
            "capabilities": {
                "streaming": True,
                "pushNotifications": AGENTS[agent.id].push,
                "stateTransfer": False,
            },
        }
        for agent in PM_AGENTS.values()
    }
    return {"status": "enabled", "adapters": adapters, "count": len(adapters)}


def ccr_body(services: Services) -> dict[str, Any]:
    """Return the body of ``/ccr/metrics``."""
    if not services.ctx.options.ccr_enabled:
        return {"status": "disabled", "message": "CCR integration is not enabled"}
    return services.ctx.ccr_usage.as_agentos_metrics()


def team_body(team_id: str) -> dict[str, Any]:
    """Return a team's health."""
    team = TEAMS[team_id]
    return {
        "status": "ok",
        "team": team.id,
        "leader": team.leader,
        "members": list(team.members),
        "version": VERSION,
    }


def status_routes(services: Services) -> list[Route]:
    """Return the read-only routes; all of them have the default limit."""
    tools = {agent.id: [ToolEntry(name) for name in agent.tools] for agent in PM_AGENTS.values()}

    def page(path: str, body: dict[str, Any]) -> Route:
        async def endpoint(_request: Request) -> Response:
            return JSONResponse(body)

        return Route(path, endpoint)

    async def health(request: Request) -> Response:
        return JSONResponse(health_body(services, request))

    async def pm_status(_request: Request) -> Response:
        return JSONResponse(pm_body(tools))

    async def ccr_metrics(_request: Request) -> Response:
        return JSONResponse(ccr_body(services))

    routes = [
        page("/", _ROOT),
        page("/status", {"status": "running", "version": VERSION}),
        page("/ready", {"ready": True, "version": VERSION}),
        Route("/health", health),
        page("/agents/dashboard/health", dashboard_body(services)),
        Route("/agents/pm/a2a/status", pm_status),
        Route("/ccr/metrics", ccr_metrics),
        *[page(f"/agents/{team}/health", team_body(team)) for team in TEAMS],
        *_documents(),
    ]
    if services.ctx.options.ccr_health_route:
        body = {"status": "healthy", "ccr_enabled": services.ctx.options.ccr_enabled}
        routes.append(page("/ccr/health", body))
    return routes


def _documents() -> list[Route]:
    async def docs(_request: Request) -> Response:
        return HTMLResponse(_PAGE.format("HYVVE AgentOS - Swagger UI"))

    async def redoc(_request: Request) -> Response:
        return HTMLResponse(_PAGE.format("HYVVE AgentOS - ReDoc"))

    async def openapi(_request: Request) -> Response:
        info = {"title": "HYVVE AgentOS", "version": VERSION}
        return JSONResponse({"openapi": "3.1.0", "info": info, "paths": {}})

    return [Route("/docs", docs), Route("/redoc", redoc), Route("/openapi.json", openapi)]
