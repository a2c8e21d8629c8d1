"""The A2A agent on the official SDK: send, stream, get, cancel in 1.0 and 0.3, fates and faults."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from loadlib.target.agentos.faults import a2a as faults
from loadlib.target.options import TargetOptions, port_layout
from loadlib.target.rules import parse_stream_fault_rule
from loadlib.target.server import running_target
from tests.unit.target.client import Target, sse

PATH = "/a2a/reference"
QUICK = "chunks=2 delay=0"


@dataclass(frozen=True)
class Dialect:
    """How one protocol version says the same things."""

    headers: dict[str, str]
    send: str
    stream: str
    get: str
    cancel: str
    old: bool

    def message(self, text: str) -> dict[str, Any]:
        kind = {"kind": "text"} if self.old else {}
        body = {"messageId": str(uuid.uuid4()), "parts": [{"text": text, **kind}]}
        return {**body, "role": "user", "kind": "message"} if self.old else {**body, "role": "ROLE_USER"}

    def state(self, name: str) -> str:
        return name.replace("_", "-") if self.old else f"TASK_STATE_{name.upper()}"

    def task(self, result: dict[str, Any]) -> dict[str, Any]:
        return result if self.old else result["task"]

    def states(self, results: list[dict[str, Any]]) -> list[str]:
        if self.old:
            return [result["status"]["state"] for result in results if "status" in result]
        bodies = [result.get("task") or result.get("statusUpdate") for result in results]
        return [body["status"]["state"] for body in bodies if body]


NEW = Dialect(
    {"A2A-Version": "1.0"}, "SendMessage", "SendStreamingMessage", "GetTask", "CancelTask", old=False
)
OLD = Dialect({}, "message/send", "message/stream", "tasks/get", "tasks/cancel", old=True)
both = pytest.mark.parametrize("dialect", [NEW, OLD], ids=["1.0", "0.3"])


def call(target: Target, dialect: Dialect, method: str, params: dict[str, Any]) -> httpx.Response:
    body = {"jsonrpc": "2.0", "id": 5, "method": method, "params": params}
    return target.http.post(PATH, json=body, headers=dialect.headers)


def send(target: Target, dialect: Dialect, text: str) -> dict[str, Any]:
    return call(target, dialect, dialect.send, {"message": dialect.message(text)}).json()


def stream(target: Target, dialect: Dialect, text: str) -> httpx.Response:
    return call(target, dialect, dialect.stream, {"message": dialect.message(text)})


@both
def test_send_waits_and_answers_with_a_completed_task(target: Target, dialect: Dialect) -> None:
    answer = send(target, dialect, f"{QUICK} text=word")
    task = dialect.task(answer["result"])
    assert answer["id"] == 5
    assert task["status"]["state"] == dialect.state("completed")
    [artifact] = task["artifacts"]
    assert [part["text"] for part in artifact["parts"]] == ["word0 ", "word1 "]


@both
def test_send_can_be_answered_with_a_message(target: Target, dialect: Dialect) -> None:
    result = send(target, dialect, f"{QUICK} mode=message")["result"]
    message = result if dialect.old else result["message"]
    assert message["role"] == ("agent" if dialect.old else "ROLE_AGENT")


@both
def test_stream_is_task_working_chunks_completed(target: Target, dialect: Dialect) -> None:
    response = stream(target, dialect, QUICK)
    results = [event["result"] for event in sse(response)]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert dialect.states(results) == [dialect.state(s) for s in ("submitted", "working", "completed")]
    chunks = [r for r in results if ("artifact" in r if dialect.old else "artifactUpdate" in r)]
    assert len(chunks) == 2
    assert {event["id"] for event in sse(response)} == {5}


@both
@pytest.mark.parametrize(
    ("mode", "state"),
    [
        ("fail", "failed"),
        ("reject", "rejected"),
        ("input", "input_required"),
        ("auth", "auth_required"),
        ("cancel", "canceled"),
    ],
)
def test_text_decides_the_fate_of_the_task(target: Target, dialect: Dialect, mode: str, state: str) -> None:
    results = [event["result"] for event in sse(stream(target, dialect, f"delay=0 mode={mode}"))]
    assert dialect.states(results)[-1] == dialect.state(state)


@both
def test_raised_executor_is_an_error_event_in_the_stream(target: Target, dialect: Dialect) -> None:
    events = sse(stream(target, dialect, "delay=0 mode=raise"))
    assert events[-1]["error"]["code"] == -32603
    assert "result" not in events[-1]


@both
def test_stream_can_end_without_a_terminal_state(target: Target, dialect: Dialect) -> None:
    results = [event["result"] for event in sse(stream(target, dialect, f"{QUICK} mode=noterm"))]
    assert dialect.states(results)[-1] == dialect.state("working")


@both
def test_get_returns_the_task_that_was_made(target: Target, dialect: Dialect) -> None:
    task = dialect.task(send(target, dialect, QUICK)["result"])
    found = call(target, dialect, dialect.get, {"id": task["id"]}).json()["result"]
    assert (found["id"], found["contextId"]) == (task["id"], task["contextId"])
    assert found["status"]["state"] == dialect.state("completed")


@both
def test_unknown_task_is_an_error_in_http_200(target: Target, dialect: Dialect) -> None:
    response = call(target, dialect, dialect.get, {"id": "no-such-task"})
    assert (response.status_code, response.json()["error"]["code"]) == (200, -32001)


@contextmanager
def open_task(target: Target, dialect: Dialect) -> Iterator[str]:
    """Give the id of a task whose stream stays open."""
    params = {"message": dialect.message("chunks=1 delay=0 mode=hang")}
    body = {"jsonrpc": "2.0", "id": 5, "method": dialect.stream, "params": params}
    with target.http.stream("POST", PATH, json=body, headers=dialect.headers) as response:
        line = next(line for line in response.iter_lines() if line.startswith("data: "))
        result = httpx.Response(200, text=line.removeprefix("data: ")).json()["result"]
        yield dialect.task(result)["id"]


@both
def test_cancel_ends_a_running_task_and_not_a_finished_one(target: Target, dialect: Dialect) -> None:
    with open_task(target, dialect) as task_id:
        canceled = call(target, dialect, dialect.cancel, {"id": task_id}).json()["result"]
        assert canceled["status"]["state"] == dialect.state("canceled")
        again = call(target, dialect, dialect.cancel, {"id": task_id}).json()
        assert again["error"]["code"] == -32002


def test_new_method_without_the_version_header_is_refused(target: Target) -> None:
    answer = call(target, OLD, NEW.send, {"message": NEW.message(QUICK)})
    assert answer.json()["error"]["code"] == -32009


def test_rest_binding_answers_and_fails_by_status(target: Target) -> None:
    sent = target.http.post(
        f"{PATH}/rest/message:send", json={"message": NEW.message(QUICK)}, headers=NEW.headers
    )
    assert sent.json()["task"]["status"]["state"] == "TASK_STATE_COMPLETED"
    missing = target.http.get(f"{PATH}/rest/tasks/no-such-task", headers=NEW.headers)
    assert missing.status_code == 404
    assert missing.json()["error"]["details"][0]["reason"] == "TASK_NOT_FOUND"


@both
def test_every_hand_written_stream_can_be_asked_by_text(target: Target, dialect: Dialect) -> None:
    endless = {"truncate", "partial", "hang", "hang_first", "heartbeat", "stall", "huge"}
    for mode in {*faults.STEPS, *faults.HEADS} - endless:
        response = stream(target, dialect, f"delay=0 mode={mode}")
        assert response.status_code in (200, 401, 429, 500, 503), mode


@both
@pytest.mark.parametrize(
    ("mode", "check"),
    [
        ("id_mismatch", lambda events: [e["id"] for e in events] == [5, 5, "another", 5]),
        ("id_type", lambda events: "5" in [e["id"] for e in events]),
        ("envelope", lambda events: "1.0" in [e["jsonrpc"] for e in events]),
        ("task_id_mismatch", lambda events: "another-task" in str(events)),
        ("context_id_mismatch", lambda events: "another-context" in str(events)),
        ("event_after_terminal", lambda events: "artifact" in str(events[-1])),
        ("rpc_error", lambda events: [e["error"]["code"] for e in events] == [-32603]),
        ("repeat_task", lambda events: "completed" in str(events[-1]).lower()),
        ("bad_shape", lambda events: {} in [e["result"] for e in events]),
    ],
)
def test_hand_written_stream_shows_its_damage(
    target: Target, dialect: Dialect, mode: str, check: Any
) -> None:
    assert check(sse(stream(target, dialect, f"mode={mode}")))


@both
@pytest.mark.parametrize("mode", ["truncate", "partial"])
def test_cut_stream_is_incomplete_on_the_wire(target: Target, dialect: Dialect, mode: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        stream(target, dialect, f"mode={mode}")


def test_faults_by_option_strike_streams_and_leave_sends_alone() -> None:
    rules = (parse_stream_fault_rule("a2a=noterm:1"),)
    options = TargetOptions(**port_layout(0), services=("agentos",), stream_faults=rules)
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        caller = Target(ctx, http)
        results = [event["result"] for event in sse(stream(caller, NEW, QUICK))]
        assert NEW.states(results)[-1] == "TASK_STATE_WORKING"
        assert NEW.task(send(caller, NEW, QUICK)["result"])["status"]["state"] == "TASK_STATE_COMPLETED"


@both
@pytest.mark.parametrize(
    ("mode", "check"),
    [
        ("id_mismatch", lambda body: body["id"] == 6),
        ("id_type", lambda body: body["id"] == "5"),
        ("error", lambda body: body["error"]["code"] == -32603),
        ("neither", lambda body: "result" not in body and "error" not in body),
        ("task_id_mismatch", lambda body: "another-task" in str(body["result"])),
        ("unknown_state", lambda body: "shiny" in str(body["result"]).lower()),
    ],
)
def test_damaged_answer_to_a_send(target: Target, dialect: Dialect, mode: str, check: Any) -> None:
    assert check(send(target, dialect, f"mode={mode}"))
