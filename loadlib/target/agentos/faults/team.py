"""Team streams (the platform's own SSE dialect) beyond success: errors, the other encoder, breaks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from loadlib.target.agentos.faults.script import HEARTBEATS, HUGE, PAUSE_WITH_HEARTBEATS, STALL, Script, Step
from loadlib.target.agentos.sse import Ending

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One team run; ``timestamp`` in epoch seconds."""

    session: str
    team: str
    timestamp: float

    @property
    def started(self) -> Event:
        """The opening event."""
        return {
            "type": "RUN_STARTED",
            "runId": self.session,
            "agentId": self.team,
            "timestamp": self.timestamp,
        }

    def chunk(self, delta: str = "token ") -> Event:
        """Return one piece of text."""
        return {"type": "TEXT_MESSAGE_CHUNK", "delta": delta, "messageId": f"msg_{self.session}"}

    def finished(self, tokens: int = 1) -> Event:
        """Return the closing event."""
        return {"type": "RUN_FINISHED", "runId": self.session, "status": "success", "tokensUsed": tokens}


def error(code: str, message: str, **more: Any) -> Event:
    """Return an ERROR event."""
    return {"type": "ERROR", "code": code, "message": message, **more}


def _failed(run: Run) -> list[Step]:
    return [run.started, error("STREAM_ERROR", "stream failed"), {**run.finished(), "status": "error"}]


def _other_encoder(run: Run) -> list[Step]:
    message = f"msg_{run.session}"
    return [
        run.started,
        {"type": "THOUGHT_CHUNK", "delta": "thinking ", "messageId": message},
        {"type": "TOOL_CALL_START", "toolCallId": "t1", "toolName": "search", "args": {"query": "x"}},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "t1", "argsDelta": '{"query":"x"}'},
        {"type": "TOOL_CALL_RESULT", "toolCallId": "t1", "result": "found", "isError": False},
        {"type": "UI_RENDER_HINT", "component": "Metrics", "props": {}},
        run.chunk(),
        run.finished(),
    ]


STEPS: Final[dict[str, Callable[[Run], list[Step]]]] = {
    "plain": lambda r: [r.started, r.chunk(), r.finished()],
    "timeout": lambda r: [
        r.started,
        error("EXECUTION_TIMEOUT", f"{r.team} team timed out", timeoutSeconds=120),
    ],
    "noterm": lambda r: [r.started, r.chunk()],
    "truncate": lambda r: [r.started, r.chunk(), Ending.CUT],
    "partial": lambda r: [r.started, b'data: {"type":"TEXT_MESS', Ending.CUT],
    "no_blank_line": lambda r: [r.started, r.chunk(), b'data: {"type":"RUN_FINISHED"}'],
    "empty": lambda r: [r.started, r.finished(0)],
    "empty_stream": lambda _r: [b""],
    "stream_error": _failed,
    "status_error": lambda r: [r.started, r.chunk(), {**r.finished(), "status": "error"}],
    "tool": _other_encoder,
    "bad_json": lambda r: [r.started, b'data: {"type":\n\n', r.chunk(), r.finished()],
    "bad_utf8": lambda r: [r.started, b'data: {"type":"\xff"}\n\n', r.chunk(), r.finished()],
    "not_object": lambda r: [r.started, ["TEXT_MESSAGE_CHUNK"], r.chunk(), r.finished()],
    "no_type": lambda r: [r.started, {"delta": "x"}, r.chunk(), r.finished()],
    "bad_field": lambda r: [r.started, {**r.chunk(), "delta": 7}, r.finished()],
    "unknown_type": lambda r: [r.started, {"type": "SHINY"}, r.chunk(), r.finished()],
    "first_event": lambda r: [r.chunk(), r.started, r.finished()],
    "nested_run_started": lambda r: [r.started, r.chunk(), r.started, r.finished()],
    "run_id_mismatch": lambda r: [r.started, r.chunk(), {**r.finished(), "runId": f"not-{r.session}"}],
    "event_after_close": lambda r: [r.started, r.chunk(), r.finished(), r.chunk()],
    "event_after_error": lambda r: [r.started, error("EXECUTION_ERROR", "failed"), r.chunk()],
    "hang": lambda r: [r.started, r.chunk(), Ending.HANG],
    "hang_first": lambda _r: [b": open\n\n", Ending.HANG],
    "heartbeat": lambda r: [r.started, HEARTBEATS],
    "huge": lambda r: [r.started, HUGE, r.chunk(), r.finished()],
    "stall": lambda r: [r.started, r.chunk(), STALL, r.chunk(), r.finished()],
    "heartbeat_pause": lambda r: [r.started, r.chunk(), PAUSE_WITH_HEARTBEATS, r.chunk(), r.finished()],
}
"""Mode to the steps of a stream with the right head."""

HEADS: Final[dict[str, Callable[[Run], Script]]] = {
    "http_status": lambda _r: Script(status=503, body={"detail": "Injected error"}),
    "http_500": lambda _r: Script(status=500, body={"detail": "Team execution failed"}),
    "http_429": lambda _r: Script(status=429, body={"error": "Rate limit exceeded: 10 per 1 minute"}),
    "content_type": lambda r: Script(
        [r.started, r.chunk(), r.finished()], content_type="text/plain; charset=utf-8"
    ),
    "not_streamed": lambda r: Script(body={"success": True, "content": "text", "session_id": r.session}),
    "crlf": lambda r: Script([r.started, r.chunk(), r.finished()], line_end="\r\n"),
    "cr": lambda r: Script([r.started, r.chunk(), r.finished()], line_end="\r"),
}
"""Mode to a script whose response head or framing differs."""


def script(mode: str, run: Run, *, hide_errors: bool) -> Script | None:
    """Return the script of a mode, or None; production hides the text of errors."""
    if mode == "error":
        text = "An error occurred during execution" if hide_errors else "model provider failed"
        return Script([run.started, error("EXECUTION_ERROR", text)])
    if mode in HEADS:
        return HEADS[mode](run)
    return Script(STEPS[mode](run)) if mode in STEPS else None
