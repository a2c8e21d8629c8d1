"""Operators' pages of AgentOS: the Prometheus exposition and the control plane, each with its key."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.metrics import CONTENT_TYPE
from loadlib.target.agentos.services import VERSION, Services


def metrics_route(services: Services) -> Route:
    """Return ``GET /metrics``; with a key configured it wants that key in ``X-Metrics-Key``."""
    key = services.ctx.options.metrics_api_key

    async def metrics(request: Request) -> Response:
        if key and request.headers.get("x-metrics-key") != key:
            body = {"detail": "Invalid or missing metrics API key"}
            return JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})
        return Response(services.metrics.render(), headers={"content-type": CONTENT_TYPE})

    return Route("/metrics", metrics)


def control_plane_routes(services: Services) -> list[Route]:
    """Return the control plane's routes; 404 when it is off, 401 without the key when one is configured.

    A bearer key that is no token never gets here: the tenant layer answers it with 403.
    """
    options = services.ctx.options
    bodies = {
        "/control-plane/health": {
            "status": "ok",
            "control_plane_enabled": True,
            "session_storage": "postgresql",
            "version": VERSION,
        },
        "/control-plane/sessions": {"sessions": [], "count": 0},
    }

    def page(path: str) -> Route:
        async def endpoint(request: Request) -> Response:
            if not options.control_plane:
                return JSONResponse({"detail": "Control plane is disabled"}, 404)
            if options.control_plane_key and "authorization" not in request.headers:
                return JSONResponse({"detail": "Control plane API key required"}, 401)
            if options.control_plane_key:
                return JSONResponse({"detail": "Invalid control plane API key"}, 403)
            return JSONResponse(bodies[path])

        return Route(path, endpoint)

    return [page(path) for path in bodies]
