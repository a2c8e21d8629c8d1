"""Single A2A answers: the meaning decides, in both dialects."""

import json
from typing import Any

import pytest

from loadlib.protocols.a2a.dialect import Dialect, Expect
from loadlib.protocols.a2a.responses import A2AReply, judge_cancel, judge_get, judge_not_streamed, judge_send

V0, V1 = Dialect.V0_3, Dialect.V1_0


def task(dialect: Dialect, state: str, **members: Any) -> dict[str, Any]:
    """Return a task; ``state`` in the common vocabulary."""
    wire = f"TASK_STATE_{state.upper()}" if dialect is V1 else state.replace("_", "-")
    kind = {} if dialect is V1 else {"kind": "task"}
    return {"id": "t1", "contextId": "c1", "status": {"state": wire}, **kind, **members}


def message(dialect: Dialect, **members: Any) -> dict[str, Any]:
    """Return an agent's message."""
    part = {"text": "hello"} if dialect is V1 else {"kind": "text", "text": "hello"}
    own = {"role": "ROLE_AGENT"} if dialect is V1 else {"role": "agent", "kind": "message"}
    return {"messageId": "m2", "contextId": "c1", "parts": [part], **own, **members}


def wrap(dialect: Dialect, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a send: bare in 0.3, under its member's name in 1.0."""
    return {name: body} if dialect is V1 else body


def answer(result: Any, request_id: str | int = 1) -> str:
    """Return a JSON-RPC success."""
    return json.dumps({"result": result, "id": request_id, "jsonrpc": "2.0"})


def error(code: int) -> str:
    """Return a JSON-RPC error with the typed details of 1.0."""
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "R", "metadata": {}}]
    return json.dumps({"error": {"code": code, "message": "no", "data": details}, "id": 1, "jsonrpc": "2.0"})


def kind_of(reply: A2AReply) -> str | None:
    """Return the reply's failure kind."""
    return reply.failure.kind if reply.failure else None


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("state", "expect", "kind"),
    [
        ("completed", "completed", None),
        ("completed", "any", None),
        ("completed", "input_required", "state:completed"),
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
        ("auth_required", "input_required", "unexpected_interrupt"),
        ("working", "completed", "no_terminal"),
        ("submitted", "any", "no_terminal"),
    ],
)
def test_the_state_is_held_against_the_expectation(
    dialect: Dialect, state: str, expect: Expect, kind: str | None
) -> None:
    """A task that was waited for must have ended as expected."""
    body = answer(wrap(dialect, "task", task(dialect, state)))
    reply = judge_send(body, 1, dialect, expect=expect)
    assert kind_of(reply) == kind
    assert (reply.task_id, reply.context_id, reply.state) == ("t1", "c1", state)


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("state", ["submitted", "working"])
def test_a_live_state_is_good_where_nobody_waits(dialect: Dialect, state: str) -> None:
    """The end is seen later, by get or subscribe; an ending at once is judged as ever."""
    body = answer(wrap(dialect, "task", task(dialect, state)))
    assert kind_of(judge_send(body, 1, dialect, wait=False)) is None
    failed = answer(wrap(dialect, "task", task(dialect, "failed")))
    assert kind_of(judge_send(failed, 1, dialect, wait=False)) == "state:failed"


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("expect", "kind"),
    [
        ("completed", None),
        ("message", None),
        ("any", None),
        ("rejected", "unexpected_message"),
        ("input_required", "unexpected_message"),
    ],
)
def test_a_direct_message_completes_the_exchange(dialect: Dialect, expect: Expect, kind: str | None) -> None:
    """The agent may answer by message instead of a task, unless a task's state was expected."""
    reply = judge_send(answer(wrap(dialect, "message", message(dialect))), 1, dialect, expect=expect)
    assert kind_of(reply) == kind
    assert reply.is_message


BAD_RESULTS: list[tuple[Dialect, Any, str]] = [
    (V1, {}, "bad_shape"),
    (V1, None, "bad_shape"),
    (V1, [], "bad_shape"),
    (V1, task(V1, "completed"), "bad_shape"),
    (V1, {"task": task(V1, "completed"), "message": message(V1)}, "bad_shape"),
    (V1, {"task": "t1"}, "bad_shape"),
    (V1, {"task": task(V1, "completed", id="")}, "bad_shape"),
    (V1, {"task": task(V1, "completed", contextId=None)}, "bad_shape"),
    (V1, {"task": task(V1, "completed", status=None)}, "bad_shape"),
    (V1, {"task": task(V1, "completed", status={"state": "completed"})}, "bad_shape"),
    (V1, {"task": task(V1, "completed", status={"state": ["x"]})}, "bad_shape"),
    (V1, {"message": message(V1, parts=[])}, "bad_shape"),
    (V1, {"message": message(V1, parts=[{"text": "a", "url": "b"}])}, "bad_shape"),
    (V1, {"message": message(V1, parts=[{"kind": "text"}])}, "bad_shape"),
    (V1, {"message": message(V1, parts=["a"])}, "bad_shape"),
    (V1, {"message": message(V1, role="ROLE_USER")}, "bad_shape"),
    (V1, {"message": message(V1, messageId="")}, "bad_shape"),
    (
        V1,
        {"statusUpdate": {"taskId": "t1", "contextId": "c1", "status": task(V1, "completed")["status"]}},
        "bad_shape",
    ),
    (V0, task(V0, "completed", kind="job"), "bad_shape"),
    (V0, {"id": "t1", "contextId": "c1", "status": {"state": "completed"}}, "bad_shape"),
    (V0, task(V0, "completed", kind=["task"]), "bad_shape"),
    (V0, task(V0, "completed", status={"state": "TASK_STATE_COMPLETED"}), "bad_shape"),
    (V0, message(V0, parts=[{"kind": "text"}]), "bad_shape"),
    (V0, message(V0, parts=[{"kind": "file"}]), "bad_shape"),
    (V0, message(V0, parts=[{"kind": ["text"]}]), "bad_shape"),
    (V0, message(V0, role="user"), "bad_shape"),
]


@pytest.mark.parametrize(("dialect", "result", "kind"), BAD_RESULTS)
def test_a_malformed_result_has_a_bad_shape(dialect: Dialect, result: Any, kind: str) -> None:
    """Zero or two members, missing ids, unknown states, malformed parts, the user's own role."""
    assert kind_of(judge_send(answer(result), 1, dialect, expect="any")) == kind


@pytest.mark.parametrize("dialect", Dialect)
def test_what_was_sent_must_come_back(dialect: Dialect) -> None:
    """Task and context of a follow-up, and the request's id in value and type."""
    body = answer(wrap(dialect, "task", task(dialect, "completed")))
    assert kind_of(judge_send(body, 1, dialect, task_id="t1", context_id="c1")) is None
    assert kind_of(judge_send(body, 1, dialect, task_id="t2")) == "task_id_mismatch"
    assert kind_of(judge_send(body, 1, dialect, context_id="c2")) == "context_id_mismatch"
    assert kind_of(judge_send(body, "1", dialect)) == "id_mismatch"
    reply = answer(wrap(dialect, "message", message(dialect)))
    assert kind_of(judge_send(reply, 1, dialect, task_id="t1", context_id="c1")) is None
    assert kind_of(judge_send(reply, 1, dialect, context_id="c2")) == "context_id_mismatch"


@pytest.mark.parametrize("dialect", Dialect)
def test_an_error_keeps_its_code(dialect: Dialect) -> None:
    """Errors come with HTTP 200."""
    assert kind_of(judge_send(error(-32004), 1, dialect)) == "rpc_error:-32004"
    assert kind_of(judge_get(error(-32001), 1, dialect, task_id="t1")) == "rpc_error:-32001"
    assert kind_of(judge_send(error(-32002), 1, dialect)) == "rpc_error:-32002"


@pytest.mark.parametrize("dialect", Dialect)
def test_a_polled_task_is_the_one_asked_for_and_never_leaves_its_end(dialect: Dialect) -> None:
    """Identity, history length, and monotony of the state."""
    body = answer(task(dialect, "working", history=[{}, {}]))
    assert kind_of(judge_get(body, 1, dialect, task_id="t1", context_id="c1")) is None
    assert kind_of(judge_get(body, 1, dialect, task_id="t1", history_length=2)) is None
    assert kind_of(judge_get(body, 1, dialect, task_id="t1", history_length=0)) == "history_too_long"
    assert kind_of(judge_get(body, 1, dialect, task_id="t2")) == "task_id_mismatch"
    assert kind_of(judge_get(body, 1, dialect, task_id="t1", context_id="c2")) == "context_id_mismatch"
    late = judge_get(body, 1, dialect, task_id="t1", previous_state="completed")
    assert kind_of(late) == "event_after_terminal"
    assert kind_of(judge_get(body, 1, dialect, task_id="t1", previous_state="input_required")) is None
    wrapped = answer({"task": task(dialect, "working")})
    assert kind_of(judge_get(wrapped, 1, dialect, task_id="t1")) == "bad_shape"


def test_a_poll_may_expect_an_ending_and_come_early() -> None:
    """A live state waits for the next poll; another ending fails."""
    working, failed = answer(task(V1, "working")), answer(task(V1, "failed"))
    assert kind_of(judge_get(working, 1, V1, task_id="t1", expect="completed")) is None
    assert kind_of(judge_get(failed, 1, V1, task_id="t1", expect="completed")) == "state:failed"
    assert kind_of(judge_get(failed, 1, V1, task_id="t1")) is None


@pytest.mark.parametrize("dialect", Dialect)
def test_a_cancel_that_came_too_late_is_neutral(dialect: Dialect) -> None:
    """It races with the task's own end; other errors are failures, any terminal state is honest."""
    assert judge_cancel(error(-32002), 1, dialect, task_id="t1") == A2AReply(neutral=True)
    assert kind_of(judge_cancel(error(-32001), 1, dialect, task_id="t1")) == "rpc_error:-32001"
    for state, kind in (("canceled", None), ("completed", None), ("working", "no_terminal")):
        reply = judge_cancel(answer(task(dialect, state)), 1, dialect, task_id="t1")
        assert (kind_of(reply), reply.neutral) == (kind, False)
    other = judge_cancel(answer(task(dialect, "canceled")), 1, dialect, task_id="t2")
    assert kind_of(other) == "task_id_mismatch"


def test_a_json_answer_to_a_stream_request_is_named() -> None:
    """An error is the regular refusal; a success is not the stream that was asked for."""
    assert judge_not_streamed(error(-32004), 1).kind == "rpc_error:-32004"
    assert judge_not_streamed(answer({"task": task(V1, "completed")}), 1).kind == "not_streamed"
    assert judge_not_streamed("<html>", 1).kind == "bad_json"
