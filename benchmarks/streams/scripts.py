"""The prebuilt streams: one AG-UI run and one A2A 1.0 task, each of `EVENTS` events, as bytes on the wire.

The ids are fixed, so that readers can name in advance what they expect; nothing is made while measuring.
"""

import json
from typing import Any, Final

WORDS: Final = 100
"""Pieces of text in a stream; a few events around them begin and end it."""
THREAD: Final = "thread-1"
RUN: Final = "run-1"
REQUEST: Final = "request-1"
TASK: Final = "task-1"
CONTEXT: Final = "context-1"
DELTA: Final = "a few more words of the answer "


def agui() -> list[bytes]:
    """Return an AG-UI run that writes one message, an event a piece."""
    ids = {"threadId": THREAD, "runId": RUN}
    message = {"messageId": "message-1"}
    return [
        _event({"type": "RUN_STARTED", **ids, "protocolVersion": "1.0"}),
        _event({"type": "TEXT_MESSAGE_START", **message, "role": "assistant"}),
        *(
            _event({"type": "TEXT_MESSAGE_CONTENT", **message, "delta": f"{DELTA}{number} "})
            for number in range(WORDS)
        ),
        _event({"type": "TEXT_MESSAGE_END", **message}),
        _event({"type": "RUN_FINISHED", **ids}),
    ]


def a2a() -> list[bytes]:
    """Return an A2A 1.0 task that appends to one artifact, an event a piece."""
    return [
        _reply({"task": {"id": TASK, "contextId": CONTEXT, **_status("SUBMITTED"), "history": []}}),
        _reply({"statusUpdate": {**_IDS, **_status("WORKING")}}),
        *(_reply({"artifactUpdate": _chunk(number)}) for number in range(WORDS)),
        _reply({"statusUpdate": {**_IDS, **_status("COMPLETED")}}),
    ]


_IDS: Final = {"taskId": TASK, "contextId": CONTEXT}


def _status(state: str) -> dict[str, Any]:
    return {"status": {"state": f"TASK_STATE_{state}", "timestamp": "2025-01-15T09:30:00Z"}}


def _chunk(number: int) -> dict[str, Any]:
    parts = [{"text": f"{DELTA}{number} "}]
    ends = {"append": number > 0, "lastChunk": number == WORDS - 1}
    return {**_IDS, "artifact": {"artifactId": "artifact-1", "name": "answer", "parts": parts}, **ends}


def _reply(result: dict[str, Any]) -> bytes:
    return _event({"jsonrpc": "2.0", "id": REQUEST, "result": result})


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"
