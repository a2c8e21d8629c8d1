"""The web's approvals proxy: the API's list for browsers, and demo data when the API fails.

The platform forwards only the browser's cookies, which its API does not read; ``literal`` keeps that,
otherwise the session goes along as a bearer token. Either way every failure but a 401 becomes 200 with demo
data as long as ``demo_data`` is on: a load test through this route cannot see the API fail.
"""

from typing import Final

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from loadlib.target.context import TargetContext
from loadlib.target.platform_web.callers import SESSION_COOKIE, cookie_session
from loadlib.target.platform_web.web_bodies import UNAUTHORIZED
from loadlib.target.platform_web.web_data import demo_approvals

FORWARDED: Final = ("status", "type", "sortBy", "sortOrder", "page", "limit")
LITERAL_PREFIX: Final = "/api"
"""Where the platform's web looks for the API, whether the API has that prefix or not."""

UPSTREAM_TIMEOUT_S: Final = 10.0
MAX_CONNECTIONS: Final = 100


class ApprovalsProxy:
    """Forwards ``GET /api/approvals``; drops the priority and assignee filters as the platform does."""

    def __init__(self, ctx: TargetContext, *, literal: bool, demo_data: bool) -> None:
        self._ctx = ctx
        self._literal = literal
        self._demo_data = demo_data
        self._client = httpx.AsyncClient(
            timeout=UPSTREAM_TIMEOUT_S, limits=httpx.Limits(max_connections=MAX_CONNECTIONS), trust_env=False
        )

    async def close(self) -> None:
        """Close the connections to the API."""
        await self._client.aclose()

    async def index(self, request: Request) -> Response:
        """Answer the API's list in the web's words, 401, or demo data."""
        status, body = await self._fetch(request)
        if status == 200 and isinstance(body, dict):
            return JSONResponse(_as_web_list(body))
        if status == 401:
            return JSONResponse(UNAUTHORIZED, 401)
        if self._demo_data:
            return JSONResponse(demo_approvals())
        return JSONResponse({"success": False, "error": "BACKEND_ERROR", "status": status}, 502)

    async def _fetch(self, request: Request) -> tuple[int, object]:
        prefix = LITERAL_PREFIX if self._literal else self._ctx.options.api_prefix
        url = f"{self._ctx.urls.api}{prefix}/approvals"
        query = {name: request.query_params[name] for name in FORWARDED if name in request.query_params}
        try:
            answer = await self._client.get(url, params=query, headers=self._headers(request))
            return answer.status_code, answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return 0, None

    def _headers(self, request: Request) -> dict[str, str]:
        token = request.cookies.get(SESSION_COOKIE, "")
        session = cookie_session(self._ctx.credentials, request)
        if self._literal or session is None:
            return {"Cookie": f"{SESSION_COOKIE}={token}"}
        return {"Authorization": f"Bearer {session.token}"}


def _as_web_list(body: dict[str, object]) -> dict[str, object]:
    meta = {name: body.get(name) for name in ("page", "limit", "total", "totalPages")}
    return {"data": body.get("items"), "meta": meta}
