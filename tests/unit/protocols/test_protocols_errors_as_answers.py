"""An error delivered as the answer is a failure in every protocol, however cleanly it was delivered."""

import json

import pytest

from loadlib.protocols.a2a.dialect import Dialect
from loadlib.protocols.a2a.responses import judge_send
from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.platform_rpc import judge as judge_rpc
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import StreamEnd
from tests.unit.protocols.agui_events import ev, finish, judge, run, start, text
from tests.unit.protocols.test_protocols_a2a_responses import answer, message, task, wrap
from tests.unit.protocols.test_protocols_a2a_stream import artifact, kind_of, status
from tests.unit.protocols.test_protocols_a2a_stream import judge as judge_stream
from tests.unit.protocols.test_protocols_a2a_stream import task as task_event

ERROR = "Error code: 529 - {'type': 'overloaded_error'}"
HALVES = (ERROR[:7], ERROR[7:])


def _part(dialect: Dialect, content: str) -> dict[str, str]:
    return {"text": content} if dialect is Dialect.V1_0 else {"kind": "text", "text": content}


@pytest.mark.parametrize("dialect", Dialect)
def test_artifacts_of_a_stream_are_judged_by_how_they_start(dialect: Dialect) -> None:
    """Chunks are put together first; a failed task keeps its own kind."""
    chunks = [artifact(dialect, half, append=bool(index)) for index, half in enumerate(HALVES)]
    assert kind_of(judge_stream(dialect, [task_event(dialect), *chunks, status(dialect, "completed")])) == (
        "app_error"
    )
    assert kind_of(judge_stream(dialect, [task_event(dialect), *chunks, status(dialect, "failed")])) == (
        "state:failed"
    )
    late = [artifact(dialect, "Fine. "), *chunks]
    assert kind_of(judge_stream(dialect, [task_event(dialect), *late, status(dialect, "completed")])) is None


@pytest.mark.parametrize("dialect", Dialect)
def test_answer_to_a_sent_message_is_judged_by_how_it_starts(dialect: Dialect) -> None:
    artifacts = [{"artifactId": "a", "parts": [_part(dialect, half) for half in HALVES]}]
    bad_task = wrap(dialect, "task", task(dialect, "completed", artifacts=artifacts))
    bad_message = wrap(dialect, "message", message(dialect, parts=[_part(dialect, ERROR)]))
    for body in (bad_task, bad_message):
        failure = judge_send(answer(body), 1, dialect).failure
        assert failure is not None
        assert failure.kind == "app_error"
    live = wrap(dialect, "task", task(dialect, "working", artifacts=artifacts))
    assert judge_send(answer(live), 1, dialect, wait=False).failure is None


@pytest.mark.parametrize("artifacts", [7, [7], [{"parts": 7}], [{"parts": [7, {"text": 7}]}]])
def test_malformed_artifacts_of_a_task_are_no_error_text(artifacts: object) -> None:
    body = wrap(Dialect.V1_0, "task", task(Dialect.V1_0, "completed", artifacts=artifacts))
    assert judge_send(answer(body), 1, Dialect.V1_0).failure is None


def test_text_of_an_agui_run_is_judged_by_how_it_starts() -> None:
    first, second = HALVES
    words = [*text(delta=first)[:2], ev("TEXT_MESSAGE_CONTENT", messageId="m", delta=second), text()[2]]
    assert judge(run(*words)).failure is not None
    assert judge(run(*words)).failure.kind == "app_error"  # type: ignore[union-attr] # asserted above
    replayed = [start("earlier"), *text(delta=ERROR), finish("earlier"), *run(*text())]
    assert judge(replayed).outcome == "completed"


def test_version_is_expected_only_from_a_server_that_was_told_one() -> None:
    verifier = AguiVerifier("t", "r", protocol_version=None)
    for event in [ev("RUN_STARTED", threadId="t", runId="r"), *text(), finish()]:
        verifier.on_event(SseEvent("message", json.dumps(event)))
    assert verifier.finish(StreamEnd.CLOSED).soft == {}


@pytest.mark.parametrize(
    ("message_text", "kind"),
    [("Authentication required", "auth"), ("Invalid Request", "rpc_error:-32600")],
)
def test_anonymous_caller_of_the_platform_is_told_from_a_malformed_request(
    message_text: str, kind: str
) -> None:
    """The platform refuses both with -32600 in HTTP 200; only one of them is about credentials."""
    error = {"code": -32600, "message": message_text, "data": None}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": None, "error": error})
    result, failure = judge_rpc("health", body, 1)
    assert result is None
    assert failure is not None
    assert failure.kind == kind
