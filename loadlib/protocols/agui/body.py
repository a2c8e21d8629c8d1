"""Judging the events inside one AG-UI run: what they open and close, carry, and count as.

It does not know the run's lifecycle, nor whether the run is the requested one: that is `verifier`'s. An event
given here has the right fields already.
"""

from collections.abc import Callable, Mapping
from typing import Final

from loadlib.protocols.agui import progress
from loadlib.protocols.agui.chunks import CHUNK_SORTS, ChunkLanes
from loadlib.protocols.agui.patch import check_patch
from loadlib.protocols.agui.tracking import RunTracker, Sort
from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject
from loadlib.protocols.stream import Findings, Mark

_DELTA_MARKS: Final[Mapping[Sort, int]] = {
    "text": Mark.CONTENT,
    "reasoning": Mark.REASONING,
    "tool": Mark.TOOL,
}
_CONTINUES: Final[Mapping[str, tuple[Sort, str]]] = {
    "TEXT_MESSAGE_CONTENT": ("text", "messageId"),
    "TOOL_CALL_ARGS": ("tool", "toolCallId"),
    "REASONING_MESSAGE_CONTENT": ("reasoning", "messageId"),
}
_CLOSES: Final[Mapping[str, tuple[Sort, str]]] = {
    "TEXT_MESSAGE_END": ("text", "messageId"),
    "TOOL_CALL_END": ("tool", "toolCallId"),
    "REASONING_MESSAGE_END": ("reasoning", "messageId"),
    "REASONING_END": ("reasoning_span", "messageId"),
}
_OPENS: Final[Mapping[str, tuple[Sort, str]]] = {
    "TEXT_MESSAGE_START": ("text", "messageId"),
    "TOOL_CALL_START": ("tool", "toolCallId"),
    "REASONING_MESSAGE_START": ("reasoning", "messageId"),
    "REASONING_START": ("reasoning_span", "messageId"),
}


class RunBody:
    """The inside of one run. ``produced`` tells whether it had any content or tool call so far."""

    __slots__ = ("_chunks", "_found", "_tracker", "produced")

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._tracker = RunTracker()
        self._chunks = ChunkLanes(self._tracker)
        self.produced = False

    def seed(self, run_input: JsonObject | None) -> Failure | None:
        """Take over the owners told by the input that a run's start echoes."""
        messages = run_input.get("messages") if run_input else None
        return self._tracker.seed(messages, authoritative=False) if isinstance(messages, list) else None

    def close(self) -> Failure | None:
        """Check that the run's end leaves nothing open; what chunks hold open ends with it."""
        self._chunks.close_all()
        return self._tracker.check_all_closed()

    def continues_text(self, event: JsonObject) -> bool:
        """Tell whether this is a piece of an open text message and nothing else, as most events are.

        It is then known to be good in every respect, for its three fields are all there is to check.
        """
        if len(event) != 3 or event["type"] != "TEXT_MESSAGE_CONTENT" or self._chunks.lanes:
            return False
        item, delta = event.get("messageId"), event.get("delta")
        if type(item) is not str or type(delta) is not str or not delta:
            return False
        if not self._tracker.is_open("text", item):
            return False
        self.produced = True
        return True

    def take(self, event: JsonObject) -> int:
        """Check one event, remember a failure in the findings, and return the event's `Mark` bits."""
        kind: str = event["type"]
        if kind in CHUNK_SORTS:
            failure = self._chunks.take(event)
            return self._mark(CHUNK_SORTS[kind], event, failure)
        if self._chunks.lanes:
            self._chunks.before(event)
        if kind in _CONTINUES:
            sort, key = _CONTINUES[kind]
            failure = self._tracker.proceed(sort, event[key], event.get("subagentRunId"))
            return self._mark(sort, event, failure)
        failure = self._check(kind, event)
        if failure is not None:
            self._found.fail(failure)
        return Mark.NONE

    def _mark(self, sort: Sort, event: JsonObject, failure: Failure | None) -> int:
        if failure is not None:
            self._found.fail(failure)
            return Mark.NONE
        if sort == "tool":
            self.produced = True
        if not event.get("delta"):
            if "delta" in event:
                self._found.note("empty_delta")
            return Mark.NONE
        if sort == "text":
            self.produced = True
        return _DELTA_MARKS[sort]

    def _check(self, kind: str, event: JsonObject) -> Failure | None:
        tag = event.get("subagentRunId")
        if kind in _OPENS:
            sort, key = _OPENS[kind]
            if sort == "tool":
                self.produced = True
            return self._tracker.open(sort, event[key], tag, event.get("parentMessageId"))
        if kind in _CLOSES:
            sort, key = _CLOSES[kind]
            return self._tracker.close(sort, event[key], tag)
        check = _OTHERS.get(kind)
        return check(self, event) if check is not None else None

    def _step_started(self, event: JsonObject) -> Failure | None:
        return self._tracker.start_step(event["stepName"], event.get("subagentRunId"))

    def _step_finished(self, event: JsonObject) -> Failure | None:
        return self._tracker.finish_step(event["stepName"], event.get("subagentRunId"))

    def _tool_result(self, event: JsonObject) -> Failure | None:
        self.produced = True
        self._tracker.own("text", event["messageId"], event.get("subagentRunId"))
        return None

    def _state_snapshot(self, event: JsonObject) -> Failure | None:
        return progress.check_snapshot(event["snapshot"])

    def _state_delta(self, event: JsonObject) -> Failure | None:
        return check_patch(event["delta"], self._found) or progress.check_delta(event["delta"])

    def _messages_snapshot(self, event: JsonObject) -> Failure | None:
        for message in event["messages"]:
            if not isinstance(message, dict) or type(message.get("id")) is not str:
                return Failure("bad_field", f"MESSAGES_SNAPSHOT holds {message!r}")
            if type(message.get("role")) is not str:
                return Failure("bad_field", f"MESSAGES_SNAPSHOT holds a message without a role: {message!r}")
        return self._tracker.seed(event["messages"], authoritative=True)

    def _activity_snapshot(self, event: JsonObject) -> Failure | None:
        item = event["messageId"]
        if event.get("replace") is not False or not self._tracker.knows("activity", item):
            self._tracker.own("activity", item, event.get("subagentRunId"))
        return None

    def _activity_delta(self, event: JsonObject) -> Failure | None:
        if not self._tracker.knows("activity", event["messageId"]):
            self._found.note("activity_without_snapshot")
        failure = check_patch(event["patch"], self._found)
        return failure or self._tracker.check_owner(
            "activity", event["messageId"], event.get("subagentRunId")
        )

    def _custom(self, event: JsonObject) -> Failure | None:
        return progress.check_custom(event)

    def _encrypted_value(self, event: JsonObject) -> Failure | None:
        item, tag = event["entityId"], event.get("subagentRunId")
        if event["subtype"] == "tool-call":
            return self._tracker.check_owner("tool", item, tag)
        sort = "text" if self._tracker.knows("text", item) else "reasoning"
        return self._tracker.check_owner(sort, item, tag)

    def _subagent_started(self, event: JsonObject) -> Failure | None:
        return self._tracker.start_subagent(event["subagentRunId"], event.get("parentSubagentRunId"))

    def _subagent_finished(self, event: JsonObject) -> Failure | None:
        outcome = event.get("outcome")
        if outcome is not None and outcome.get("type") not in ("success", "suspended"):
            return Failure("bad_field", f"SUBAGENT_FINISHED.outcome is {outcome!r}")
        return self._tracker.finish_subagent(event["subagentRunId"])

    def _subagent_error(self, event: JsonObject) -> Failure | None:
        return self._tracker.finish_subagent(event["subagentRunId"])


_OTHERS: Final[Mapping[str, Callable[[RunBody, JsonObject], Failure | None]]] = {
    "STEP_STARTED": RunBody._step_started,
    "STEP_FINISHED": RunBody._step_finished,
    "TOOL_CALL_RESULT": RunBody._tool_result,
    "STATE_SNAPSHOT": RunBody._state_snapshot,
    "STATE_DELTA": RunBody._state_delta,
    "MESSAGES_SNAPSHOT": RunBody._messages_snapshot,
    "ACTIVITY_SNAPSHOT": RunBody._activity_snapshot,
    "ACTIVITY_DELTA": RunBody._activity_delta,
    "CUSTOM": RunBody._custom,
    "REASONING_ENCRYPTED_VALUE": RunBody._encrypted_value,
    "SUBAGENT_STARTED": RunBody._subagent_started,
    "SUBAGENT_FINISHED": RunBody._subagent_finished,
    "SUBAGENT_ERROR": RunBody._subagent_error,
}
