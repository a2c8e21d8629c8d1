"""The A2A agent on the official SDK: ``/a2a/reference`` speaks 1.0 and, through its compat layer, 0.3.

Behaviour words in the user's text choose its fate. Modes that the SDK cannot emit are played by hand-written
frames.
"""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final

from a2a.helpers.proto_helpers import new_text_message, new_text_part
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.context import ServerCallContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes.agent_card_routes import create_agent_card_routes
from a2a.server.routes.jsonrpc_routes import create_jsonrpc_routes
from a2a.server.routes.rest_routes import create_rest_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types.a2a_pb2 import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentProvider,
    AgentSkill,
    Task,
    TaskState,
    TaskStatus,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.faults import a2a as faults
from loadlib.target.agentos.model import PROVIDER_ERROR, ModelRun, pause
from loadlib.target.agentos.rpc_faults import faulty_answer
from loadlib.target.agentos.services import VERSION, Services
from loadlib.target.agentos.words import Words, parse_words

PATH: Final = "/a2a/reference"
CARD_PATH: Final = f"{PATH}/.well-known/agent-card.json"
TASKS_LIMIT: Final = 20_000
"""Tasks remembered; the oldest are forgotten first."""

REST_PATH: Final = f"{PATH}/rest"
SDK_MODES: Final = ("message", "fail", "reject", "input", "auth", "cancel", "raise", "noterm", "hang")
"""Modes of a text that the SDK plays itself."""

STREAM_METHODS: Final = ("SendStreamingMessage", "message/stream")
SEND_METHODS: Final = ("SendMessage", "message/send")
_MODE: Final = re.compile(rb"\bmode=[a-z0-9_]")


class BoundedTaskStore(InMemoryTaskStore):
    """The SDK's task store, with the oldest tasks forgotten beyond ``TASKS_LIMIT``."""

    def __init__(self) -> None:
        super().__init__()
        self._order: OrderedDict[str, ServerCallContext] = OrderedDict()

    async def save(self, task: Task, context: ServerCallContext) -> None:
        """Save a task and forget the oldest one if there are too many."""
        await super().save(task, context)
        self._order.setdefault(task.id, context)
        while len(self._order) > TASKS_LIMIT:
            oldest, owner = self._order.popitem(last=False)
            await self.delete(oldest, owner)


class ReferenceExecutor(AgentExecutor):
    """Answers with simulated model output, or as the text's mode says."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._endings: dict[str, Callable[[TaskUpdater], Awaitable[None]]] = {
            "fail": TaskUpdater.failed,
            "reject": TaskUpdater.reject,
            "input": TaskUpdater.requires_input,
            "auth": TaskUpdater.requires_auth,
            "cancel": TaskUpdater.cancel,
        }

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Run one request."""
        run = self._services.models.plan("reference", context.get_user_input())
        mode = self._mode(run)
        if mode == "message":
            text = await run.complete()
            await event_queue.enqueue_event(new_text_message(text, context_id=context.context_id))
            return
        if context.current_task is None:
            await event_queue.enqueue_event(_submitted(context))
        updater = TaskUpdater(event_queue, context.task_id or "", context.context_id or "")
        await updater.start_work()
        await self._work(updater, run, mode)

    def _mode(self, run: ModelRun) -> str:
        shapes = {"content": "provider_text", "empty_run": "bare", "cut": "noterm"}
        return shapes.get(self._services.ctx.options.provider_failure, "fail") if run.failed else run.mode

    async def _work(self, updater: TaskUpdater, run: ModelRun, mode: str) -> None:
        if mode in self._endings:
            await pause(run.ttft_s)
            await self._endings[mode](updater)
            return
        if mode == "raise":
            raise RuntimeError("executor failed")
        if mode == "provider_text":
            await updater.add_artifact([new_text_part(PROVIDER_ERROR)], name="answer", last_chunk=True)
        elif mode != "bare":
            await _answer(updater, run)
        if mode == "hang":
            await asyncio.sleep(self._services.ctx.options.max_stream_s)
        if mode != "noterm":
            await updater.complete()

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Cancel a task."""
        await TaskUpdater(event_queue, context.task_id or "", context.context_id or "").cancel()


def _submitted(context: RequestContext) -> Task:
    status = TaskStatus(state=TaskState.TASK_STATE_SUBMITTED)
    history = [context.message] if context.message else []
    return Task(id=context.task_id, context_id=context.context_id, status=status, history=history)


async def _answer(updater: TaskUpdater, run: ModelRun) -> None:
    last = len(run.chunks) - 1
    index = 0
    async for chunk in run.stream():
        await updater.add_artifact(
            [new_text_part(chunk)],
            artifact_id="answer",
            name="answer",
            append=True if index else None,
            last_chunk=True if index == last else None,
        )
        index += 1


def _card(base_url: str) -> AgentCard:
    url = f"{base_url}{PATH}"
    return AgentCard(
        name="reference",
        description="Reference agent on the official A2A SDK; its text says how it behaves",
        version=VERSION,
        provider=AgentProvider(organization="Reference platform", url=base_url),
        capabilities=AgentCapabilities(streaming=True, push_notifications=False),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[
            AgentSkill(
                id="answer", name="Answer", description="Answers with simulated text", tags=["reference"]
            )
        ],
        supported_interfaces=[
            AgentInterface(url=url, protocol_binding="JSONRPC", protocol_version="1.0"),
            AgentInterface(url=url, protocol_binding="JSONRPC", protocol_version="0.3"),
            AgentInterface(
                url=f"{base_url}{REST_PATH}", protocol_binding="HTTP+JSON", protocol_version="1.0"
            ),
        ],
    )


class FaultGate:
    """Plays a hand-written answer when a mode or an option asks for one; else the SDK answers."""

    def __init__(self, services: Services, sdk: Callable[[Request], Awaitable[Response]]) -> None:
        self._services = services
        self._max_s = services.ctx.options.max_stream_s
        self._sdk = sdk

    async def __call__(self, request: Request) -> Response:
        """Answer a call."""
        raw = await request.body()
        if _MODE.search(raw) is None and not self._services.ctx.options.stream_faults:
            return await self._sdk(request)
        return self._faulty(raw) or await self._sdk(request)

    def _faulty(self, raw: bytes) -> Response | None:
        try:
            call = json.loads(raw)
            method, request_id = call["method"], call.get("id")
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        return self.answer(method, request_id, parse_words(raw.decode()))

    def answer(self, method: Any, request_id: Any, words: Words) -> Response | None:
        """Return the hand-written answer to a call, or None when the SDK can give it."""
        old, mode = "/" in str(method), words.mode
        if method in STREAM_METHODS:
            fault = mode or self._services.ctx.behaviour.stream_fault("a2a", "agentos", "POST", PATH, PATH)
            script = faults.script(fault or "", request_id, old=old)
            if script is None or mode in SDK_MODES:
                return None
            return script.response(words.delay_s or 0.0, self._max_s, words.stall_s)
        if method in SEND_METHODS and mode not in SDK_MODES:
            wrong = faults.wrong_answer(mode, request_id, old=old)
            if wrong is not None:
                return JSONResponse(wrong)
            return faulty_answer(mode, faults.answer(request_id, old=old), self._max_s)
        return None


def reference_routes(services: Services) -> list[Route]:
    """Return the reference agent's routes; they must come before the generic ``/a2a/{agent}`` routes."""
    card = _card(services.ctx.urls.agentos)
    handler = DefaultRequestHandler(
        agent_executor=ReferenceExecutor(services), task_store=BoundedTaskStore(), agent_card=card
    )
    [sdk] = create_jsonrpc_routes(handler, PATH, enable_v0_3_compat=True)
    gate = FaultGate(services, sdk.endpoint)

    async def endpoint(request: Request) -> Response:
        return await gate(request)

    calls = [Route(path, endpoint, methods=["POST"]) for path in (PATH, PATH + "/")]
    rest = [route for route in create_rest_routes(handler, path_prefix=REST_PATH) if isinstance(route, Route)]
    return [*calls, *create_agent_card_routes(card, card_url=CARD_PATH), *rest]
