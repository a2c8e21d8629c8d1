"""``POST /a2a/{agent}/rpc``: the platform's own JSON-RPC, checked in its order: version, auth, agent, method.

Every answer carries ``result`` and ``error``, one of them null, in HTTP 200.
"""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.catalogue import PM_AGENTS, TEAMS
from loadlib.target.agentos.discovery import registry_card
from loadlib.target.agentos.endpoints import post
from loadlib.target.agentos.model import PROVIDER_ERROR, ModelRun, pause
from loadlib.target.agentos.rpc_faults import faulty_answer
from loadlib.target.agentos.services import VERSION, Services, tenant_of
from loadlib.target.agentos.sse import Ending, EventStream
from loadlib.target.agentos.status import team_body
from loadlib.target.agentos.words import parse_words

PER_MINUTE: Final = 20
PM_TIMEOUT_S: Final = 300.0
DASHBOARD_IDS: Final = ("dashboard", "dashboard_gateway")
METHODS: Final = ("run", "health", "capabilities")


class RpcBody(BaseModel):
    """The request body."""

    jsonrpc: str = "2.0"
    method: str
    params: dict[str, Any] | None = Field(default_factory=dict)
    id: str | int | None = None


class RpcError(Exception):
    """A JSON-RPC error of the answer."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, "data": data}


class CutConnectionError(Exception):
    """The provider failure that shows as a connection closed in the middle of the answer."""


def envelope(request_id: str | int | None, result: Any, error: Any) -> dict[str, Any]:
    """Return the answer with all four keys."""
    return {"jsonrpc": "2.0", "result": result, "error": error, "id": request_id}


def content(text: str) -> dict[str, Any]:
    """Return a result that says ``text``."""
    return {"content": text, "tool_calls": [], "artifacts": []}


class Rpc:
    """The rpc endpoint of every registered agent."""

    def __init__(self, services: Services) -> None:
        self._services = services
        options = services.ctx.options
        teams = tuple(TEAMS) if options.agents_registered else ()
        self._registered = {*PM_AGENTS, *teams, *(DASHBOARD_IDS if options.dashboard_rpc else ())}
        self._methods: dict[str, Callable[[str, dict[str, Any]], Awaitable[Any]]] = {
            "run": self._run,
            "health": self._health,
            "capabilities": self._capabilities,
        }

    async def __call__(self, request: Request, body: RpcBody) -> Response:
        """Answer one call."""
        agent = request.path_params["agent"]
        try:
            self._check(request, agent, body)
        except RpcError as refusal:
            return JSONResponse(envelope(body.id, None, refusal.error))
        return await self._measured(agent, body)

    def _check(self, request: Request, agent: str, body: RpcBody) -> None:
        if body.jsonrpc != "2.0":
            raise RpcError(-32600, "Invalid Request", {"details": "jsonrpc must be '2.0'"})
        tenant = tenant_of(request)
        if tenant.user is None or tenant.workspace is None:
            raise RpcError(-32600, "Authentication required", {"details": "Missing workspace context"})
        if agent not in self._registered:
            raise RpcError(-32601, "Method not found", {"details": f"Agent '{agent}' not registered"})
        if body.method not in METHODS:
            raise RpcError(-32601, "Method not found", {"available_methods": list(METHODS)})

    async def _measured(self, agent: str, body: RpcBody) -> Response:
        started, status, response = time.perf_counter(), "error", None
        self._services.metrics.task_started(agent)
        try:
            response, status = await self._answer(agent, body)
            return response
        finally:
            elapsed_s = time.perf_counter() - started
            size = 0 if response is None else len(response.body)
            self._services.metrics.task_ended(agent, body.method, status, elapsed_s, size)

    async def _answer(self, agent: str, body: RpcBody) -> tuple[Response, str]:
        try:
            result = await self._methods[body.method](agent, body.params or {})
        except RpcError as failure:
            return JSONResponse(envelope(body.id, None, failure.error)), "error"
        except CutConnectionError:
            return _cut(self._services), "error"
        answer = envelope(body.id, result, None)
        mode = _mode(body)
        fault = faulty_answer(mode, answer, self._services.ctx.options.max_stream_s) if mode else None
        return (JSONResponse(answer), "success") if fault is None else (fault, "error")

    async def _health(self, agent: str, _params: dict[str, Any]) -> Any:
        if agent in TEAMS:
            return content(json.dumps(team_body(agent)))
        if self._services.ctx.options.pm_health == "literal":
            return content(json.dumps({"status": "error", "error": f"Unknown team: {agent}"}))
        return content(json.dumps({"status": "ok", "agent": agent, "version": VERSION}))

    async def _capabilities(self, agent: str, _params: dict[str, Any]) -> Any:
        return content(json.dumps(registry_card(agent)) if agent in TEAMS else "{}")

    async def _run(self, agent: str, params: dict[str, Any]) -> Any:
        task = params.get("task")
        if not isinstance(task, str) or not task:
            raise RpcError(-32602, "Invalid params", {"details": "Missing required parameter: task"})
        run = self._services.models.plan(agent, task)
        await self._within_time(agent, run)
        if run.failed:
            return self._failed(agent)
        text = await run.complete()
        self._services.model_used(run, task)
        return content(text)

    async def _within_time(self, agent: str, run: ModelRun) -> None:
        """Raise the timeout error of a run that would exceed its time; the data says 120 always."""
        own_s = self._services.ctx.options.execution_timeout_s
        limit_s = own_s if agent in TEAMS else own_s * PM_TIMEOUT_S / 120.0
        if run.mode == "timeout" or run.duration_s > limit_s:
            await pause(run.ttft_s if run.mode == "timeout" else limit_s)
            raise RpcError(-32000, "Execution timeout", {"timeout_seconds": 120})

    def _failed(self, agent: str) -> Any:
        shape = self._services.ctx.options.provider_failure
        if shape in ("rpc_error", "error_event"):
            raise RpcError(-32603, "Internal error", {"details": PROVIDER_ERROR})
        if shape == "cut":
            raise CutConnectionError(agent)
        return content("" if shape == "empty_run" else PROVIDER_ERROR)


def _mode(body: RpcBody) -> str:
    task = (body.params or {}).get("task")
    return parse_words(task).mode if isinstance(task, str) else ""


def _cut(services: Services) -> Response:
    async def frames() -> Any:
        yield b'{"jsonrpc":"2.0","result":'
        yield Ending.CUT

    return EventStream(frames(), max_s=services.ctx.options.max_stream_s, content_type="application/json")


def rpc_routes(services: Services) -> list[Route]:
    """Return the rpc route, in both spellings."""
    return post(services, "/a2a/{agent}/rpc", RpcBody, Rpc(services), PER_MINUTE)
