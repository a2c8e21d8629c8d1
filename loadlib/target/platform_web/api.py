"""Builds the API of the reference platform: REST behind the configured prefix and the realtime gateway.

Routes live in their own modules; latency, faults and truth are the server's.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from loadlib.target.context import TargetContext
from loadlib.target.middleware import instrument
from loadlib.target.platform_web.agent_routes import AgentRoutes
from loadlib.target.platform_web.api_metrics import ApiMetrics
from loadlib.target.platform_web.api_router import ApiRouter
from loadlib.target.platform_web.approval_routes import ApprovalRoutes
from loadlib.target.platform_web.boards import Boards
from loadlib.target.platform_web.clock import iso, utc_now
from loadlib.target.platform_web.dashboard_routes import DashboardRoutes
from loadlib.target.platform_web.dashboard_state import DashboardStates
from loadlib.target.platform_web.nest_errors import ApiError
from loadlib.target.platform_web.realtime import Realtime
from loadlib.target.platform_web.switches import switches_of

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def build(ctx: TargetContext) -> ASGIApp:
    """Return the API's application; ``/health`` and ``/metrics`` answer without the prefix too."""
    switches = switches_of(ctx.options)
    metrics = ApiMetrics()
    boards = Boards(ctx.options.seed)
    states = DashboardStates(merge_paths=not switches.state_updates_literal)
    realtime = Realtime(ctx, boards, states, switches)
    router = ApiRouter(ctx.options.api_prefix, ctx.credentials, metrics)
    ApprovalRoutes(boards, realtime.publish).add_to(router)
    DashboardRoutes(states).add_to(router)
    AgentRoutes(ctx).add_to(router)
    bare = ApiRouter("", ctx.credentials, metrics)
    for own in [router, bare] if ctx.options.api_prefix else [router]:
        own.open("GET", "/health", _health)
        own.open("GET", "/metrics", lambda _request: _exposition(metrics, boards))
    routes = [*router.routes, *bare.routes]
    app = Starlette(routes=routes, exception_handlers={404: _no_route, 405: _no_route})
    return instrument(realtime.wrap(app), ctx, "api", [*routes, "/socket.io/"])


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok", "timestamp": iso(utc_now())})


async def _exposition(metrics: ApiMetrics, boards: Boards) -> Response:
    return Response(metrics.render(boards.depth()), media_type=METRICS_TYPE)


async def _no_route(request: Request, _error: Exception) -> Response:
    return ApiError(404, f"Cannot {request.method} {request.url.path}").response()
