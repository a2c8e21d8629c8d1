"""Judging an A2A stream: every event's envelope, identity and order, and whether the task came to its end.

HTTP 200 and a clean close prove nothing: only a terminal or interrupted state, or a direct message that is
alone, ends a stream well. Rules are those of A2A 1.0 ("stream response") and of 0.3, whose ``final`` flag is
not relied upon, because servers send it as false with an interrupted state. An answer that is an error text
is ``app_error``. It does not read bytes or clocks.
"""

from loadlib.protocols.a2a.artifacts import ArtifactLog
from loadlib.protocols.a2a.dialect import INTERRUPTED_STATES, TERMINAL_STATES, Dialect, Expect
from loadlib.protocols.a2a.responses import check_ending, check_ids, check_text
from loadlib.protocols.a2a.shapes import A2AObject, added_text, content_text, read_member
from loadlib.protocols.error_text import HEAD_CHARS
from loadlib.protocols.failures import Failure
from loadlib.protocols.jsonrpc import RequestId, read_response
from loadlib.protocols.jsontext import JsonObject
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import Findings, Mark, Outcome, StreamEnd, StreamVerdict


class A2AStreamVerifier:
    """Judges one JSON-RPC stream of either dialect.

    ``task_id`` and ``context_id`` are those sent with a follow-up message or a subscription; otherwise the
    first event sets them. They and ``state`` can be read at any time, for the next request.

    Call `expect_cancel` before cancelling the streamed task: then the canceled state is a good end, and a
    clean close without a terminal event is neutral, as that event's delivery is not guaranteed.
    """

    __slots__ = (
        "_artifacts",
        "_cancelled",
        "_context_known",
        "_dialect",
        "_ended",
        "_events",
        "_expect",
        "_follow_up",
        "_found",
        "_head",
        "_request_id",
        "context_id",
        "state",
        "task_id",
    )

    def __init__(
        self,
        dialect: Dialect,
        request_id: RequestId,
        *,
        expect: Expect = "completed",
        task_id: str | None = None,
        context_id: str | None = None,
    ) -> None:
        self.task_id = task_id
        self.context_id = context_id
        self.state: str | None = None
        self._dialect = dialect
        self._request_id = request_id
        self._expect: Expect = expect
        self._follow_up = task_id is not None
        self._context_known = context_id is not None
        self._found = Findings()
        self._artifacts = ArtifactLog()
        self._head = ""  # the first characters of the content
        self._events = 0
        self._ended = False
        self._cancelled = False

    def expect_cancel(self) -> None:
        """Say that we have cancelled the task, so that its being canceled is what is expected now."""
        self._cancelled = True

    def on_event(self, event: SseEvent) -> int:
        """Check one event and return its `Mark` bits; nothing is checked after the first hard failure."""
        if self._found.failure is not None:
            return Mark.NONE
        result, failure = read_response(event.data, self._request_id)
        if failure is None and (added := self._added(event, result)):
            return self._take_text(*added)
        read = failure or self._read(event, result)
        if not isinstance(read, Failure):
            self._events += 1
            failure = self._check_order(read) or self._check_identity(read)
            if failure is None:
                return self._take(read)
            read = failure
        self._found.fail(read)
        return Mark.TERMINAL if read.family == "rpc_error" else Mark.NONE

    def finish(self, end: StreamEnd, leftover: Failure | None = None) -> StreamVerdict:
        """Return the verdict; see `loadlib.protocols.stream.Findings.conclude` for how the end counts."""
        found = self._found
        closed = end is StreamEnd.CLOSED and leftover is None
        if closed and self.state == "auth_required" and not self._ended:
            self._end(self.state)
        if closed and self._cancelled and not self._ended:
            end = StreamEnd.STOPPED
        stopped: Outcome = "neutral" if self._cancelled else "incomplete"
        return found.conclude(end, leftover, terminal=self._ended, stopped=stopped)

    def _added(self, event: SseEvent, result: object) -> tuple[JsonObject, str] | None:
        """Return the update and the text of an event that only adds text, to a task that is under way."""
        if self._ended or not self._events or event.event != "message":
            return None
        if self.task_id is None or self.context_id is None:
            return None
        return added_text(self._dialect, result, self.task_id, self.context_id)

    def _take_text(self, update: JsonObject, text: str) -> int:
        self._events += 1
        self._found.content_events += 1
        if len(self._head) < HEAD_CHARS:
            self._head += text[:HEAD_CHARS]
        self._artifacts.check(update, self._found)
        return Mark.CONTENT

    def _read(self, event: SseEvent, result: object) -> A2AObject | Failure:
        if event.event == "error":
            return Failure("bad_shape", "an event named error carries a result")
        return read_member(self._dialect, result)

    def _check_order(self, read: A2AObject) -> Failure | None:
        """Hold a message alone; let only the task come again after its end, in the same state."""
        if read.member == "message":
            return None if self._events == 1 else Failure("message_not_alone", "a message after other events")
        if not self._ended:
            return None
        if self.state is None:
            return Failure("message_not_alone", f"a {read.member} event after a message")
        if read.member == "task" and read.state == self.state:
            return None
        return Failure("event_after_terminal", f"a {read.member} event came after the task was {self.state}")

    def _check_identity(self, read: A2AObject) -> Failure | None:
        """Compare ids with those known; if a follow-up named no context, a drifting one is only noted."""
        if read.member == "message":
            return check_ids(read, self.task_id, self.context_id)
        failure = check_ids(read, self.task_id, None)
        if failure is not None:
            return failure
        self.task_id = read.task_id
        if self.context_id is None or read.context_id == self.context_id:
            self.context_id = read.context_id
            return None
        if self._follow_up and not self._context_known:
            self._found.note("context_drift")
            return None
        return check_ids(read, None, self.context_id)

    def _take(self, read: A2AObject) -> int:
        marks = Mark.NONE
        if read.has_content:
            marks = Mark.CONTENT
            self._found.content_events += 1
        self._keep_head(read)
        if read.member == "artifact":
            self._artifacts.check(read.body, self._found)
        elif read.member == "message":
            marks |= self._take_message(read)
        else:
            marks |= self._take_state(read)
        if self._events == 1 and read.member in {"status", "artifact"}:
            self._found.note("first_not_task")
        return marks

    def _keep_head(self, read: A2AObject) -> None:
        """Keep how the answer starts; a task is a snapshot, so it counts only where no update came before."""
        if len(self._head) < HEAD_CHARS and (read.member != "task" or not self._head):
            self._head += content_text(read)

    def _take_message(self, read: A2AObject) -> int:
        if read.context_id is None:
            self._found.note("message_without_context")
        self._end(None)
        return Mark.TERMINAL

    def _take_state(self, read: A2AObject) -> int:
        state = read.state
        self._note_status(read)
        if self._ended:
            return Mark.NONE
        self.state = state
        # A stream may stay open while it waits for authorisation; so only its close makes that an end.
        if state in TERMINAL_STATES or state == "input_required":
            self._end(state)
            return Mark.TERMINAL
        return Mark.NONE

    def _note_status(self, read: A2AObject) -> None:
        status, found = read.body["status"], self._found
        if self.state == "working" and read.state == "submitted":
            found.note("state_regression")
        timestamp = status.get("timestamp")
        if isinstance(timestamp, str) and not timestamp.endswith("Z"):
            found.note("timestamp_not_utc")
        final = read.body.get("final")
        if final is True and not (read.state in TERMINAL_STATES or read.state in INTERRUPTED_STATES):
            found.note("final_without_end")
        elif final is False and read.state in TERMINAL_STATES:
            found.note("end_without_final")

    def _end(self, state: str | None) -> None:
        self._ended = True
        if self._cancelled and state == "canceled":
            return
        failure = check_ending(state, self._expect) or check_text(state, self._head)
        if failure is not None:
            self._found.fail(failure)
