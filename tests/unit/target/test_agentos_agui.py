"""AG-UI: the official models accept every correct stream, the order holds, each fault shows as named."""

from typing import Any

import httpx
import pytest
from ag_ui.core.events import Event
from pydantic import TypeAdapter

from loadlib.target.agentos.agui import PARTS
from loadlib.target.agentos.faults import agui as faults
from loadlib.target.options import TargetOptions, port_layout
from loadlib.target.rules import parse_stream_fault_rule
from loadlib.target.server import running_target
from tests.unit.target.client import Target, agui_input, sse

OFFICIAL: TypeAdapter[Any] = TypeAdapter(Event)
TEXT = ["TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"]
QUICK = "chunks=2 delay=0"


def types(response: httpx.Response) -> list[str]:
    return [event["type"] for event in sse(response)]


def test_run_is_started_text_finished_with_the_callers_ids(target: Target) -> None:
    response = target.agui(QUICK)
    events = sse(response)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["access-control-allow-origin"] == "*"
    assert [event["type"] for event in events] == ["RUN_STARTED", *TEXT, "RUN_FINISHED"]
    for event in (events[0], events[-1]):
        assert (event["threadId"], event["runId"]) == ("thread-1", "run-1")
    assert len({event["messageId"] for event in events[1:-1]}) == 1
    assert all(event["delta"] for event in events if event["type"] == "TEXT_MESSAGE_CONTENT")


def test_nothing_is_null(target: Target) -> None:
    assert all(None not in event.values() for event in sse(target.agui(f"{QUICK} mode=full")))


@pytest.mark.parametrize("mode", sorted(PARTS))
def test_correct_streams_satisfy_the_official_models(target: Target, mode: str) -> None:
    events = sse(target.agui(f"{QUICK} mode={mode}"))
    for event in events:
        OFFICIAL.validate_python(event)
    assert events[0]["type"] == "RUN_STARTED"
    assert events[-1]["type"] == "RUN_FINISHED"


def test_tool_call_follows_an_empty_message_that_is_its_parent(target: Target) -> None:
    events = sse(target.agui(f"{QUICK} mode=tool"))
    assert [event["type"] for event in events[1:7]] == [
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_END",
        "TOOL_CALL_START",
        "TOOL_CALL_ARGS",
        "TOOL_CALL_END",
        "TOOL_CALL_RESULT",
    ]
    assert events[3]["parentMessageId"] == events[1]["messageId"]
    assert len({event["toolCallId"] for event in events[3:7]}) == 1


def progress(target: Target, mode: str) -> list[dict[str, Any]]:
    return [e["value"] for e in sse(target.agui(f"{QUICK} mode={mode}")) if e["type"] == "CUSTOM"]


def test_long_task_reports_two_and_twice_its_steps(target: Target) -> None:
    values = progress(target, "progress")
    assert len(values) == 2 + 2 * values[0]["totalSteps"]
    assert [values[0]["status"], values[-1]["status"]] == ["running", "completed"]
    assert len({value["taskId"] for value in values}) == 1
    assert [step["status"] for step in values[-1]["steps"]] == ["completed"] * 4


def test_progress_can_come_in_whole_states_with_and_without_ids(target: Target) -> None:
    def tasks(mode: str) -> list[dict[str, Any]]:
        events = sse(target.agui(f"{QUICK} mode={mode}"))
        return [e["snapshot"]["activeTasks"][0] for e in events if e["type"] == "STATE_SNAPSHOT"]

    assert [task["status"] for task in tasks("progress_state")][-1] == "completed"
    assert all(task["taskId"] for task in tasks("progress_state"))
    assert all("taskId" not in task for task in tasks("progress_state_noid"))


def test_progress_can_lack_its_id_or_fail(target: Target) -> None:
    assert all("taskId" not in value for value in progress(target, "progress_noid"))
    failed = progress(target, "progress_failed")[-1]
    assert (failed["status"], failed["error"]) == ("failed", "step timed out")


@pytest.mark.parametrize("missing", list(agui_input("")))
def test_every_field_of_the_input_is_required(target: Target, missing: str) -> None:
    body = agui_input("hi")
    del body[missing]
    response = target.http.post("/agui", json=body)
    assert response.status_code == 422
    [error] = response.json()["detail"]
    assert (error["type"], error["loc"]) == ("missing", ["body", missing])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("error", ["RUN_STARTED", "RUN_ERROR"]),
        ("empty", ["RUN_STARTED", "RUN_FINISHED"]),
        ("noterm", ["RUN_STARTED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"]),
        ("provider", ["RUN_STARTED", "RUN_FINISHED"]),
        ("open_at_finish", ["RUN_STARTED", "TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "RUN_FINISHED"]),
    ],
)
def test_failing_run_is_200_with_its_own_events(target: Target, mode: str, expected: list[str]) -> None:
    response = target.agui(f"{QUICK} mode={mode}")
    assert response.status_code == 200
    assert types(response) == expected


@pytest.mark.parametrize("mode", ["truncate", "partial"])
def test_cut_stream_is_incomplete_on_the_wire(target: Target, mode: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        target.agui(f"{QUICK} mode={mode}")


@pytest.mark.parametrize("mode", ["hang", "heartbeat", "hang_first"])
def test_endless_stream_sends_bytes_and_never_ends(target: Target, mode: str) -> None:
    """A heartbeat defeats a read timeout; so the third beat is taken as never ending."""
    body = agui_input(f"{QUICK} mode={mode}")
    with target.http.stream("POST", "/agui", json=body, timeout=0.5) as response:
        received = response.iter_bytes()
        assert next(received)
        if mode == "heartbeat":
            beats = (chunk for chunk in received if b": ping" in chunk)
            assert all(next(beats) for _ in range(3))
        else:
            with pytest.raises(httpx.ReadTimeout):
                list(received)


@pytest.mark.parametrize(("mode", "line_end"), [("crlf", "\r\n"), ("cr", "\r"), ("ok", "\n")])
def test_line_ends_are_as_asked(target: Target, mode: str, line_end: str) -> None:
    response = target.agui(f"{QUICK} mode={mode}")
    assert response.content.endswith((line_end * 2).encode())
    assert types(response)[-1] == "RUN_FINISHED"


def test_ids_of_a_mismatch_differ_from_the_asked_ones(target: Target) -> None:
    assert sse(target.agui("mode=run_id_mismatch"))[-1]["runId"] != "run-1"
    assert sse(target.agui("mode=thread_id_mismatch"))[-1]["threadId"] != "thread-1"


@pytest.mark.parametrize("mode", ["content_type", "protobuf", "not_streamed"])
def test_wrong_content_type_is_not_an_event_stream(target: Target, mode: str) -> None:
    response = target.agui(f"mode={mode}")
    assert response.status_code == 200
    assert not response.headers["content-type"].startswith("text/event-stream")


def test_every_mode_of_the_table_can_be_asked_by_text(target: Target) -> None:
    endless = {"truncate", "partial", "hang", "hang_first", "heartbeat", "stall", "huge"}
    for mode in {*faults.STEPS, *faults.HEADS} - endless:
        assert target.agui(f"delay=0 mode={mode}").status_code in (200, 429, 500, 503), mode


def outcomes(seed: int) -> list[str]:
    rules = (parse_stream_fault_rule("agui=error:0.5"),)
    options = TargetOptions(**port_layout(0), services=("agentos",), seed=seed, stream_faults=rules)
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        return [types(http.post("/agui", json=agui_input(QUICK)))[-1] for _ in range(20)]


def test_faults_by_option_strike_the_same_runs_under_the_same_seed() -> None:
    first = outcomes(1)
    assert set(first) == {"RUN_ERROR", "RUN_FINISHED"}
    assert outcomes(1) == first
    assert outcomes(2) != first
