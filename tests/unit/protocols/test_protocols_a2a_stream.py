"""A2A streams: good ones complete, and each bad one has exactly its own failure kind."""

import json
from typing import Any

import pytest

from loadlib.protocols.a2a.dialect import Dialect, Expect
from loadlib.protocols.a2a.stream import A2AStreamVerifier
from loadlib.protocols.sse import SseEvent, SseParser
from loadlib.protocols.stream import Mark, StreamEnd, StreamVerdict

V0, V1 = Dialect.V0_3, Dialect.V1_0
IDS = {"taskId": "t1", "contextId": "c1"}


def rpc(result: Any, **members: Any) -> str:
    """Return one event's data."""
    return json.dumps({"result": result, "id": 4, "jsonrpc": "2.0", **members})


def fault(code: int = -32603, **members: Any) -> str:
    """Return a JSON-RPC error."""
    error = {"code": code, "message": "executor blew up"}
    return json.dumps({"error": error, "id": 4, "jsonrpc": "2.0", **members})


def wire(dialect: Dialect, state: str) -> str:
    """Return a state as the dialect writes it."""
    return f"TASK_STATE_{state.upper()}" if dialect is V1 else state.replace("_", "-")


def task(dialect: Dialect, state: str = "submitted", **members: Any) -> str:
    """Return a task event."""
    body = {
        "id": "t1",
        "contextId": "c1",
        "status": {"state": wire(dialect, state)},
        "history": [],
        **members,
    }
    return rpc({"task": body} if dialect is V1 else {**body, "kind": "task"})


def status(dialect: Dialect, state: str, final: bool | None = None, **members: Any) -> str:
    """Return a status update; 0.3's final flag is true at terminal states unless given."""
    body = {**IDS, "status": {"state": wire(dialect, state), "timestamp": "2026-01-01T00:00:00Z"}, **members}
    if dialect is V1:
        return rpc({"statusUpdate": body})
    ended = state in {"completed", "failed", "canceled", "rejected"} if final is None else final
    return rpc({**body, "kind": "status-update", "final": ended})


def artifact(dialect: Dialect, text: str = "tok ", artifact_id: str = "a1", **members: Any) -> str:
    """Return an artifact update with one text part."""
    part = {"text": text} if dialect is V1 else {"kind": "text", "text": text}
    body = {**IDS, "artifact": {"artifactId": artifact_id, "name": "out", "parts": [part]}, **members}
    return rpc({"artifactUpdate": body} if dialect is V1 else {**body, "kind": "artifact-update"})


def message(dialect: Dialect, **members: Any) -> str:
    """Return a direct message."""
    part = {"text": "hello"} if dialect is V1 else {"kind": "text", "text": "hello"}
    body = {"messageId": "m1", "contextId": "c1", "parts": [part], **members}
    if dialect is V1:
        return rpc({"message": {"role": "ROLE_AGENT", **body}})
    return rpc({"role": "agent", **body, "kind": "message"})


def good(dialect: Dialect) -> list[str]:
    """Return a whole stream of two chunks."""
    return [
        task(dialect),
        status(dialect, "working"),
        artifact(dialect),
        artifact(dialect, append=True, lastChunk=True),
        status(dialect, "completed"),
    ]


def judge(
    dialect: Dialect, events: list[str | SseEvent], end: StreamEnd = StreamEnd.CLOSED, **options: Any
) -> StreamVerdict:
    """Run a verifier over the events; a text is the data of an unnamed event."""
    verifier = A2AStreamVerifier(dialect, 4, **options)
    for event in events:
        verifier.on_event(SseEvent("message", event) if isinstance(event, str) else event)
    return verifier.finish(end)


def kind_of(verdict: StreamVerdict) -> str | None:
    """Return the failure kind, having checked that it agrees with the outcome."""
    assert (verdict.outcome == "failed") is (verdict.failure is not None)
    return verdict.failure.kind if verdict.failure else None


@pytest.mark.parametrize("dialect", Dialect)
def test_a_whole_stream_completes_without_any_finding(dialect: Dialect) -> None:
    """Two content events, and nothing odd about it."""
    verdict = judge(dialect, [*good(dialect)])
    assert verdict == StreamVerdict("completed", None, {}, 2, None)


@pytest.mark.parametrize("dialect", Dialect)
def test_marks_tell_content_and_the_end(dialect: Dialect) -> None:
    """One mark an event, in order; ids and state are there for the next request."""
    verifier = A2AStreamVerifier(dialect, 4)
    marks = [verifier.on_event(SseEvent("message", data)) for data in good(dialect)]
    assert marks == [Mark.NONE, Mark.NONE, Mark.CONTENT, Mark.CONTENT, Mark.TERMINAL]
    assert (verifier.task_id, verifier.context_id, verifier.state) == ("t1", "c1", "completed")


def test_the_bytes_of_a_server_are_read_from_end_to_end() -> None:
    """The framing of a common server: CRLF, spaces after JSON separators, a heartbeat, multi-byte text."""
    frames = [
        ": ping - 2026-01-01 00:00:00+00:00\r\n\r\n",
        *(
            f"data: {data}\r\n\r\n"
            for data in [*good(V1)[:2], artifact(V1, "é日0 "), status(V1, "completed")]
        ),
    ]
    raw = "".join(frames).encode()
    parser, verifier = SseParser(), A2AStreamVerifier(V1, 4)
    for i in range(0, len(raw), 7):
        for event in parser.feed(raw[i : i + 7]):
            verifier.on_event(event)
    assert verifier.finish(StreamEnd.CLOSED, parser.close()).outcome == "completed"
    assert parser.crlf_seen
    assert parser.comments == 1


@pytest.mark.parametrize("dialect", Dialect)
def test_a_direct_message_alone_is_a_whole_stream(dialect: Dialect) -> None:
    """One event that is content and end at once."""
    verifier = A2AStreamVerifier(dialect, 4)
    assert verifier.on_event(SseEvent("message", message(dialect))) == Mark.CONTENT | Mark.TERMINAL
    assert verifier.finish(StreamEnd.CLOSED) == StreamVerdict("completed", None, {}, 1, None)


@pytest.mark.parametrize("dialect", Dialect)
def test_the_task_may_come_again_after_its_end_in_the_same_state(dialect: Dialect) -> None:
    """Some servers repeat the final task."""
    assert kind_of(judge(dialect, [*good(dialect), task(dialect, "completed")])) is None


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("state", "expect", "kind"),
    [
        ("completed", "completed", None),
        ("completed", "any", None),
        ("completed", "rejected", "state:completed"),
        ("completed", "message", "state:completed"),
        ("failed", "completed", "state:failed"),
        ("failed", "any", None),
        ("rejected", "completed", "state:rejected"),
        ("rejected", "rejected", None),
        ("canceled", "completed", "state:canceled"),
        ("input_required", "completed", "unexpected_interrupt"),
        ("input_required", "input_required", None),
        ("input_required", "any", None),
        ("auth_required", "completed", "unexpected_interrupt"),
        ("auth_required", "any", None),
        ("working", "any", "no_terminal"),
    ],
)
def test_the_last_state_is_held_against_the_expectation(
    dialect: Dialect, state: str, expect: Expect, kind: str | None
) -> None:
    """0.3's final flag is false throughout here, as some servers send it, and decides nothing."""
    events: list[str | SseEvent] = [
        task(dialect),
        status(dialect, "working"),
        status(dialect, state, final=False),
    ]
    assert kind_of(judge(dialect, events, expect=expect)) == kind


@pytest.mark.parametrize("dialect", Dialect)
def test_a_wait_for_authorisation_may_end_while_the_stream_stays_open(dialect: Dialect) -> None:
    """Only a close in that state is an end."""
    events: list[str | SseEvent] = [
        task(dialect),
        status(dialect, "auth_required"),
        status(dialect, "working"),
        status(dialect, "completed"),
    ]
    assert kind_of(judge(dialect, events)) is None
    assert kind_of(judge(dialect, events[:2], StreamEnd.CUT, expect="any")) == "truncated"


NO_TASK_ID = {"contextId": "c1", "status": {"state": "TASK_STATE_WORKING"}}

BAD: dict[str, tuple[Dialect, list[str | SseEvent], str]] = {
    "not JSON": (V1, ["{not json"], "bad_json"),
    "a list": (V1, ["[]"], "not_object"),
    "no version": (V1, ['{"id":4,"result":{}}'], "jsonrpc_envelope"),
    "result and error": (V1, [rpc({}, error={"code": 1})], "jsonrpc_envelope"),
    "neither": (V1, ['{"jsonrpc":"2.0","id":4}'], "jsonrpc_envelope"),
    "another id": (V1, [task(V1), rpc({}, id=5)], "id_mismatch"),
    "an id of another type": (V1, [rpc({}, id="4")], "id_mismatch"),
    "error event of 1.0": (V1, [task(V1), SseEvent("error", fault())], "rpc_error:-32603"),
    "plain error event of 0.3": (V0, [task(V0), fault()], "rpc_error:-32603"),
    "only an error": (V0, [fault(-32004)], "rpc_error:-32004"),
    "a result in an error event": (V1, [SseEvent("error", task(V1))], "bad_shape"),
    "a result that is no object": (V1, [rpc("done")], "bad_shape"),
    "an artifact of no task": (V1, [task(V1), artifact(V1, taskId=None)], "bad_shape"),
    "no member": (V1, [rpc({})], "bad_shape"),
    "two members": (V1, [rpc({"task": {}, "message": {}})], "bad_shape"),
    "unknown kind": (V0, [rpc({"kind": "job"})], "bad_shape"),
    "unknown state": (
        V1,
        [task(V1), rpc({"statusUpdate": {**IDS, "status": {"state": "DONE"}}})],
        "bad_shape",
    ),
    "no task id": (V1, [task(V1), rpc({"statusUpdate": NO_TASK_ID})], "bad_shape"),
    "no final flag": (
        V0,
        [task(V0), rpc({**IDS, "kind": "status-update", "status": {"state": "working"}})],
        "bad_shape",
    ),
    "no artifact id": (V1, [task(V1), artifact(V1, artifact_id="")], "bad_shape"),
    "no parts": (
        V1,
        [rpc({"artifactUpdate": {**IDS, "artifact": {"artifactId": "a", "parts": []}}})],
        "bad_shape",
    ),
    "another task": (V1, [task(V1), status(V1, "working", taskId="t2")], "task_id_mismatch"),
    "another context": (V1, [task(V1), status(V1, "working", contextId="c2")], "context_id_mismatch"),
    "update after the end": (V1, [*good(V1), artifact(V1)], "event_after_terminal"),
    "task in another state after the end": (V1, [*good(V1), task(V1, "working")], "event_after_terminal"),
    "update after an interrupt": (
        V1,
        [task(V1), status(V1, "completed"), status(V1, "working")],
        "event_after_terminal",
    ),
    "message after a task": (V1, [task(V1), message(V1)], "message_not_alone"),
    "task after a message": (V1, [message(V1), task(V1)], "message_not_alone"),
    "two messages": (V0, [message(V0), message(V0)], "message_not_alone"),
    "message after the end": (V1, [*good(V1), message(V1)], "message_not_alone"),
    "no terminal state": (V1, good(V1)[:-1], "no_terminal"),
    "no events": (V1, [], "no_terminal"),
    "final without an end": (V0, [task(V0), status(V0, "working", final=True)], "no_terminal"),
    "failed": (V0, [task(V0), status(V0, "failed")], "state:failed"),
    "failed, then garbage": (V0, [task(V0), status(V0, "failed"), "{"], "state:failed"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_stream_has_exactly_its_kind(name: str) -> None:
    """Whatever follows the first violation, its kind stays."""
    dialect, events, kind = BAD[name]
    assert kind_of(judge(dialect, events)) == kind


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (StreamEnd.CUT, "truncated"),
        (StreamEnd.TIMEOUT, "stream_timeout"),
        (StreamEnd.IDLE_TIMEOUT, "idle_timeout"),
        (StreamEnd.STOPPED, None),
    ],
)
def test_a_stream_that_ends_early_is_named_by_its_end(
    dialect: Dialect, end: StreamEnd, kind: str | None
) -> None:
    """Our own stop is no failure, and no completion either."""
    verdict = judge(dialect, [*good(dialect)[:-1]], end)
    assert kind_of(verdict) == kind
    assert verdict.outcome == ("failed" if kind else "incomplete")


@pytest.mark.parametrize("end", [StreamEnd.CLOSED, StreamEnd.STOPPED])
def test_after_our_own_cancel_a_missing_terminal_event_is_neutral(end: StreamEnd) -> None:
    """Its delivery to an open subscriber is not guaranteed; when it comes, it is what was asked for."""
    verifier = A2AStreamVerifier(V1, 4)
    verifier.on_event(SseEvent("message", task(V1)))
    verifier.expect_cancel()
    assert verifier.finish(end).outcome == "neutral"
    verifier.on_event(SseEvent("message", status(V1, "canceled")))
    assert verifier.finish(end).outcome == "completed"


def test_a_cancelled_stream_that_never_ends_is_still_a_failure() -> None:
    """The server must close it."""
    verifier = A2AStreamVerifier(V1, 4)
    verifier.expect_cancel()
    assert kind_of(verifier.finish(StreamEnd.IDLE_TIMEOUT)) == "idle_timeout"


def test_a_follow_up_is_held_to_the_ids_that_were_sent() -> None:
    """Another task fails; a context that was not sent may drift, which some servers do."""
    events: list[str | SseEvent] = [status(V1, "working"), status(V1, "completed")]
    assert kind_of(judge(V1, events, task_id="t1", context_id="c1")) is None
    assert kind_of(judge(V1, events, task_id="t2")) == "task_id_mismatch"
    assert kind_of(judge(V1, events, context_id="c2")) == "context_id_mismatch"
    drifting: list[str | SseEvent] = [events[0], status(V1, "completed", contextId="c9")]
    verdict = judge(V1, drifting, task_id="t1")
    assert verdict.outcome == "completed"
    assert verdict.soft["context_drift"] == 1


@pytest.mark.parametrize(
    ("dialect", "events", "soft"),
    [
        (V1, [status(V1, "completed")], {"first_not_task": 1}),
        (V1, [artifact(V1), status(V1, "completed")], {"first_not_task": 1}),
        (V1, [task(V1), artifact(V1, append=True), status(V1, "completed")], {"append_to_unknown": 1}),
        (
            V1,
            [task(V1), artifact(V1, lastChunk=True), artifact(V1, append=True), status(V1, "completed")],
            {"chunk_after_last": 1},
        ),
        (V1, [task(V1), artifact(V1), artifact(V1), status(V1, "completed")], {"artifact_restarted": 1}),
        (
            V1,
            [task(V1, "working"), status(V1, "submitted"), status(V1, "completed")],
            {"state_regression": 1},
        ),
        (
            V1,
            [
                task(V1),
                status(V1, "completed", status={"state": "TASK_STATE_COMPLETED", "timestamp": "2026+01"}),
            ],
            {"timestamp_not_utc": 1},
        ),
        (V1, [message(V1, contextId=None)], {"message_without_context": 1}),
        (V0, [task(V0), status(V0, "completed", final=False)], {"end_without_final": 1}),
        (
            V0,
            [task(V0), status(V0, "working", final=True), status(V0, "completed")],
            {"final_without_end": 1},
        ),
    ],
)
def test_an_oddity_is_counted_and_fails_nothing(
    dialect: Dialect, events: list[str | SseEvent], soft: dict[str, int]
) -> None:
    """Soft findings, each alone."""
    verdict = judge(dialect, events)
    assert verdict.outcome == "completed"
    assert verdict.soft == soft


@pytest.mark.parametrize(
    ("parts", "content"),
    [
        ([{"text": "a"}], 1),
        ([{"text": ""}], 0),
        ([{"text": ""}, {"text": "b"}], 1),
        ([{"raw": "aGk="}], 1),
        ([{"url": "http://example.com/x"}], 1),
        ([{"data": {}}], 1),
        ([{"data": None}], 0),
    ],
)
def test_content_is_a_part_that_holds_something(parts: list[dict[str, Any]], content: int) -> None:
    """An empty text is no token."""
    update = {**IDS, "artifact": {"artifactId": "a1", "parts": parts}}
    verdict = judge(V1, [task(V1), rpc({"artifactUpdate": update}), status(V1, "completed")])
    assert verdict.outcome == "completed"
    assert verdict.content_events == content


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ({"kind": "text", "text": ""}, 0),
        ({"kind": "file", "file": {"bytes": "aGk="}}, 1),
        ({"kind": "file", "file": {"uri": "http://example.com/x"}}, 1),
        ({"kind": "file", "file": {}}, 0),
        ({"kind": "data", "data": {"a": 1}}, 1),
    ],
)
def test_content_is_a_part_that_holds_something_in_0_3_too(part: dict[str, Any], content: int) -> None:
    """Files by value or by address, data, and text that is not empty."""
    update = {**IDS, "kind": "artifact-update", "artifact": {"artifactId": "a1", "parts": [part]}}
    verdict = judge(V0, [task(V0), rpc(update), status(V0, "completed")])
    assert verdict.outcome == "completed"
    assert verdict.content_events == content


@pytest.mark.parametrize("dialect", Dialect)
def test_the_message_of_a_status_is_content(dialect: Dialect) -> None:
    """Agents report interim words so."""
    part = {"text": "thinking"} if dialect is V1 else {"kind": "text", "text": "thinking"}
    said = {"state": wire(dialect, "working"), "message": {"messageId": "m", "role": "x", "parts": [part]}}
    events: list[str | SseEvent] = [
        task(dialect),
        status(dialect, "working", status=said),
        status(dialect, "completed"),
    ]
    assert judge(dialect, events).content_events == 1
