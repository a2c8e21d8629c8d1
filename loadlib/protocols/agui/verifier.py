"""Judging a standard AG-UI event stream: the lifecycle of its runs, and which run the verdict is about.

The rules are those of AG-UI 1.0, as the official client enforces them, and the ones it leaves to its caller:
a stream must reach the requested run's terminal event, the two ends of a run must agree, and a run that
produces nothing, or an error text as its answer, has failed. What happens inside a run is checked by
`loadlib.protocols.agui.body`.
"""

from loadlib.protocols.agui.body import RunBody
from loadlib.protocols.agui.fields import SPECS, check_fields, read_event
from loadlib.protocols.agui.outcome import Expect, judge_outcome, read_end, read_output_tokens
from loadlib.protocols.agui.requests import PROTOCOL_VERSION
from loadlib.protocols.error_text import HEAD_CHARS, is_error_text
from loadlib.protocols.failures import Failure, qualified
from loadlib.protocols.jsontext import JsonObject
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import Findings, Mark, Outcome, StreamEnd, StreamVerdict


class AguiVerifier:
    """Judges the stream that answers one run request.

    A stream may carry several runs, such as replayed history before the requested one. Every run is held to
    the rules; only the requested run's content is marked and counted, and only its end decides the outcome.

    With ``require_content`` a run that succeeds without any content or tool call fails as ``empty_run``.
    ``protocol_version`` is the one declared in the input; None, where none was, notes nothing about it.
    """

    __slots__ = (
        "_active",
        "_body",
        "_done",
        "_ended_badly",
        "_errored",
        "_expect",
        "_found",
        "_good",
        "_head",
        "_output_tokens",
        "_produced",
        "_protocol_version",
        "_require_content",
        "_run_id",
        "_seen",
        "_thread_id",
        "_timestamp",
        "_wanted_run_id",
    )

    def __init__(
        self,
        thread_id: str,
        run_id: str,
        *,
        expect: Expect = "success",
        require_content: bool = True,
        protocol_version: str | None = PROTOCOL_VERSION,
    ) -> None:
        self._thread_id = thread_id
        self._wanted_run_id = run_id
        self._expect: Expect = expect
        self._require_content = require_content
        self._protocol_version = protocol_version
        self._found = Findings()
        self._body = RunBody(self._found)
        self._run_id: str | None = None  # of the run last started
        self._seen = False  # any event of a known type
        self._active = False  # a run is open
        self._errored = False  # the last run ended with RUN_ERROR
        self._done = False  # the requested run has ended
        self._good: Outcome = "completed"
        self._ended_badly: Failure | None = None  # how the last ended run failed, if it did
        self._produced = False
        self._head = ""  # the first characters of the last run's content
        self._output_tokens: int | None = None
        self._timestamp: int | None = None

    def on_event(self, event: SseEvent) -> int:
        """Check one event and return its `Mark` bits; nothing is checked after the first hard failure."""
        found = self._found
        if found.failure is not None:
            return Mark.NONE
        body = read_event(event.data)
        if isinstance(body, Failure):
            found.fail(body)
            return Mark.NONE
        if self._active and self._body.continues_text(body):
            return self._count(Mark.CONTENT, body)
        spec = SPECS.get(body["type"])
        if spec is None:
            found.note("unknown_type")
            return Mark.NONE
        failure = self._check_place(body["type"]) or check_fields(body, spec, found)
        if failure is not None:
            found.fail(failure)
            return Mark.NONE
        return self._take(body)

    def finish(self, end: StreamEnd, leftover: Failure | None = None) -> StreamVerdict:
        """Return the verdict; see `loadlib.protocols.stream.Findings.conclude` for how the end counts."""
        found = self._found
        terminal = self._done and not self._active
        closed = end is StreamEnd.CLOSED and leftover is None
        if self._seen and not self._active and (self._done or self._run_id is None or closed):
            bad = self._ended_badly
            if bad is None and not self._done:
                bad = Failure(
                    "run_id_mismatch", f"{self._run_id!r} ended, {self._wanted_run_id!r} never began"
                )
            if bad is not None:
                found.fail(bad)
        return found.conclude(
            end, leftover, terminal=terminal, good=self._good, output_tokens=self._output_tokens
        )

    def _check_place(self, kind: str) -> Failure | None:
        """Check the event's type against the state of the stream's runs."""
        opens = kind in {"RUN_STARTED", "RUN_ERROR"}
        if self._active:
            if kind == "RUN_STARTED":
                return Failure("nested_run_started", f"run {self._run_id!r} is active")
            return None
        if not self._seen:
            self._seen = True
            return None if opens else Failure("first_event", f"the first event is {kind}")
        if not opens or (self._errored and kind == "RUN_ERROR"):
            return Failure("event_after_close", f"{kind} after the run's end")
        return None

    def _take(self, body: JsonObject) -> int:
        kind = body["type"]
        if "timestamp" in body:
            self._note_timestamp(body["timestamp"])
        if kind == "RUN_STARTED":
            failure = self._start(body)
            marks = Mark.NONE
        elif kind == "RUN_FINISHED":
            failure = self._finish_run(body)
            marks = self._terminal_mark()
        elif kind == "RUN_ERROR":
            failure = self._fail_run(body)
            marks = self._terminal_mark()
        else:
            return self._take_inner(body)
        if failure is not None:
            self._found.fail(failure)
            return Mark.NONE
        return marks

    def _take_inner(self, body: JsonObject) -> int:
        marks = self._body.take(body)
        return self._count(marks, body) if marks else Mark.NONE

    def _count(self, marks: int, body: JsonObject) -> int:
        """Count the content of the requested run; return the marks of its events, none for another run's."""
        if self._run_id != self._wanted_run_id or self._done:
            return Mark.NONE
        if marks & Mark.CONTENT:
            self._found.content_events += 1
            if len(self._head) < HEAD_CHARS:
                self._head += body["delta"][:HEAD_CHARS]
        return marks

    def _start(self, body: JsonObject) -> Failure | None:
        if body["threadId"] != self._thread_id:
            detail = f"{self._thread_id!r} was asked for, got {body['threadId']!r}"
            return Failure("thread_id_mismatch", detail)
        if self._protocol_version is not None and body.get("protocolVersion") != self._protocol_version:
            version = "other" if body.get("protocolVersion") else "no"
            self._found.note(f"{version}_protocol_version")
        self._active = True
        self._errored = False
        self._run_id = body["runId"]
        self._body = RunBody(self._found)
        self._head = ""
        return self._body.seed(body.get("input"))

    def _finish_run(self, body: JsonObject) -> Failure | None:
        if body["threadId"] != self._thread_id:
            return Failure("thread_id_mismatch", f"RUN_FINISHED names {body['threadId']!r}")
        if body["runId"] != self._run_id:
            return Failure("run_id_mismatch", f"started as {self._run_id!r}, ended as {body['runId']!r}")
        run_end = self._body.close() or read_end(body, self._found)
        if isinstance(run_end, Failure):
            return run_end
        bad = judge_outcome(run_end.outcome, self._expect)
        empty = self._require_content and not self._body.produced
        if bad is None and empty and run_end.outcome == "success":
            bad = Failure("empty_run", "the run finished without any content or tool call")
        elif bad is None and is_error_text(self._head):
            bad = Failure("app_error", self._head)
        good: Outcome = "neutral" if run_end.outcome == "cancelled" else "completed"
        self._close_run(bad, good, run_end.output_tokens)
        return None

    def _fail_run(self, body: JsonObject) -> Failure | None:
        tokens = read_output_tokens(body)
        if isinstance(tokens, Failure):
            return tokens
        self._errored = True
        self._close_run(qualified("run_error", body.get("code"), body["message"]), "completed", tokens)
        return None

    def _close_run(self, bad: Failure | None, good: Outcome, tokens: int | None) -> None:
        """Keep how a run ended, unless the requested run has ended before and this one is another."""
        self._active = False
        if self._run_id == self._wanted_run_id:
            self._done = True
            self._good = good
            self._output_tokens = tokens
        if not self._done or self._run_id == self._wanted_run_id:
            self._ended_badly = bad

    def _terminal_mark(self) -> int:
        """Return TERMINAL for the requested run's end, and for an error that came before any run."""
        return Mark.TERMINAL if self._run_id in (None, self._wanted_run_id) else Mark.NONE

    def _note_timestamp(self, timestamp: int | None) -> None:
        if timestamp is None:
            return
        if self._timestamp is not None and timestamp < self._timestamp:
            self._found.note("timestamp_backwards")
        self._timestamp = timestamp
