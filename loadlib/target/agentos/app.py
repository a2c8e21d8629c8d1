"""Puts the AgentOS application together; every route's behaviour lives in a module of its own.

Order, outermost first: true latencies and injected faults, default rate limit, tenant, CORS, routes. Among
the routes the specific ones come before the generic ``/a2a/{agent}`` ones.
"""

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from loadlib.target.agentos.agui import agui_routes
from loadlib.target.agentos.approval import approval_routes, knowledge_routes
from loadlib.target.agentos.control import control_routes
from loadlib.target.agentos.discovery import discovery_routes
from loadlib.target.agentos.layers import DefaultLimit, TenantLayer
from loadlib.target.agentos.operations import control_plane_routes, metrics_route
from loadlib.target.agentos.raw_streams import check_stream_faults, raw_stream_routes
from loadlib.target.agentos.reference_agent import reference_routes
from loadlib.target.agentos.rpc import rpc_routes
from loadlib.target.agentos.services import Services
from loadlib.target.agentos.status import status_routes
from loadlib.target.agentos.teams import team_routes
from loadlib.target.context import TargetContext
from loadlib.target.middleware import instrument

ORIGINS: Final = ("http://localhost:3000", "http://127.0.0.1:3000")


def platform_routes(services: Services) -> list[Route]:
    """Return the platform's own routes, specific before generic."""
    return [
        *status_routes(services),
        metrics_route(services),
        *control_plane_routes(services),
        *approval_routes(services),
        *knowledge_routes(services),
        *team_routes(services),
        *agui_routes(services),
        *discovery_routes(services),
        *rpc_routes(services),
    ]


def all_routes(services: Services) -> list[Route]:
    """Return every route: the target's own first, then the reference agent, then the platform's."""
    return [
        *control_routes(services.ctx),
        *raw_stream_routes(services),
        *reference_routes(services),
        *platform_routes(services),
    ]


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else "Internal Server Error"
    return JSONResponse({"detail": detail}, status)


def build_agentos(ctx: TargetContext) -> ASGIApp:
    """Build the AgentOS application; raises ``ConfigurationError`` for impossible stream faults."""
    check_stream_faults(ctx.options.stream_faults)
    services = Services(ctx)
    routes = all_routes(services)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=ORIGINS,
        allow_credentials=True,
        allow_methods=["*"],
        allow_headers=["*"],
    )
    app = Starlette(routes=routes, middleware=[cors], exception_handlers={HTTPException: _http_error})
    limited = DefaultLimit(TenantLayer(app, ctx), ctx, services.limiter, routes)
    return instrument(limited, ctx, "agentos", routes)
