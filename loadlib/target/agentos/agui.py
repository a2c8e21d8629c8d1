"""``POST /agui``: standard AG-UI through the official event models and encoder, in agno's order of events.

Wrong streams are hand-written and live in ``faults.agui``; the dashboard's progress events in
``agui_extras``.
"""

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ag_ui.core.events import (
    BaseEvent,
    RunErrorEvent,
    RunFinishedEvent,
    RunStartedEvent,
    StepFinishedEvent,
    StepStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)
from ag_ui.encoder import EventEncoder
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from loadlib.target.agentos import agui_extras as extras
from loadlib.target.agentos.endpoints import post
from loadlib.target.agentos.faults import agui as faults
from loadlib.target.agentos.model import PROVIDER_ERROR, ModelRun, pause
from loadlib.target.agentos.services import Services
from loadlib.target.agentos.sse import EventStream, Frames

TEMPLATE: Final = "/agui"
_HEADERS: Final = {
    "cache-control": "no-cache",
    "connection": "keep-alive",
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, GET, OPTIONS",
    "access-control-allow-headers": "*",
}
_FAILURE_MODES: Final = {"rpc_error": "error", "error_event": "error", "cut": "truncate"}
SLOWER: Final = 10.0
"""How much longer the pauses of ``mode=slow`` are."""


class MessageBody(BaseModel, extra="allow"):
    """One message of the input."""

    id: str
    role: str
    content: Any = None


class AguiBody(BaseModel):
    """The input; every field is required, as on the platform."""

    thread_id: str = Field(alias="threadId")
    run_id: str = Field(alias="runId")
    state: Any
    messages: list[MessageBody]
    tools: list[Any]
    context: list[Any]
    forwarded_props: Any = Field(alias="forwardedProps")

    @property
    def prompt(self) -> str:
        """The text of the last user message."""
        texts = [message.content for message in self.messages if message.role == "user"]
        return texts[-1] if texts and isinstance(texts[-1], str) else ""


@dataclass(frozen=True, slots=True)
class Play:
    """One run to play: the input and the model's plan."""

    body: AguiBody
    run: ModelRun

    @property
    def slowness(self) -> float:
        """The factor on every pause."""
        return SLOWER if self.run.mode == "slow" else 1.0


Events = AsyncIterator[BaseEvent]


async def _text(play: Play) -> Events:
    message = str(uuid.uuid4())
    yield TextMessageStartEvent(message_id=message)
    for index, chunk in enumerate(play.run.chunks):
        await pause(play.run.pause_before_s(index) * play.slowness)
        if chunk:
            yield TextMessageContentEvent(message_id=message, delta=chunk)
    yield TextMessageEndEvent(message_id=message)


def _tool_call(parent: str) -> Iterator[BaseEvent]:
    call = str(uuid.uuid4())
    yield ToolCallStartEvent(
        tool_call_id=call, tool_call_name="render_dashboard_widget", parent_message_id=parent
    )
    yield ToolCallArgsEvent(tool_call_id=call, delta='{"widget_type":"ProjectStatus","data":{"progress":42}}')
    yield ToolCallEndEvent(tool_call_id=call)
    yield ToolCallResultEvent(
        message_id=str(uuid.uuid4()), tool_call_id=call, content='{"rendered":true}', role="tool"
    )


async def _tool(play: Play) -> Events:
    parent = str(uuid.uuid4())
    await pause(play.run.ttft_s)
    yield TextMessageStartEvent(message_id=parent)
    yield TextMessageEndEvent(message_id=parent)
    for event in _tool_call(parent):
        yield event
    async for later in _text(play):
        yield later


async def _reason(play: Play) -> Events:
    yield StepStartedEvent(step_name="reasoning")
    await pause(play.run.gap_s)
    yield StepFinishedEvent(step_name="reasoning")
    async for event in _text(play):
        yield event


async def _empty(_play: Play) -> Events:
    return
    yield


async def _full(play: Play) -> Events:
    for part in (_reason, _tool, extras.state, extras.progress):
        async for event in part(play):
            yield event


PARTS: Final[dict[str, Callable[[Play], Events]]] = {
    "ok": _text,
    "slow": _text,
    "tool": _tool,
    "reason": _reason,
    "state": extras.state,
    "progress": extras.progress,
    "progress_noid": extras.progress_without_ids,
    "progress_state": extras.progress_in_state,
    "progress_state_noid": extras.progress_in_state_without_ids,
    "progress_failed": extras.progress_failed,
    "reasoning": extras.reasoning,
    "subagent": extras.subagent,
    "usage": _text,
    "full": _full,
    "empty": _empty,
}
"""Mode to the events between RUN_STARTED and RUN_FINISHED."""


class Agui:
    """The AG-UI endpoint of the dashboard gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._options = services.ctx.options
        self._encoder = EventEncoder()

    async def __call__(self, _request: Request, body: AguiBody) -> Response:
        """Answer one run with a stream."""
        run = self._services.models.plan("dashboard_gateway", body.prompt)
        mode = self._mode(run)
        script = faults.script(mode, body.thread_id, body.run_id)
        if script is not None:
            return script.response(run.gap_s, self._options.max_stream_s, run.stall_s)
        self._services.model_used(run, body.prompt)
        frames = self._frames(Play(body, run), mode)
        return EventStream(frames, max_s=self._options.max_stream_s, headers=_HEADERS)

    def _mode(self, run: ModelRun) -> str:
        if run.failed:
            return _FAILURE_MODES.get(self._options.provider_failure, "empty")
        fault = self._services.ctx.behaviour.stream_fault("agui", "agentos", "POST", TEMPLATE, TEMPLATE)
        return run.mode or fault or "ok"

    async def _frames(self, play: Play, mode: str) -> Frames:
        async for event in self._events(play, mode):
            yield self._encoder.encode(event).encode()

    async def _events(self, play: Play, mode: str) -> Events:
        thread, run = play.body.thread_id, play.body.run_id
        yield RunStartedEvent(thread_id=thread, run_id=run)
        if mode == "error":
            await pause(play.run.ttft_s)
            yield RunErrorEvent(message=PROVIDER_ERROR)
            return
        async for event in PARTS.get(mode, _text)(play):
            yield event
        usage = [extras.usage(play.body.prompt, play.run)] if mode in ("usage", "full") else None
        yield RunFinishedEvent(thread_id=thread, run_id=run, usage=usage)


def agui_routes(services: Services) -> list[Route]:
    """Return the AG-UI routes, or none when the interface is not mounted."""
    if not services.ctx.options.agui_mounted:
        return []
    return post(services, TEMPLATE, AguiBody, Agui(services))
