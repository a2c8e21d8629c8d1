"""Builds the web of the reference platform: pages, static chunks and the routes the dashboard page calls.

``/api/dashboard/*`` does not exist here because it does not exist in the platform. Pages check the presence
of the session cookie only, data routes check the session.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from loadlib.target.context import TargetContext
from loadlib.target.middleware import instrument
from loadlib.target.platform_web import web_data
from loadlib.target.platform_web.callers import SESSION_COOKIE, cookie_session
from loadlib.target.platform_web.clock import iso, utc_now
from loadlib.target.platform_web.switches import switches_of
from loadlib.target.platform_web.web_approvals import ApprovalsProxy
from loadlib.target.platform_web.web_auth import WebAuth
from loadlib.target.platform_web.web_bodies import (
    NO_WORKSPACE,
    UNAUTHORIZED,
    invalid_query,
    query_number,
    read_object,
)
from loadlib.target.platform_web.web_pages import Asset, Pages

PROTECTED: Final = ("/dashboard", "/settings", "/businesses", "/approvals", "/ai-team", "/onboarding")
WorkspaceHandler = Callable[[Request, str], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Web:
    """The handlers of one web process."""

    def __init__(self, ctx: TargetContext) -> None:
        switches = switches_of(ctx.options)
        self._ctx = ctx
        self._mocks = switches.web_mocks
        self._pages = Pages(ctx.behaviour.rng("web pages"))
        self._auth = WebAuth(ctx)
        self.approvals = ApprovalsProxy(
            ctx, literal=switches.approvals_proxy_literal, demo_data=switches.web_demo_data
        )

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [*self._page_routes(), *self._auth.routes(), *self._data_routes()]

    def _page_routes(self) -> list[Route]:
        chunks = [Route(path, _serve(asset)) for path, asset in self._pages.chunks.items()]
        pages = [Route(prefix, self._protected) for prefix in PROTECTED]
        below = [Route(prefix + "/{path:path}", self._protected) for prefix in PROTECTED]
        return [Route("/sign-in", _serve(self._pages.sign_in)), *chunks, *pages, *below]

    def _data_routes(self) -> list[Route]:
        return [
            Route("/api/businesses", self._for_session(_businesses)),
            Route("/api/pm/notifications", self._for_session(_notifications)),
            Route("/api/pm/notifications/unread-count", self._for_session(_unread_count)),
            Route("/api/agents", self._for_session(_agents)),
            Route("/api/agents/{agent_id}", self._for_session(_agent)),
            Route("/api/approvals", self.approvals.index),
            Route("/api/approvals/metrics", self._for_session(self._approval_metrics)),
            Route("/api/copilotkit", self._copilot, methods=["GET", "POST"]),
        ]

    def _for_session(self, handler: WorkspaceHandler) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            session = cookie_session(self._ctx.credentials, request)
            if session is None:
                return JSONResponse(UNAUTHORIZED, 401)
            if session.workspace is None:
                return JSONResponse(NO_WORKSPACE, 400)
            try:
                return await handler(request, session.workspace)
            except ValueError as problem:
                return invalid_query(problem)

        return endpoint

    async def _protected(self, request: Request) -> Response:
        if SESSION_COOKIE not in request.cookies:
            return RedirectResponse(f"/sign-in?redirect={quote(request.url.path, safe='')}", 307)
        return self._pages.dashboard.respond(request)

    async def _approval_metrics(self, _request: Request, _workspace: str) -> Response:
        if not self._mocks:
            return JSONResponse({"error": "SERVICE_UNAVAILABLE", "message": "Metrics unavailable"}, 503)
        return JSONResponse({"data": web_data.approval_metrics()})

    async def _copilot(self, request: Request) -> Response:
        timestamp = iso(utc_now())
        if request.method == "GET":
            mode = "mock" if self._mocks else "connected"
            return JSONResponse({"status": "ok", "mode": mode, "timestamp": timestamp})
        if await read_object(request) is None:
            return JSONResponse({"error": "Internal server error"}, 500)
        return JSONResponse({"message": "CopilotKit runtime mock", "status": "mock", "timestamp": timestamp})


def build(ctx: TargetContext) -> ASGIApp:
    """Return the web's application."""
    web = Web(ctx)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await web.approvals.close()

    routes = web.routes()
    return instrument(Starlette(routes=routes, lifespan=lifespan), ctx, "web", routes)


async def _businesses(request: Request, workspace: str) -> Response:
    take = query_number(request, "take", 20, 1, 100)
    skip = query_number(request, "skip", 0, 0, 1_000_000)
    cursor = request.query_params.get("cursor")
    found = web_data.businesses(workspace)
    if cursor is not None:
        ids = [business["id"] for business in found]
        if cursor not in ids:
            raise ValueError("cursor is unknown")
        skip = ids.index(cursor) + 1
    data = found[skip : skip + take]
    has_more = skip + take < len(found)
    place = {"cursor": data[-1]["id"] if has_more else None} if cursor is not None else {"skip": skip}
    kind = "cursor" if cursor is not None else "offset"
    pagination = {**place, "total": len(found), "take": take, "hasMore": has_more, "paginationType": kind}
    return JSONResponse({"success": True, "data": data, "pagination": pagination})


async def _notifications(request: Request, workspace: str) -> Response:
    page = query_number(request, "page", 1, 1, 1_000_000)
    limit = query_number(request, "limit", 20, 1, 100)
    found = web_data.notifications(workspace)
    pages = -(-len(found) // limit)
    meta = {"page": page, "limit": limit, "total": len(found), "totalPages": pages}
    return JSONResponse({"data": found[(page - 1) * limit : page * limit], "meta": meta})


async def _unread_count(_request: Request, _workspace: str) -> Response:
    return JSONResponse({"count": web_data.UNREAD})


async def _agents(_request: Request, workspace: str) -> Response:
    return JSONResponse({"data": web_data.agents(workspace)})


async def _agent(request: Request, workspace: str) -> Response:
    wanted = request.path_params["agent_id"]
    for agent in web_data.agents(workspace):
        if agent["id"] == wanted:
            return JSONResponse({"data": agent})
    return JSONResponse({"error": "NOT_FOUND", "message": "Agent not found"}, 404)


def _serve(asset: Asset) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return asset.respond(request)

    return endpoint
