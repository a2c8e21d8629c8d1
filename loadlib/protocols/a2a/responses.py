"""Judging the single answers of A2A: send, get, cancel, and an answer where a stream was asked for.

An answer is good by its meaning: the envelope, the identity of what came back, and the state of the task
against what the test expects. HTTP status and media type are the caller's; streams are in `stream`.
"""

from dataclasses import dataclass

from loadlib.protocols.a2a.dialect import (
    INTERRUPTED_STATES,
    LIVE_STATES,
    TERMINAL_STATES,
    Dialect,
    Expect,
)
from loadlib.protocols.a2a.shapes import A2AObject, content_text, read_member, read_task
from loadlib.protocols.error_text import is_error_text
from loadlib.protocols.failures import Failure, qualified
from loadlib.protocols.jsonrpc import RequestId, read_object_result, read_response
from loadlib.protocols.jsontext import Body

TASK_NOT_CANCELABLE = "rpc_error:-32002"


@dataclass(frozen=True, slots=True)
class A2AReply:
    """One judged answer. Ids and ``state`` are what it held, as far as it was read, or None.

    ``is_message`` tells that a direct message answered. ``neutral`` marks an answer that is neither success
    nor failure: a cancel that came too late. With ``failure`` None and ``neutral`` False the answer is good.
    """

    task_id: str | None = None
    context_id: str | None = None
    state: str | None = None
    failure: Failure | None = None
    neutral: bool = False
    is_message: bool = False


def judge_send(
    body: Body,
    request_id: RequestId,
    dialect: Dialect,
    *,
    expect: Expect = "completed",
    wait: bool = True,
    task_id: str | None = None,
    context_id: str | None = None,
) -> A2AReply:
    """Judge the answer to a sent message; ``task_id`` and ``context_id`` are those that were sent with it.

    With ``wait`` the task must have ended, or wait for input, as ``expect`` says. Without it a live state is
    good too, since the end is seen later by get or subscribe. Content that is an error text is ``app_error``.
    """
    result, failure = read_object_result(body, request_id)
    if result is None:
        return A2AReply(failure=failure)
    read = read_member(dialect, result)
    if isinstance(read, Failure):
        return A2AReply(failure=read)
    if read.member not in {"task", "message"}:
        return A2AReply(failure=Failure("bad_shape", "an update came where a task or a message was due"))
    failure = check_ids(read, task_id, context_id)
    if failure is None and not (read.state in LIVE_STATES and not wait):
        failure = check_ending(read.state, expect) or check_text(read.state, content_text(read))
    return _reply(read, failure)


def judge_get(
    body: Body,
    request_id: RequestId,
    dialect: Dialect,
    *,
    task_id: str,
    context_id: str | None = None,
    history_length: int | None = None,
    previous_state: str | None = None,
    expect: Expect | None = None,
) -> A2AReply:
    """Judge the answer to a get. ``previous_state`` is that of the last poll: a terminal one must stay.

    Without ``expect`` any state is good; with it a live state is, too, as a poll may come early.
    """
    read = _read_bare_task(body, request_id, dialect)
    if isinstance(read, Failure):
        return A2AReply(failure=read)
    failure = check_ids(read, task_id, context_id) or _check_history(read, history_length)
    if failure is None and previous_state in TERMINAL_STATES and read.state != previous_state:
        failure = Failure("event_after_terminal", f"the state went from {previous_state} to {read.state}")
    if failure is None and expect is not None and read.state not in LIVE_STATES:
        failure = check_ending(read.state, expect)
    return _reply(read, failure)


def judge_cancel(
    body: Body,
    request_id: RequestId,
    dialect: Dialect,
    *,
    task_id: str,
    context_id: str | None = None,
) -> A2AReply:
    """Judge the answer to a cancel: any terminal state is honest, and "not cancelable" is neutral.

    The latter (-32002) is what a cancel that races with the task's own end gets.
    """
    read = _read_bare_task(body, request_id, dialect)
    if isinstance(read, Failure):
        if read.kind == TASK_NOT_CANCELABLE:
            return A2AReply(neutral=True)
        return A2AReply(failure=read)
    failure = check_ids(read, task_id, context_id)
    if failure is None and read.state not in TERMINAL_STATES:
        failure = Failure("no_terminal", f"the task is still {read.state} after its cancel")
    return _reply(read, failure)


def judge_not_streamed(body: Body, request_id: RequestId) -> Failure:
    """Name what a single JSON answer means where a stream was asked for.

    An error there is the regular way to refuse a stream and keeps its own kind (``rpc_error:<code>``); a
    success is ``not_streamed``.
    """
    _, failure = read_response(body, request_id)
    return failure or Failure("not_streamed", "a single JSON success answered a request for a stream")


def check_ids(read: A2AObject, task_id: str | None, context_id: str | None) -> Failure | None:
    """Compare an object's ids with the known ones (None: not known); a message may leave its own out."""
    if (
        task_id is not None
        and read.task_id != task_id
        and not (read.member == "message" and not read.task_id)
    ):
        return Failure("task_id_mismatch", f"task {task_id!r} was due, got {read.task_id!r}")
    if context_id is None or read.context_id == context_id:
        return None
    if read.member == "message" and not read.context_id:
        return None
    return Failure("context_id_mismatch", f"context {context_id!r} was due, got {read.context_id!r}")


def check_ending(state: str | None, expect: Expect) -> Failure | None:
    """Compare the state a task ended in with the expectation; None for ``state`` means a direct message."""
    if state is None:
        if expect in {"completed", "message", "any"}:
            return None
        return Failure("unexpected_message", f"expected {expect}")
    if state in LIVE_STATES:
        return Failure("no_terminal", f"the answer leaves the task {state}")
    if expect in (state, "any"):
        return None
    if state in INTERRUPTED_STATES:
        return Failure("unexpected_interrupt", f"expected {expect}, the task is {state}")
    return qualified("state", state, f"expected {expect}")


def check_text(state: str | None, text: str) -> Failure | None:
    """Name an error that came as the answer of a completed task, or as a message (``state`` None)."""
    return Failure("app_error", text) if state in (None, "completed") and is_error_text(text) else None


def _read_bare_task(body: Body, request_id: RequestId, dialect: Dialect) -> A2AObject | Failure:
    result, failure = read_object_result(body, request_id)
    if result is None:
        return failure or Failure("bad_shape", "no result")
    return read_task(dialect, result)


def _check_history(read: A2AObject, history_length: int | None) -> Failure | None:
    history = read.body.get("history")
    if history_length is None or not isinstance(history, list) or len(history) <= history_length:
        return None
    return Failure("history_too_long", f"{len(history)} messages came back, {history_length} were asked for")


def _reply(read: A2AObject, failure: Failure | None) -> A2AReply:
    is_message = read.member == "message"
    return A2AReply(read.task_id, read.context_id, read.state, failure, is_message=is_message)
