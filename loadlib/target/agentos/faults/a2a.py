"""A2A streams that break a rule, in the shapes of 1.0 and of 0.3 alike, over JSON-RPC.

A step is written once against ``Call``, whose methods give the shape of the asked version. What the official
SDK can emit by itself (failed, rejected, input required, ...) is not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from loadlib.target.agentos.faults.script import (
    HEARTBEATS,
    HUGE,
    PAUSE_WITH_HEARTBEATS,
    STALL,
    Named,
    Script,
    Step,
)
from loadlib.target.agentos.sse import Ending

Event = dict[str, Any]
_TIME: Final = "2026-01-31T10:00:00.000000Z"
TASK: Final = "task-fault"
CONTEXT: Final = "context-fault"


@dataclass(frozen=True, slots=True)
class Call:
    """One JSON-RPC call: its id and whether it speaks 0.3."""

    id: Any
    old: bool

    def wrap(self, result: Any, **replaced: Any) -> Event:
        """Return the JSON-RPC response around a result; keywords replace or add members."""
        return {"jsonrpc": "2.0", "id": self.id, "result": result, **replaced}

    def error(self, code: int, message: str) -> Event:
        """Return a JSON-RPC error response."""
        return {"jsonrpc": "2.0", "id": self.id, "error": {"code": code, "message": message}}

    def _state(self, name: str) -> str:
        return name if not self.old else name.removeprefix("TASK_STATE_").lower().replace("_", "-")

    def task(self, state: str = "TASK_STATE_SUBMITTED", **more: Any) -> Event:
        """Return a task event."""
        body = {"id": TASK, "contextId": CONTEXT, "status": {"state": self._state(state)}, **more}
        return self.wrap({**body, "kind": "task"} if self.old else {"task": body})

    def status(self, state: str = "TASK_STATE_WORKING", timestamp: str = _TIME, **more: Any) -> Event:
        """Return a status update; ``final`` of 0.3 follows from the state."""
        body: Event = {
            "taskId": TASK,
            "contextId": CONTEXT,
            "status": {"state": self._state(state), "timestamp": timestamp},
        }
        final = state not in ("TASK_STATE_WORKING", "TASK_STATE_SUBMITTED")
        old = {"kind": "status-update", "final": final} if self.old else {}
        body.update(old, **more)
        return self.wrap(body if self.old else {"statusUpdate": body})

    def artifact(self, artifact_id: str = "a1", **more: Any) -> Event:
        """Return an artifact update with one text part."""
        part = {"text": "token ", **({"kind": "text"} if self.old else {})}
        body: Event = {
            "taskId": TASK,
            "contextId": CONTEXT,
            "artifact": {"artifactId": artifact_id, "parts": [part]},
            **more,
        }
        return self.wrap({**body, "kind": "artifact-update"} if self.old else {"artifactUpdate": body})

    def message(self, **more: Any) -> Event:
        """Return a message event."""
        part = {"text": "token ", **({"kind": "text"} if self.old else {})}
        role = "agent" if self.old else "ROLE_AGENT"
        body = {"messageId": "m1", "contextId": CONTEXT, "role": role, "parts": [part], **more}
        return self.wrap({**body, "kind": "message"} if self.old else {"message": body})

    @property
    def done(self) -> Event:
        """The terminal status update."""
        return self.status("TASK_STATE_COMPLETED")

    def around(self, *steps: Step) -> list[Step]:
        """Return steps between a correct opening and a correct end."""
        return [self.task(), self.status(), *steps, self.done]


STEPS: Final[dict[str, Callable[[Call], list[Step]]]] = {
    "plain": lambda c: c.around(c.artifact(), c.artifact(append=True, lastChunk=True)),
    "bad_json": lambda c: c.around(b'data: {"jsonrpc":"2.0",\r\n\r\n', c.artifact()),
    "bad_utf8": lambda c: c.around(b'data: {"jsonrpc":"\xff\xfe"}\r\n\r\n', c.artifact()),
    "not_object": lambda c: c.around([c.artifact()]),
    "envelope": lambda c: c.around({**c.artifact(), "jsonrpc": "1.0"}),
    "no_jsonrpc": lambda c: c.around({"id": c.id, "result": {}}),
    "both": lambda c: c.around({**c.artifact(), **c.error(-32603, "Internal error")}),
    "neither": lambda c: c.around({"jsonrpc": "2.0", "id": c.id}),
    "id_mismatch": lambda c: c.around({**c.artifact(), "id": "another"}),
    "id_type": lambda c: c.around({**c.artifact(), "id": str(c.id) if isinstance(c.id, int) else 0}),
    "rpc_error": lambda c: [c.error(-32603, "executor failed")],
    "mid_error": lambda c: [c.task(), c.status(), Named("error", c.error(-32603, "executor failed"))],
    "bad_shape": lambda c: c.around(c.wrap({})),
    "two_members": lambda c: c.around(
        c.wrap({**c.task()["result"], **c.artifact()["result"], "message": {}})
    ),
    "unknown_state": lambda c: c.around(c.status("TASK_STATE_SHINY")),
    "missing_field": lambda c: c.around(c.wrap(_without_status(c))),
    "task_id_mismatch": lambda c: c.around(c.artifact(taskId="another-task")),
    "context_id_mismatch": lambda c: c.around(c.artifact(contextId="another-context")),
    "noterm": lambda c: [c.task(), c.status(), c.artifact()],
    "truncate": lambda c: [c.task(), c.status(), c.artifact(), Ending.CUT],
    "partial": lambda c: [c.task(), c.status(), b'data: {"jsonrpc":"2.0","res', Ending.CUT],
    "no_blank_line": lambda c: [c.task(), c.artifact(), b'data: {"jsonrpc":"2.0"}'],
    "empty_stream": lambda _c: [b""],
    "comments_only": lambda _c: [b": ping\r\n\r\n"],
    "event_after_terminal": lambda c: [*c.around(c.artifact()), c.artifact()],
    "state_after_terminal": lambda c: [*c.around(c.artifact()), c.status()],
    "repeat_task": lambda c: [*c.around(c.artifact()), c.task("TASK_STATE_COMPLETED")],
    "message_not_alone": lambda c: [c.message(), c.task(), c.done],
    "two_messages": lambda c: [c.message(), c.message(messageId="m2")],
    "failed": lambda c: [c.task(), c.status("TASK_STATE_FAILED")],
    "rejected": lambda c: [c.task(), c.status("TASK_STATE_REJECTED")],
    "canceled": lambda c: [c.task(), c.status("TASK_STATE_CANCELED")],
    "input_required": lambda c: [c.task(), c.status("TASK_STATE_INPUT_REQUIRED", **_not_final(c))],
    "hang": lambda c: [c.task(), c.status(), c.artifact(), Ending.HANG],
    "hang_first": lambda _c: [b": open\r\n\r\n", Ending.HANG],
    "heartbeat": lambda c: [c.task(), c.status(), HEARTBEATS],
    "huge": lambda c: c.around(HUGE, c.artifact()),
    "stall": lambda c: c.around(c.artifact(), STALL, c.artifact(append=True)),
    "heartbeat_pause": lambda c: c.around(c.artifact(), PAUSE_WITH_HEARTBEATS, c.artifact(append=True)),
    "first_not_task": lambda c: [c.status(), c.artifact(), c.done],
    "append_unknown": lambda c: c.around(c.artifact("a9", append=True)),
    "after_last_chunk": lambda c: c.around(c.artifact(lastChunk=True), c.artifact(append=True)),
    "artifact_reused": lambda c: c.around(c.artifact(), c.artifact()),
    "bad_timestamp": lambda c: [c.task(), c.status(timestamp="2026-01-31 10:00:00"), c.artifact(), c.done],
    "state_regression": lambda c: c.around(c.status("TASK_STATE_SUBMITTED"), c.artifact()),
}
"""Mode to the steps of a stream with the right head."""


def _without_status(call: Call) -> Event:
    body = {"taskId": TASK, "contextId": CONTEXT}
    return {**body, "kind": "status-update", "final": False} if call.old else {"statusUpdate": body}


def _not_final(call: Call) -> Event:
    return {"final": False} if call.old else {}


HEADS: Final[dict[str, Callable[[Call], Script]]] = {
    "http_status": lambda _c: Script(status=503, body={"detail": "Injected error"}),
    "http_500": lambda _c: Script(status=500, body={"detail": "Injected error"}),
    "http_401": lambda _c: Script(status=401, body={"detail": "Authentication required"}),
    "http_429": lambda _c: Script(status=429, body={"error": "Rate limit exceeded: 20 per 1 minute"}),
    "content_type": lambda c: Script(c.around(c.artifact()), content_type="text/plain; charset=utf-8"),
    "json_error": lambda c: Script(body=c.error(-32004, "This operation is not supported")),
    "not_streamed": lambda c: Script(body=c.task("TASK_STATE_COMPLETED")),
    "lf": lambda c: Script(c.around(c.artifact()), line_end="\n"),
    "cr": lambda c: Script(c.around(c.artifact()), line_end="\r"),
}
"""Mode to a script whose response head or framing differs."""


def script(mode: str, request_id: Any, *, old: bool) -> Script | None:
    """Return the script of a mode for a call of 1.0 (of 0.3 with ``old``), or None."""
    call = Call(request_id, old)
    if mode in HEADS:
        return HEADS[mode](call)
    return Script(STEPS[mode](call), line_end="\r\n") if mode in STEPS else None


_HISTORY: Final = [
    {"messageId": f"h{index}", "role": "ROLE_USER", "parts": [{"text": "x"}]} for index in range(50)
]
_OLD_HISTORY: Final = [
    {"kind": "message", "messageId": f"h{index}", "role": "user", "parts": [{"kind": "text", "text": "x"}]}
    for index in range(50)
]
ANSWERS: Final[dict[str, Callable[[Call], Event]]] = {
    "history_too_long": lambda c: c.task("TASK_STATE_COMPLETED", history=_OLD_HISTORY if c.old else _HISTORY),
    "task_id_mismatch": lambda c: c.task("TASK_STATE_COMPLETED", id="another-task"),
    "context_id_mismatch": lambda c: c.task("TASK_STATE_COMPLETED", contextId="another-context"),
    "unknown_state": lambda c: c.task("TASK_STATE_SHINY"),
    "noterm": lambda c: c.task("TASK_STATE_WORKING"),
    "missing_field": lambda c: c.task("TASK_STATE_COMPLETED", id=None),
    "two_members": lambda c: c.wrap({**c.task()["result"], **c.message()["result"]}),
}
"""Mode to a wrong answer to a call without a stream."""


def answer(request_id: Any, *, old: bool) -> Event:
    """Return a correct answer to a send without a stream: the body that damaged answers start from."""
    return Call(request_id, old).task("TASK_STATE_COMPLETED")


def wrong_answer(mode: str, request_id: Any, *, old: bool, bare: bool = False) -> Event | None:
    """Return the wrong answer of a mode, or None; ``bare`` gives the task itself, as 1.0 answers GetTask."""
    if mode not in ANSWERS:
        return None
    found = ANSWERS[mode](Call(request_id, old))
    return {**found, "result": found["result"]["task"]} if bare and not old else found
