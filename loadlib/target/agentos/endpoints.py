"""Endpoints with a body: validation, the declared limit, the literal defect, in the platform's order.

body (422) -> declared limit (429) -> handler (its refusals are raised) -> rate-limit headers, or the literal
500
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.layers import DeclaredLimitRoute
from loadlib.target.agentos.services import Services, tenant_of
from loadlib.target.agentos.sse import EventStream

Body = TypeVar("Body", bound=BaseModel)


class RefusedError(Exception):
    """Ends a request with ``{"detail": ...}`` and a status, without headers of limits."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail

    def response(self) -> Response:
        """Return the answer."""
        return JSONResponse({"detail": self.detail}, self.status)


class InvalidBodyError(Exception):
    """A body the platform answers with 422; ``errors`` is the list below ``detail``."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("invalid body")
        self.errors = errors


async def read_body(request: Request, model: type[Body]) -> Body:
    """Return the validated JSON body, or raise ``InvalidBodyError`` with the platform's error list."""
    raw = await request.body()
    if not raw:
        raise InvalidBodyError([_error("missing", ["body"], "Field required", None)])
    try:
        data = json.loads(raw)
    except json.JSONDecodeError as error:
        entry = _error("json_invalid", ["body", error.pos], "JSON decode error", {})
        raise InvalidBodyError([{**entry, "ctx": {"error": error.msg}}]) from None
    except UnicodeDecodeError:
        raise InvalidBodyError([_error("json_invalid", ["body", 0], "JSON decode error", {})]) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        entries = [_error(e["type"], ["body", *e["loc"]], e["msg"], e["input"]) for e in found]
        raise InvalidBodyError(entries) from None


def _error(kind: str, location: list[Any], message: str, given: Any) -> dict[str, Any]:
    return {"type": kind, "loc": location, "msg": message, "input": given}


def post(
    services: Services,
    path: str,
    model: type[Body],
    handler: Callable[[Request, Body], Awaitable[Response]],
    per_minute: int | None = None,
) -> list[Route]:
    """Return the routes of a POST endpoint, with and without the trailing slash.

    ``per_minute`` is the declared limit; None leaves the route to the default limit.
    """

    async def endpoint(request: Request) -> Response:
        try:
            body = await read_body(request, model)
            return await _limited(services, request, per_minute, lambda: handler(request, body))
        except InvalidBodyError as error:
            return JSONResponse({"detail": error.errors}, 422)
        except RefusedError as error:
            return error.response()

    kind = Route if per_minute is None else DeclaredLimitRoute
    return [kind(spelling, endpoint, methods=["POST"]) for spelling in (path, path + "/")]


async def _limited(
    services: Services, request: Request, per_minute: int | None, handle: Callable[[], Awaitable[Response]]
) -> Response:
    if per_minute is None:
        return await handle()
    hit = services.limiter.hit(request, per_minute, tenant_of(request))
    if hit is not None and not hit.allowed:
        return hit.refusal()
    response = await handle()
    if services.ctx.options.literal_500 and not isinstance(response, EventStream):
        return PlainTextResponse("Internal Server Error", 500)
    if hit is not None:
        response.headers.update(hit.headers)
    return response
