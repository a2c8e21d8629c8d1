"""The target's own routes below ``/__target``: true latencies, and what runs with which switches."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.context import TargetContext


def control_routes(ctx: TargetContext) -> list[Route]:
    """Return the routes of the target itself."""

    async def truth(_request: Request) -> Response:
        return JSONResponse(ctx.truth.describe())

    async def reset(_request: Request) -> Response:
        ctx.truth.reset()
        ctx.traces.reset()
        return JSONResponse({"reset": True})

    async def traces(_request: Request) -> Response:
        return JSONResponse(ctx.traces.describe())

    async def info(_request: Request) -> Response:
        return JSONResponse({"urls": ctx.urls.as_dict(), "options": ctx.options.describe()})

    return [
        Route("/__target/truth", truth),
        Route("/__target/truth/reset", reset, methods=["POST"]),
        Route("/__target/traces", traces),
        Route("/__target/info", info),
    ]
