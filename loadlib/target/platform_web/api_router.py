"""Joins the API's handlers to HTTP in the platform's order: body parser, guards, handler, metrics.

Guards are the session (401), the workspace with membership (400, 403) and the role (403). They know nothing
of approvals or dashboards.
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadlib.target.context import Credentials
from loadlib.target.platform_web.api_metrics import ApiMetrics
from loadlib.target.platform_web.callers import Role, Session, bearer_token, session_of
from loadlib.target.platform_web.nest_errors import ApiError, bad_request, forbidden, unauthorized

MAX_BODY_BYTES = 1_048_576
EVERY_MEMBER: tuple[Role, ...] = ("owner", "admin", "member")
DECIDERS: tuple[Role, ...] = ("owner", "admin")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the guards: session, workspace and parsed body (empty when there is none)."""

    request: Request
    session: Session
    workspace: str
    body: Mapping[str, object]

    def param(self, name: str) -> str:
        """Return a path parameter."""
        return str(self.request.path_params[name])


Handler = Callable[[Call], Awaitable[Response]]
OpenHandler = Callable[[Request], Awaitable[Response]]


class ApiRouter:
    """Collects the routes of the API; ``prefix`` is what a proxy would strip."""

    def __init__(self, prefix: str, credentials: Credentials, metrics: ApiMetrics) -> None:
        self._prefix = prefix
        self._credentials = credentials
        self._metrics = metrics
        self.routes: list[Route] = []

    def guarded(
        self, method: str, path: str, handler: Handler, roles: tuple[Role, ...] = EVERY_MEMBER
    ) -> None:
        """Add a route for sessions with one of ``roles`` in the workspace."""

        async def endpoint(request: Request) -> Response:
            body = await json_body(request)
            session = self._session(request)
            workspace = _workspace(request, session, body)
            if session.role not in roles:
                raise forbidden("Insufficient permissions")
            return await handler(Call(request, session, workspace, body))

        self.open(method, path, endpoint)

    def open(self, method: str, path: str, endpoint: OpenHandler) -> None:
        """Add a route without guards."""

        async def measured(request: Request) -> Response:
            started_s = time.perf_counter()
            with self._metrics.active.track_inprogress():
                response, counted = await _answered(endpoint, request)
            if counted:
                self._metrics.observe(method, path, response.status_code, time.perf_counter() - started_s)
            return response

        self.routes.append(Route(self._prefix + path, measured, methods=[method]))

    def _session(self, request: Request) -> Session:
        token = bearer_token(request)
        if token is None:
            raise unauthorized("No session token provided")
        session = session_of(self._credentials, token)
        if session is None:
            raise unauthorized("Invalid or expired session")
        return session


async def json_body(request: Request) -> dict[str, object]:
    """Return the JSON object of the body, {} for none; raise the parser's 400 or 413."""
    raw = await request.body()
    if not raw:
        return {}
    if len(raw) > MAX_BODY_BYTES:
        raise ApiError(413, "request entity too large")
    try:
        body = json.loads(raw)
    except ValueError as problem:
        raise ApiError(400, f"Unexpected token in JSON: {problem}") from None
    if not isinstance(body, dict):
        raise bad_request("body must be an object")
    return body


def _workspace(request: Request, session: Session, body: Mapping[str, object]) -> str:
    named = (
        request.path_params.get("workspace_id")
        or body.get("workspaceId")
        or request.query_params.get("workspaceId")
    )
    if not named and not session.workspace:
        raise ApiError(400, "Workspace ID is required", by_guard=True)
    if named and named != session.workspace:
        raise forbidden("You are not a member of this workspace")
    return str(session.workspace)


async def _answered(endpoint: OpenHandler, request: Request) -> tuple[Response, bool]:
    try:
        return await endpoint(request), True
    except ApiError as error:
        return error.response(), not error.by_guard
