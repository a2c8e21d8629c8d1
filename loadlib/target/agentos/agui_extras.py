"""AG-UI events beyond text and tools: dashboard state, long tasks, reasoning, subagents, usage."""

import uuid
from collections.abc import AsyncIterator
from typing import Any, Final, Protocol

from ag_ui.core.events import (
    BaseEvent,
    CustomEvent,
    ReasoningEndEvent,
    ReasoningMessageContentEvent,
    ReasoningMessageEndEvent,
    ReasoningMessageStartEvent,
    ReasoningStartEvent,
    StateDeltaEvent,
    StateSnapshotEvent,
    SubagentFinishedEvent,
    SubagentStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    TokenUsage,
)
from pydantic import TypeAdapter

from loadlib.target.agentos.model import ModelRun, pause

TASK_EVENT: Final = "task_progress"
STEPS: Final = ("gather", "strengths", "weaknesses", "report")
_DELTA: Final = TypeAdapter(StateDeltaEvent)


class HasRun(Protocol):
    """Whatever carries the model's plan."""

    @property
    def run(self) -> ModelRun:
        """The plan."""


def dashboard_state(progress: int = 40) -> dict[str, Any]:
    """Return the dashboard's whole state."""
    return {
        "version": 1,
        "timestamp": 1_769_853_600_000,
        "activeProject": "project-1",
        "widgets": {
            "projectStatus": {
                "projectId": "project-1",
                "name": "Reference project",
                "status": "on-track",
                "progress": progress,
                "tasksCompleted": 4,
                "tasksTotal": 10,
                "lastUpdated": 1_769_853_600_000,
            },
            "alerts": [],
        },
        "loading": {"isLoading": False, "loadingAgents": []},
        "errors": {},
        "activeTasks": [],
    }


async def _text(run: ModelRun) -> AsyncIterator[BaseEvent]:
    message = str(uuid.uuid4())
    yield TextMessageStartEvent(message_id=message)
    async for chunk in run.stream():
        yield TextMessageContentEvent(message_id=message, delta=chunk)
    yield TextMessageEndEvent(message_id=message)


async def state(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield a snapshot, two patches of it, then the text."""
    yield StateSnapshotEvent(snapshot=dashboard_state())
    for progress in (60, 80):
        await pause(play.run.gap_s)
        patch = [{"op": "replace", "path": "/widgets/projectStatus/progress", "value": progress}]
        yield _DELTA.validate_python({"type": "STATE_DELTA", "delta": patch})
    async for event in _text(play.run):
        yield event


def _percent(state: str) -> int:
    return 100 if state == "completed" else 0


def _task(current: int, states: list[str], status: str, task_id: str | None) -> dict[str, Any]:
    task: dict[str, Any] = {
        "taskName": "competitor landscape research",
        "status": status,
        "currentStep": current,
        "totalSteps": len(STEPS),
        "steps": [
            {
                "index": index,
                "name": name,
                "status": states[index],
                "progress": _percent(states[index]),
            }
            for index, name in enumerate(STEPS)
        ],
        "startedAt": 1_769_853_600_000,
        "estimatedCompletionMs": 90_000,
    }
    return {"taskId": task_id, **task} if task_id else task


def _emissions(task_id: str | None, *, fails: bool) -> list[dict[str, Any]]:
    """Return the platform's emissions of a long task: 2 + 2n for n steps, or up to a failure in step 2."""
    states = ["pending"] * len(STEPS)
    emitted = [_task(0, states, "running", task_id)]
    for index in range(len(STEPS)):
        states[index] = "running"
        emitted.append(_task(index, list(states), "running", task_id))
        if fails and index == 1:
            states[index] = "failed"
            emitted.append(_task(index, list(states), "running", task_id))
            return [*emitted, {**_task(index, list(states), "failed", task_id), "error": "step timed out"}]
        states[index] = "completed"
        emitted.append(_task(index, list(states), "running", task_id))
    return [*emitted, _task(len(STEPS), list(states), "completed", task_id)]


async def _progress(play: HasRun, task_id: str | None, *, fails: bool) -> AsyncIterator[BaseEvent]:
    for value in _emissions(task_id, fails=fails):
        await pause(play.run.gap_s)
        yield CustomEvent(name=TASK_EVENT, value=value)
    async for event in _text(play.run):
        yield event


def _task_id() -> str:
    return f"task_{uuid.uuid4().hex[:12]}"


async def progress(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield a long task's progress as CUSTOM events, then the text."""
    async for event in _progress(play, _task_id(), fails=False):
        yield event


async def progress_failed(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield a long task that fails in its second step, then the text."""
    async for event in _progress(play, _task_id(), fails=True):
        yield event


async def progress_without_ids(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield progress whose events lack the task id."""
    async for event in _progress(play, None, fails=False):
        yield event


async def _progress_in_state(play: HasRun, task_id: str | None) -> AsyncIterator[BaseEvent]:
    for value in _emissions(task_id, fails=False):
        await pause(play.run.gap_s)
        yield StateSnapshotEvent(snapshot={**dashboard_state(), "activeTasks": [value]})
    async for event in _text(play.run):
        yield event


async def progress_in_state(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield a long task's progress as whole states, as the platform's emitter does, then the text."""
    async for event in _progress_in_state(play, _task_id()):
        yield event


async def progress_in_state_without_ids(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield states whose tasks lack their ids."""
    async for event in _progress_in_state(play, None):
        yield event


async def reasoning(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield a reasoning span with one message, then the text."""
    span, message = str(uuid.uuid4()), str(uuid.uuid4())
    yield ReasoningStartEvent(message_id=span)
    yield ReasoningMessageStartEvent(message_id=message, role="reasoning")
    yield ReasoningMessageContentEvent(message_id=message, delta="thinking ")
    yield ReasoningMessageEndEvent(message_id=message)
    yield ReasoningEndEvent(message_id=span)
    async for event in _text(play.run):
        yield event


async def subagent(play: HasRun) -> AsyncIterator[BaseEvent]:
    """Yield a subagent's run around the text."""
    run_id = str(uuid.uuid4())
    yield SubagentStartedEvent(subagent_run_id=run_id, name="navi")
    async for event in _text(play.run):
        yield event
    yield SubagentFinishedEvent(subagent_run_id=run_id)


def usage(prompt: str, run: ModelRun) -> TokenUsage:
    """Return the run's token counts."""
    tokens = (len(prompt) // 4, run.tokens)
    return TokenUsage(
        provider="reference",
        model="simulated",
        input_tokens=tokens[0],
        output_tokens=tokens[1],
        total_tokens=sum(tokens),
    )
