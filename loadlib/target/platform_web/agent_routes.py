"""The API's routes around agents: PM chat, AgentOS's business lookup before team runs, the AI providers.

The real API has no business lookup; without it every team run is refused, so the reference platform
provides it and ``business_lookup`` in the options chooses its answer. Both lookups accept AgentOS's own
token too, which AgentOS forwards.
"""

import asyncio
import math
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from loadlib.target.context import TargetContext
from loadlib.target.credentials import TokenRefusedError
from loadlib.target.platform_web.api_router import ApiRouter, Call
from loadlib.target.platform_web.callers import bearer_token, client_address, session_of
from loadlib.target.platform_web.nest_errors import ApiError, forbidden, throttled, unauthorized
from loadlib.target.platform_web.throttle import FixedWindow
from loadlib.target.platform_web.whitelist import Field, Whitelist, text

CHAT_LIMIT: Final = 10
CHAT_WINDOW_S: Final = 10.0
SLOW_LOOKUP_FACTOR: Final = 1.2
"""A slow lookup lasts this much longer than the caller's time limit for it."""

CHAT_BODY = Whitelist(
    Field("projectId", text(100), required=True),
    Field("agentName", text(100), required=True),
    Field("message", text(10_000), required=True),
)


class AgentRoutes:
    """The handlers; the chat is throttled per address when limits are on."""

    def __init__(self, ctx: TargetContext) -> None:
        self._ctx = ctx
        scale = ctx.options.rate_limit_scale
        self._chat_window = FixedWindow(math.ceil(CHAT_LIMIT * scale), CHAT_WINDOW_S) if scale else None
        self._random = ctx.behaviour.rng("api chat ids")

    def add_to(self, router: ApiRouter) -> None:
        """Register the routes."""
        router.guarded("POST", "/pm/agents/chat", self.chat)
        router.open("GET", "/workspaces/{workspace_id}/businesses/{business_id}", self.business)
        router.open("GET", "/workspaces/{workspace_id}/ai-providers", self.providers)

    async def chat(self, call: Call) -> Response:
        """Answer a chat message with 201, at most 10 per 10 s and address."""
        self._throttle(call.request)
        body = CHAT_BODY.clean(call.body)
        conversation = UUID(int=self._random.getrandbits(128), version=4)
        answer = {
            "conversationId": str(conversation),
            "response": f"{body['agentName']}: noted for project {body['projectId']}.",
            "metadata": {"agentName": body["agentName"], "workspaceId": call.workspace},
        }
        return JSONResponse(answer, 201)

    async def business(self, request: Request) -> Response:
        """Answer the business, or whatever the lookup switch asks for."""
        workspace = self._member_of(request)
        mode = self._ctx.options.business_lookup
        if mode == "missing":
            raise ApiError(404, "Business not found")
        if mode == "unauthorized":
            raise unauthorized("Invalid or expired session")
        if mode == "down":
            raise ApiError(503, "Database connection failed")
        if mode == "slow":
            await asyncio.sleep(self._ctx.options.lookup_timeout_s * SLOW_LOOKUP_FACTOR)
        owner = "another-workspace" if mode == "foreign" else workspace
        business_id = request.path_params["business_id"]
        return JSONResponse({"id": business_id, "workspaceId": owner, "name": f"Business {business_id}"})

    async def providers(self, request: Request) -> Response:
        """Answer the workspace's own AI providers: one, healthy."""
        workspace = self._member_of(request)
        provider = {
            "id": "provider-1",
            "workspaceId": workspace,
            "provider": "claude",
            "defaultModel": "claude-sonnet",
            "isValid": True,
            "maxTokensPerDay": 1_000_000,
            "tokensUsedToday": 0,
        }
        return JSONResponse({"data": [provider]})

    def _throttle(self, request: Request) -> None:
        if self._chat_window is None:
            return
        decision = self._chat_window.hit(client_address(request))
        if not decision.allowed:
            raise throttled(decision.retry_after_s)

    def _member_of(self, request: Request) -> str:
        wanted = str(request.path_params["workspace_id"])
        workspace = self._caller_workspace(request)
        if workspace is None:
            raise unauthorized("Invalid or expired session")
        if workspace != wanted:
            raise forbidden("You are not a member of this workspace")
        return wanted

    def _caller_workspace(self, request: Request) -> str | None:
        session = session_of(self._ctx.credentials, bearer_token(request) or "")
        if session is not None:
            return session.workspace
        try:
            return self._ctx.credentials.tenant(request.headers.get("authorization")).workspace
        except TokenRefusedError:
            return None
