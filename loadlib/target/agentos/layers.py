"""AgentOS's middleware, pure ASGI: the default rate limit, outermost, and the tenant layer inside it.

A 429 or 403 of these layers is final and carries no CORS headers, as on the platform.
"""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loadlib.target.agentos.limits import DEFAULT_LIMIT, Limiter
from loadlib.target.agentos.services import TENANT
from loadlib.target.context import TargetContext
from loadlib.target.credentials import Tenant, TokenRefusedError
from loadlib.target.middleware import OWN_PREFIX

EXEMPT: Final = (OWN_PREFIX, "/a2a/reference")
"""Path prefixes of what the platform does not have: no limit of it applies there."""


class DeclaredLimitRoute(Route):
    """A route with a limit of its own, which the default limit leaves alone."""


class DefaultLimit:
    """Counts requests of routes without a limit of their own, by client address, before the token is read."""

    def __init__(self, app: ASGIApp, ctx: TargetContext, limiter: Limiter, routes: Sequence[Route]) -> None:
        self._app = app
        self._on = ctx.options.default_limit and ctx.options.rate_limit_scale is not None
        self._limiter = limiter
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if not self._on or scope["type"] != "http" or not self._is_limited(scope):
            await self._app(scope, receive, send)
            return
        hit = self._limiter.hit(HTTPConnection(scope), DEFAULT_LIMIT, Tenant())
        if hit is None:
            await self._app(scope, receive, send)
            return
        if not hit.allowed:
            await hit.refusal()(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(hit.headers)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _is_limited(self, scope: Scope) -> bool:
        for route in self._routes:
            if route.matches(scope)[0] is Match.FULL:
                return not (isinstance(route, DeclaredLimitRoute) or route.path.startswith(EXEMPT))
        return False


class TenantLayer:
    """Verifies every bearer token, on public paths too, and leaves the tenant in the scope."""

    def __init__(self, app: ASGIApp, ctx: TargetContext) -> None:
        self._app = app
        self._credentials = ctx.credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI scope."""
        if scope["type"] != "http" or scope["path"].startswith(OWN_PREFIX):
            await self._app(scope, receive, send)
            return
        authorization = HTTPConnection(scope).headers.get("authorization")
        try:
            scope[TENANT] = self._credentials.tenant(authorization)
        except TokenRefusedError as refusal:
            await JSONResponse(refusal.body, 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)
