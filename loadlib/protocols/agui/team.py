"""Judging the platform's own event dialect, which its team runs stream.

A run is RUN_STARTED, text chunks, and RUN_FINISHED or ERROR. The dialect's wider form, with thoughts, tool
calls, interface hints, and a RUN_FINISHED of status ``error`` after ERROR, is accepted too. It shares names
with the standard protocol, but not fields or rules, so it has a verifier of its own.
"""

from collections.abc import Mapping
from typing import Final

from loadlib.protocols.agui.fields import read_event
from loadlib.protocols.error_text import HEAD_CHARS, is_error_text
from loadlib.protocols.failures import Failure, qualified
from loadlib.protocols.jsontext import JsonObject, is_text
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import Findings, Mark, StreamEnd, StreamVerdict

_TEXT_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "RUN_STARTED": ("runId",),
    "RUN_FINISHED": ("runId", "status"),
    "ERROR": ("message",),
    "RUN_ERROR": ("message",),
    "TEXT_MESSAGE_CHUNK": ("delta", "messageId"),
    "THOUGHT_CHUNK": ("delta",),
    "TOOL_CALL_START": ("toolCallId", "toolName"),
    "TOOL_CALL_ARGS": ("toolCallId", "argsDelta"),
    "TOOL_CALL_RESULT": ("toolCallId",),
    "UI_RENDER_HINT": ("component",),
}
"""The known event types, and the fields of each that must hold text."""

_MAY_BE_FIRST: Final = frozenset({"RUN_STARTED", "ERROR", "RUN_ERROR"})
_DELTAS: Final[Mapping[str, tuple[str, int]]] = {
    "TEXT_MESSAGE_CHUNK": ("delta", Mark.CONTENT),
    "THOUGHT_CHUNK": ("delta", Mark.REASONING),
    "TOOL_CALL_ARGS": ("argsDelta", Mark.TOOL),
}


class TeamStreamVerifier:
    """Judges one team run's stream.

    The run's id is the server's own choice, so only its two ends are compared. Content that is an error text
    (see `loadlib.protocols.error_text`) is ``app_error``. ``output_tokens`` stays None: the reported count is
    the server's guess from characters.
    """

    __slots__ = ("_done", "_found", "_head", "_produced", "_run_id", "_started")

    def __init__(self) -> None:
        self._found = Findings()
        self._run_id = ""
        self._started = False
        self._done = False
        self._produced = False
        self._head = ""  # the first characters of the content

    def on_event(self, event: SseEvent) -> int:
        """Check one event and return its `Mark` bits; nothing is checked after the first hard failure."""
        found = self._found
        if found.failure is not None:
            return Mark.NONE
        body = read_event(event.data)
        if isinstance(body, Failure):
            found.fail(body)
            return Mark.NONE
        if body["type"] not in _TEXT_FIELDS:
            found.note("unknown_type")
            return Mark.NONE
        failure = self._check_place(body["type"]) or _check_fields(body)
        if failure is not None:
            found.fail(failure)
            return Mark.NONE
        return self._take(body)

    def finish(self, end: StreamEnd, leftover: Failure | None = None) -> StreamVerdict:
        """Return the verdict; see `loadlib.protocols.stream.Findings.conclude` for how the end counts."""
        return self._found.conclude(end, leftover, terminal=self._done)

    def _check_place(self, kind: str) -> Failure | None:
        if self._done:
            return Failure("event_after_close", f"{kind} after the run's end")
        if not self._started:
            self._started = True
            return None if kind in _MAY_BE_FIRST else Failure("first_event", f"the first event is {kind}")
        if kind == "RUN_STARTED":
            return Failure("nested_run_started", f"run {self._run_id!r} is active")
        return None

    def _take(self, body: JsonObject) -> int:
        kind = body["type"]
        if kind in _DELTAS:
            return self._take_delta(*_DELTAS[kind], body)
        if kind == "RUN_STARTED":
            self._run_id = body["runId"]
        elif kind == "RUN_FINISHED":
            failure = self._judge_end(body)
            if failure is not None:
                self._found.fail(failure)
            self._done = True
            return Mark.TERMINAL
        elif kind in {"ERROR", "RUN_ERROR"}:
            self._found.fail(qualified("run_error", body.get("code"), body["message"]))
            return Mark.TERMINAL
        elif kind == "TOOL_CALL_START":
            self._produced = True
        return Mark.NONE

    def _take_delta(self, field: str, mark: int, body: JsonObject) -> int:
        delta: str = body[field]
        if not delta:
            self._found.note("empty_delta")
            return Mark.NONE
        if mark == Mark.CONTENT:
            self._produced = True
            self._found.content_events += 1
            if len(self._head) < HEAD_CHARS:
                self._head += delta[:HEAD_CHARS]
        return mark

    def _judge_end(self, body: JsonObject) -> Failure | None:
        if body["runId"] != self._run_id:
            return Failure("run_id_mismatch", f"started as {self._run_id!r}, ended as {body['runId']!r}")
        if body["status"] != "success":
            return Failure("run_error", f"the run finished with status {body['status']!r}")
        if not self._produced:
            return Failure("empty_run", "the run finished without any content or tool call")
        return Failure("app_error", self._head) if is_error_text(self._head) else None


def _check_fields(body: JsonObject) -> Failure | None:
    for name in _TEXT_FIELDS[body["type"]]:
        if type(body.get(name)) is not str or (name == "runId" and not is_text(body[name])):
            return Failure("bad_field", f"{body['type']}.{name} is {body.get(name)!r}")
    return None
