"""AG-UI streams that break a rule of the protocol; the correct ones come from the official encoder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from loadlib.target.agentos.faults.script import HEARTBEATS, HUGE, PAUSE_WITH_HEARTBEATS, STALL, Script, Step
from loadlib.target.agentos.sse import Ending

Event = dict[str, Any]
_PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Run:
    """The ids of the run that was asked for."""

    thread: str
    run: str

    @property
    def started(self) -> Event:
        """The opening event."""
        return {"type": "RUN_STARTED", "threadId": self.thread, "runId": self.run}

    @property
    def finished(self) -> Event:
        """The closing event."""
        return {"type": "RUN_FINISHED", "threadId": self.thread, "runId": self.run}

    def around(self, *steps: Step) -> list[Step]:
        """Return steps between a correct opening and a correct end."""
        return [self.started, *steps, self.finished]


def _start(message: str = "m1", **more: Any) -> Event:
    return {"type": "TEXT_MESSAGE_START", "messageId": message, "role": "assistant", **more}


def _content(delta: Any = "token ", message: str = "m1", **more: Any) -> Event:
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": message, "delta": delta, **more}


def _end(message: str = "m1") -> Event:
    return {"type": "TEXT_MESSAGE_END", "messageId": message}


def _tool_start(**more: Any) -> Event:
    return {"type": "TOOL_CALL_START", "toolCallId": "t1", "toolCallName": "get_project_status", **more}


def _tool(kind: str, **more: Any) -> Event:
    return {"type": f"TOOL_CALL_{kind}", "toolCallId": "t1", **more}


def _step(kind: str, name: str = "reasoning") -> Event:
    return {"type": f"STEP_{kind}", "stepName": name}


def _reasoning(kind: str, **more: Any) -> Event:
    return {"type": f"REASONING_{kind}", "messageId": "r1", **more}


_TEXT: Final[list[Step]] = [_start(), _content(), _end()]
_SNAPSHOT: Final[Event] = {"type": "STATE_SNAPSHOT", "snapshot": {"version": 1}}
_SUBAGENT: Final[Event] = {"type": "SUBAGENT_STARTED", "subagentRunId": "s1", "name": "navi"}


def _delta(*operations: Any) -> Event:
    return {"type": "STATE_DELTA", "delta": list(operations)}


_INTERRUPT: Final = {"type": "interrupt", "interrupts": [{"id": "i1", "reason": "approval"}]}

STEPS: Final[dict[str, Callable[[Run], list[Step]]]] = {
    "plain": lambda r: r.around(*_TEXT),
    "bad_json": lambda r: r.around(_start(), b'data: {"type":"TEXT_MESSAGE_CONTENT",\n\n', _end()),
    "bad_utf8": lambda r: r.around(_start(), b'data: {"type":"CUSTOM","name":"\xff\xfe"}\n\n', _end()),
    "not_object": lambda r: r.around(["TEXT_MESSAGE_START", "m1"], *_TEXT),
    "no_type": lambda r: r.around({"messageId": "m1", "role": "assistant"}, *_TEXT),
    "bad_field": lambda r: r.around(_start(), _content(delta=7), _end()),
    "missing_field": lambda r: r.around(
        _start(), {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m1"}, _end()
    ),
    "first_event": lambda r: [*_TEXT, r.started, r.finished],
    "event_after_close": lambda r: [*r.around(*_TEXT), *_TEXT],
    "event_after_error": lambda r: [r.started, {"type": "RUN_ERROR", "message": "failed"}, *_TEXT],
    "nested_run_started": lambda r: r.around(*_TEXT, r.started),
    "dup_open": lambda r: r.around(_start(), _start(), _content(), _end()),
    "dup_open_tool": lambda r: r.around(*_TEXT, _tool_start(), _tool_start(), _tool("END")),
    "dup_open_step": lambda r: r.around(*_TEXT, _step("STARTED"), _step("STARTED"), _step("FINISHED")),
    "not_open": lambda r: r.around(_content(), _end()),
    "badorder": lambda r: r.around(_content(), _start(), _end()),
    "not_open_tool": lambda r: r.around(*_TEXT, _tool("ARGS", delta="{}"), _tool("END")),
    "not_open_step": lambda r: r.around(*_TEXT, _step("FINISHED")),
    "not_open_reasoning": lambda r: r.around(*_TEXT, _reasoning("MESSAGE_CONTENT", delta="x")),
    "not_open_subagent": lambda r: r.around(*_TEXT, {"type": "SUBAGENT_FINISHED", "subagentRunId": "s1"}),
    "open_at_finish": lambda r: r.around(_start(), _content()),
    "open_at_finish_tool": lambda r: r.around(*_TEXT, _tool_start(), _tool("ARGS", delta="{}")),
    "open_at_finish_step": lambda r: r.around(_step("STARTED"), *_TEXT),
    "open_at_finish_reasoning": lambda r: r.around(_reasoning("START"), *_TEXT),
    "open_at_finish_subagent": lambda r: r.around(_SUBAGENT, *_TEXT),
    "owner_mismatch": lambda r: r.around(
        _SUBAGENT,
        _start(),
        _content(subagentRunId="s1"),
        _end(),
        {"type": "SUBAGENT_FINISHED", "subagentRunId": "s1"},
    ),
    "dup_open_reasoning": lambda r: r.around(
        _reasoning("START"), _reasoning("START"), _reasoning("END"), *_TEXT
    ),
    "chunk_first_fields": lambda r: r.around({"type": "TEXT_MESSAGE_CHUNK", "delta": "token "}),
    "chunk_conflict": lambda r: r.around(
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m1", "role": "assistant", "delta": "a"},
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m1", "role": "user", "delta": "b"},
    ),
    "chunked": lambda r: r.around(
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m1", "role": "assistant", "delta": "a"},
        {"type": "TEXT_MESSAGE_CHUNK", "delta": "b"},
    ),
    "thread_id_mismatch": lambda r: [r.started, *_TEXT, {**r.finished, "threadId": f"not-{r.thread}"}],
    "run_id_mismatch": lambda r: [r.started, *_TEXT, {**r.finished, "runId": f"not-{r.run}"}],
    "wrong_run": lambda r: [
        {**r.started, "runId": f"not-{r.run}"},
        *_TEXT,
        {**r.finished, "runId": f"not-{r.run}"},
    ],
    "bad_patch": lambda r: r.around(_SNAPSHOT, _delta({"op": "add"}), *_TEXT),
    "run_error_code": lambda r: [
        r.started,
        {"type": "RUN_ERROR", "message": "overloaded", "code": "OVERLOADED"},
    ],
    "interrupt": lambda r: [r.started, *_TEXT, {**r.finished, "outcome": _INTERRUPT}],
    "cancelled": lambda r: [r.started, *_TEXT, {**r.finished, "outcome": {"type": "cancelled"}}],
    "noterm": lambda r: [r.started, *_TEXT],
    "truncate": lambda r: [r.started, _start(), _content(), Ending.CUT],
    "partial": lambda r: [r.started, _start(), b'data: {"type":"TEXT_MESSAGE_CONT', Ending.CUT],
    "no_blank_line": lambda r: [r.started, *_TEXT, b'data: {"type":"RUN_FINISHED"}'],
    "empty_stream": lambda _r: [b""],
    "comments_only": lambda _r: [b": ping\n\n"],
    "hang": lambda r: [r.started, _start(), _content(), Ending.HANG],
    "hang_first": lambda _r: [b": open\n\n", Ending.HANG],
    "heartbeat": lambda r: [r.started, _start(), _content(), HEARTBEATS],
    "huge": lambda r: r.around(HUGE, *_TEXT),
    "stall": lambda r: r.around(_start(), _content(), STALL, _content(), _end()),
    "heartbeat_pause": lambda r: r.around(_start(), _content(), PAUSE_WITH_HEARTBEATS, _content(), _end()),
    "unknown_type": lambda r: r.around(*_TEXT, {"type": "TEXT_MESSAGE_SHINY", "value": 1}),
    "unknown_property": lambda r: r.around(_start(shiny=1), _content(), _end()),
    "unknown_outcome": lambda r: [r.started, *_TEXT, {**r.finished, "outcome": {"type": "shiny"}}],
    "patch_not_applying": lambda r: r.around(
        _SNAPSHOT, _delta({"op": "replace", "path": "/absent/deep", "value": 1}), *_TEXT
    ),
    "null_optional": lambda r: r.around(_start(name=None), _content(), _end()),
    "snake_case": lambda r: r.around(
        {"type": "TEXT_MESSAGE_START", "message_id": "m1", "role": "assistant"}, _content(), _end()
    ),
    "timestamps_backwards": lambda r: r.around(_start(timestamp=2000), _content(timestamp=1000), _end()),
    "empty_delta": lambda r: r.around(_start(), _content(""), _content(), _end()),
    "thinking": lambda r: r.around({"type": "THINKING_START"}, {"type": "THINKING_END"}, *_TEXT),
    "two_runs": lambda r: [
        {**r.started, "runId": "earlier"},
        {**r.finished, "runId": "earlier"},
        *r.around(*_TEXT),
    ],
}
"""Mode to the steps of a stream that opens with HTTP 200 and the right content type."""

HEADS: Final[dict[str, Callable[[Run], Script]]] = {
    "http_status": lambda _r: Script(status=503, body={"detail": "Injected error"}),
    "http_500": lambda _r: Script(status=500, body={"detail": "Injected error"}),
    "http_429": lambda _r: Script(status=429, body={"error": "Rate limit exceeded: 10 per 1 minute"}),
    "content_type": lambda r: Script(r.around(*_TEXT), content_type=_PLAIN),
    "protobuf": lambda _r: Script(
        [b"\x00\x00\x00\x0d\x12\x0b\x0a\x02\x08\x01\x12\x01m\x1a\x02hi"],
        content_type="application/vnd.ag-ui.event+proto",
    ),
    "not_streamed": lambda r: Script(body=r.around(*_TEXT)),
    "crlf": lambda r: Script(r.around(*_TEXT), line_end="\r\n"),
    "cr": lambda r: Script(r.around(*_TEXT), line_end="\r"),
}
"""Mode to a script whose response head or framing differs."""


def script(mode: str, thread: str, run: str) -> Script | None:
    """Return the script of a mode, or None when hand-written frames have no such mode."""
    ids = Run(thread, run)
    if mode in HEADS:
        return HEADS[mode](ids)
    return Script(STEPS[mode](ids)) if mode in STEPS else None
