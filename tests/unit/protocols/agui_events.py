"""Builders of AG-UI events for the tests beside this file."""

import json
from typing import Any

from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import StreamEnd, StreamVerdict

Event = dict[str, Any]


def ev(kind: str, **fields: Any) -> Event:
    """Return one event."""
    return {"type": kind, **fields}


def start(run_id: str = "r", thread_id: str = "t", **fields: Any) -> Event:
    """Return a run's start, with the version so that nothing is noted."""
    return ev("RUN_STARTED", **{"threadId": thread_id, "runId": run_id, "protocolVersion": "1.0", **fields})


def finish(run_id: str = "r", thread_id: str = "t", **fields: Any) -> Event:
    """Return a run's good end."""
    return ev("RUN_FINISHED", threadId=thread_id, runId=run_id, **fields)


def text(item: str = "m", delta: str = "tok ", **tag: Any) -> list[Event]:
    """Return one whole text message."""
    return [
        ev("TEXT_MESSAGE_START", messageId=item, role="assistant", **tag),
        ev("TEXT_MESSAGE_CONTENT", messageId=item, delta=delta, **tag),
        ev("TEXT_MESSAGE_END", messageId=item, **tag),
    ]


def tool(item: str = "c", **tag: Any) -> list[Event]:
    """Return one whole tool call with its result."""
    return [
        ev("TOOL_CALL_START", toolCallId=item, toolCallName="find", **tag),
        ev("TOOL_CALL_ARGS", toolCallId=item, delta='{"q":', **tag),
        ev("TOOL_CALL_ARGS", toolCallId=item, delta="1}", **tag),
        ev("TOOL_CALL_END", toolCallId=item, **tag),
        ev("TOOL_CALL_RESULT", toolCallId=item, messageId=f"res-{item}", content="found", role="tool", **tag),
    ]


def chunk(item: str | None = "m", delta: str | None = "x", **fields: Any) -> Event:
    """Return a text chunk; None leaves a field out."""
    given = {"messageId": item, "delta": delta, **fields}
    return ev("TEXT_MESSAGE_CHUNK", **{name: value for name, value in given.items() if value is not None})


def tool_chunk(item: str | None = "c", name: str | None = "find", **fields: Any) -> Event:
    """Return a tool call chunk; None leaves a field out."""
    given = {"toolCallId": item, "toolCallName": name, "delta": "{}", **fields}
    return ev("TOOL_CALL_CHUNK", **{key: value for key, value in given.items() if value is not None})


def agent(item: str = "s", **fields: Any) -> Event:
    """Return a subagent's start."""
    return ev("SUBAGENT_STARTED", subagentRunId=item, name="helper", **fields)


def run(*events: Event) -> list[Event]:
    """Wrap events into one good run."""
    return [start(), *events, finish()]


def judge(events: list[Any], end: StreamEnd = StreamEnd.CLOSED, **options: Any) -> StreamVerdict:
    """Run a verifier over the events; a text is sent as it is."""
    verifier = AguiVerifier("t", "r", **options)
    for event in events:
        verifier.on_event(SseEvent("message", event if isinstance(event, str) else json.dumps(event)))
    return verifier.finish(end)


def kind_of(verdict: StreamVerdict) -> str | None:
    """Return the failure kind, having checked that it agrees with the outcome."""
    assert (verdict.outcome == "failed") is (verdict.failure is not None)
    return verdict.failure.kind if verdict.failure else None


S1 = {"subagentRunId": "s"}
TASK = {"taskId": "task_1", "status": "running"}
INTERRUPT = {"type": "interrupt", "interrupts": [{"id": "i1", "reason": "approval"}]}
