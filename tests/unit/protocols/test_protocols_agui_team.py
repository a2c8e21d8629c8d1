"""The platform's own stream dialect: good ones complete, and each bad one has exactly its own kind."""

import json
from typing import Any

import pytest

from loadlib.protocols.agui.team import TeamStreamVerifier
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import Mark, StreamEnd, StreamVerdict

Event = dict[str, Any]

RUN = "val_d5f9e1044aa0"
START: Event = {"type": "RUN_STARTED", "runId": RUN, "agentId": "validation", "timestamp": 1795332064.8}
END: Event = {"type": "RUN_FINISHED", "runId": RUN, "status": "success", "tokensUsed": 12}
TIMEOUT: Event = {"type": "ERROR", "code": "EXECUTION_TIMEOUT", "message": "slow", "timeoutSeconds": 120}
CALL: Event = {"type": "TOOL_CALL_START", "toolCallId": "c", "toolName": "find", "args": {}}


def chunk(delta: str = "All is well.") -> Event:
    """Return one text chunk."""
    return {"type": "TEXT_MESSAGE_CHUNK", "delta": delta, "messageId": f"msg_{RUN}"}


def judge(events: list[Any], end: StreamEnd = StreamEnd.CLOSED) -> StreamVerdict:
    """Run a verifier over the events; a text is sent as it is."""
    verifier = TeamStreamVerifier()
    for event in events:
        verifier.on_event(SseEvent("message", event if isinstance(event, str) else json.dumps(event)))
    return verifier.finish(end)


@pytest.mark.parametrize(
    ("events", "content"),
    [
        ([START, chunk(), END], 1),
        ([START, chunk("a"), chunk("b"), END], 2),
        ([START, CALL, END], 0),
        (
            [
                START,
                {"type": "THOUGHT_CHUNK", "delta": "hm", "messageId": "m"},
                CALL,
                {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "argsDelta": "{}"},
                {"type": "TOOL_CALL_RESULT", "toolCallId": "c", "result": {}, "isError": False},
                {"type": "UI_RENDER_HINT", "component": "Card", "props": {}},
                chunk(),
                END,
            ],
            1,
        ),
    ],
)
def test_a_good_stream_completes(events: list[Event], content: int) -> None:
    """The plain form and the wide one; the server's guess of tokens is no token count."""
    assert judge(events) == StreamVerdict("completed", None, {}, content, None)


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        (["{"], "bad_json"),
        (["[]"], "not_object"),
        (["{}"], "no_type"),
        ([chunk()], "first_event"),
        ([END], "first_event"),
        ([START, START], "nested_run_started"),
        ([{**START, "runId": ""}], "bad_field"),
        ([START, {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m"}], "bad_field"),
        ([START, chunk(), {"type": "RUN_FINISHED", "runId": RUN}], "bad_field"),
        ([START, chunk(), {**END, "runId": "other"}], "run_id_mismatch"),
        ([START, chunk(), {**END, "status": "error"}], "run_error"),
        ([START, TIMEOUT], "run_error:EXECUTION_TIMEOUT"),
        ([TIMEOUT], "run_error:EXECUTION_TIMEOUT"),
        ([START, chunk(), {"type": "ERROR", "message": "x"}], "run_error"),
        ([START, {"type": "RUN_ERROR", "message": "x"}], "run_error"),
        ([START, {**TIMEOUT, "code": "STREAM_ERROR"}, {**END, "status": "error"}], "run_error:STREAM_ERROR"),
        ([START, END], "empty_run"),
        ([START, chunk(""), END], "empty_run"),
        ([START, {"type": "THOUGHT_CHUNK", "delta": "hm"}, END], "empty_run"),
        ([START, chunk("Error code: "), chunk("429 - {}"), END], "app_error"),
        ([START, chunk(), END, chunk()], "event_after_close"),
        ([START, chunk(), END, END], "event_after_close"),
        ([START, chunk()], "no_terminal"),
        ([], "no_terminal"),
    ],
)
def test_a_bad_stream_has_exactly_its_kind(events: list[Any], kind: str) -> None:
    """One row for each way to break a rule."""
    verdict = judge(events)
    assert verdict.outcome == "failed"
    assert verdict.failure is not None
    assert verdict.failure.kind == kind


def test_marks_tell_content_reasoning_arguments_and_the_end() -> None:
    """An empty delta is no content."""
    verifier = TeamStreamVerifier()
    args = {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "argsDelta": "{}"}
    events = [START, {"type": "THOUGHT_CHUNK", "delta": "hm"}, chunk(""), chunk(), CALL, args, END]
    marks = [verifier.on_event(SseEvent("message", json.dumps(event))) for event in events]
    none = Mark.NONE
    assert marks == [none, Mark.REASONING, none, Mark.CONTENT, none, Mark.TOOL, Mark.TERMINAL]


def test_an_error_is_an_end() -> None:
    """Nothing follows it in the usual form of the dialect."""
    verifier = TeamStreamVerifier()
    verifier.on_event(SseEvent("message", json.dumps(START)))
    assert verifier.on_event(SseEvent("message", json.dumps(TIMEOUT))) == Mark.TERMINAL


def test_unknown_types_are_counted_and_fail_nothing() -> None:
    """Wherever they stand."""
    odd = {"type": "HEARTBEAT"}
    verdict = judge([odd, START, chunk(), odd, END, odd])
    assert verdict.outcome == "completed"
    assert verdict.soft == {"unknown_type": 3}


@pytest.mark.parametrize(
    ("end", "outcome"),
    [(StreamEnd.CUT, "failed"), (StreamEnd.TIMEOUT, "failed"), (StreamEnd.STOPPED, "incomplete")],
)
def test_a_stream_that_ends_early_is_judged_by_its_end(end: StreamEnd, outcome: str) -> None:
    """As for every other stream."""
    assert judge([START, chunk()], end).outcome == outcome
