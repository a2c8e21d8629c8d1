"""Team runs: ownership of the business, the token budget, then JSON or the platform's own SSE dialect.

The ownership lookup is simulated here after the ``business_lookup`` switch; a business id that starts with
one of its words and a dash (``missing-1``) overrides the switch for that request.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, get_args

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.catalogue import TEAMS, Team
from loadlib.target.agentos.endpoints import RefusedError, post
from loadlib.target.agentos.faults import team as faults
from loadlib.target.agentos.faults.script import Script, encode
from loadlib.target.agentos.model import PROVIDER_ERROR, ModelRun, pause
from loadlib.target.agentos.services import Services, tenant_of
from loadlib.target.agentos.sse import EventStream, Frames
from loadlib.target.credentials import Tenant
from loadlib.target.options import BusinessLookup

PER_MINUTE: Final = 10
MIN_TOKENS: Final = 1000
_HEADERS: Final = {"cache-control": "no-cache", "x-accel-buffering": "no"}
_DENIED: Final = (403, "Business not found or access denied")
_REFUSALS: Final[dict[str, tuple[int, str]]] = {
    "missing": _DENIED,
    "foreign": _DENIED,
    "unauthorized": (401, "Business ownership verification failed: unauthorized"),
    "slow": (503, "Business validation service unavailable"),
    "down": (503, "Business validation service unavailable"),
}
_FAILURE_MODES: Final = {
    "error_event": "error",
    "rpc_error": "error",
    "empty_run": "empty",
    "cut": "truncate",
}


class RunBody(BaseModel):
    """The request body."""

    message: str
    business_id: str
    session_id: str | None = None
    model_override: str | None = None
    context: dict[str, Any] | None = None
    stream: bool = False


class TeamRuns:
    """The run endpoint of one team."""

    def __init__(self, services: Services, team: Team) -> None:
        self._services = services
        self._options = services.ctx.options
        self._team = team

    async def __call__(self, request: Request, body: RunBody) -> Response:
        """Answer one run."""
        tenant = tenant_of(request)
        if tenant.user is None or tenant.workspace is None:
            raise RefusedError(401, "Authentication required for business validation")
        await self._check_business(body.business_id)
        self._check_tokens()
        session = body.session_id or f"{self._team.prefix}_{self._hex(12)}"
        run = self._services.models.plan(self._team.id, body.message)
        if body.stream:
            return self._stream(request, session, run, body.message)
        return await self._whole(tenant, session, run, body)

    def _hex(self, digits: int) -> str:
        return f"{self._services.ctx.behaviour.rng('session').getrandbits(4 * digits):0{digits}x}"

    async def _check_business(self, business_id: str) -> None:
        if not business_id.strip():
            raise RefusedError(400, "business_id is required")
        word = business_id.partition("-")[0]
        outcome = word if word in get_args(BusinessLookup) else self._options.business_lookup
        if outcome == "owned":
            return
        if outcome == "slow":
            await pause(self._options.lookup_timeout_s)
        raise RefusedError(*_REFUSALS[outcome])

    def _check_tokens(self) -> None:
        left = self._options.tokens_remaining
        if left is not None and left < MIN_TOKENS:
            raise RefusedError(429, f"Token limit exceeded. Remaining: {left} tokens")

    def _exceeds_time(self, run: ModelRun) -> bool:
        return run.mode == "timeout" or run.duration_s > self._options.execution_timeout_s

    async def _whole(self, tenant: Tenant, session: str, run: ModelRun, body: RunBody) -> Response:
        if self._exceeds_time(run):
            await pause(min(run.duration_s, self._options.execution_timeout_s))
            raise RefusedError(504, f"{self._team.id} team timed out")
        text = await self._text(run)
        self._services.model_used(run, body.message)
        metadata = {
            "business_id": body.business_id,
            "team": self._team.id,
            "workspace_id": tenant.workspace,
            "tokens_used": len(text) // 4,
        }
        return JSONResponse(
            {
                "success": True,
                "content": text,
                "session_id": session,
                "agent_name": self._team.leader,
                "error": None,
                "metadata": metadata,
            }
        )

    async def _text(self, run: ModelRun) -> str:
        if run.mode == "error":
            raise RefusedError(500, "Team execution failed")
        if not run.failed:
            return "" if run.mode == "empty" else await run.complete()
        await pause(run.ttft_s)
        if self._options.provider_failure in ("rpc_error", "error_event", "cut"):
            raise RefusedError(500, "Team execution failed")
        return "" if self._options.provider_failure == "empty_run" else PROVIDER_ERROR

    def _stream(self, request: Request, session: str, run: ModelRun, prompt: str) -> Response:
        ids = faults.Run(session, self._team.id, time.time())
        script = self._script(request, ids, run)
        if script is not None:
            return script.response(run.gap_s, self._options.max_stream_s, run.stall_s)
        self._services.model_used(run, prompt)
        return EventStream(self._frames(ids, run), max_s=self._options.max_stream_s, headers=_HEADERS)

    def _script(self, request: Request, ids: faults.Run, run: ModelRun) -> Script | None:
        path = request.url.path
        mode = run.mode or self._services.ctx.behaviour.stream_fault("team", "agentos", "POST", path, path)
        if run.failed:
            mode = _FAILURE_MODES.get(self._options.provider_failure)
        if self._exceeds_time(run):
            mode = "timeout"
        hide = self._options.environment == "production"
        return faults.script(mode, ids, hide_errors=hide) if mode else None

    async def _frames(self, ids: faults.Run, run: ModelRun) -> Frames:
        """Play a success: one chunk with the whole text at the end, or real chunks for ``mode=chunks``."""
        yield _frame(ids.started)
        text = PROVIDER_ERROR if run.failed else run.text
        if run.mode == "chunks":
            async for chunk in run.stream():
                yield _frame(ids.chunk(chunk))
        else:
            await pause(run.duration_s)
            yield _frame(ids.chunk(text))
        yield _frame(ids.finished(len(text) // 4))


def _frame(event: faults.Event) -> bytes:
    return encode(event)


def team_routes(services: Services) -> list[Route]:
    """Return the run routes of every team."""
    routes: list[Route] = []
    for team in TEAMS.values():
        handler: Callable[[Request, RunBody], Awaitable[Response]] = TeamRuns(services, team)
        routes += post(services, f"/agents/{team.id}/runs", RunBody, handler, PER_MINUTE)
    return routes
