"""Team runs: the order of refusals, the JSON answer, the platform's own SSE dialect and its failures."""

import re
from typing import Any

import httpx
import pytest

from loadlib.target.agentos.faults import team as faults
from loadlib.target.agentos.model import PROVIDER_ERROR
from loadlib.target.options import TargetOptions, port_layout
from loadlib.target.server import running_target
from tests.unit.target.client import Target, sse

OPTIONS = {"lookup_timeout_s": 0.05}
QUICK = "chunks=3 delay=0 text=word"


def types(response: httpx.Response) -> list[str]:
    return [event["type"] for event in sse(response)]


@pytest.mark.parametrize(
    ("team", "prefix", "leader"),
    [("validation", "val", "Vera"), ("planning", "plan", "Blake"), ("branding", "brand", "Bella")],
)
def test_run_answers_with_content_session_and_leader(
    target: Target, team: str, prefix: str, leader: str
) -> None:
    body = target.post(f"/agents/{team}/runs", {"message": QUICK, "business_id": "b-1"}).json()
    assert body["success"] is True
    assert body["content"] == "word0 word1 word2 "
    assert re.fullmatch(rf"{prefix}_[0-9a-f]{{12}}", body["session_id"])
    assert (body["agent_name"], body["error"]) == (leader, None)
    assert body["metadata"] == {
        "business_id": "b-1",
        "team": team,
        "workspace_id": "workspace-1",
        "tokens_used": len(body["content"]) // 4,
    }


def test_given_session_is_kept(target: Target) -> None:
    body = {"message": QUICK, "business_id": "b-1", "session_id": "mine"}
    assert target.post("/agents/planning/runs", body).json()["session_id"] == "mine"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("business", "status", "detail"),
    [
        ("", 400, "business_id is required"),
        ("missing-1", 403, "Business not found or access denied"),
        ("foreign-1", 403, "Business not found or access denied"),
        ("unauthorized-1", 401, "Business ownership verification failed: unauthorized"),
        ("slow-1", 503, "Business validation service unavailable"),
        ("down-1", 503, "Business validation service unavailable"),
    ],
)
def test_failed_ownership_check_is_plain_json_before_any_stream(
    target: Target, stream: bool, business: str, status: int, detail: str
) -> None:
    response = target.team(QUICK, stream=stream, business=business)
    assert (response.status_code, response.json()) == (status, {"detail": detail})


@pytest.mark.parametrize("workspace", [None, "anonymous"])
def test_run_without_a_workspace_is_401(target: Target, workspace: str | None) -> None:
    headers = {} if workspace == "anonymous" else target.bearer("u", None)
    body = {"message": "x", "business_id": ""}
    response = target.http.post("/agents/validation/runs", json=body, headers=headers)
    detail = {"detail": "Authentication required for business validation"}
    assert (response.status_code, response.json()) == (401, detail)


def test_missing_fields_are_422_each(target: Target) -> None:
    errors = target.post("/agents/validation/runs", {}).json()["detail"]
    assert [error["loc"] for error in errors] == [["body", "message"], ["body", "business_id"]]


def test_stream_is_started_one_chunk_finished(target: Target) -> None:
    """The platform has no token stream: the whole text comes in one chunk at the end."""
    response = target.team(QUICK)
    started, chunk, finished = sse(response)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    assert (started["type"], started["agentId"]) == ("RUN_STARTED", "validation")
    session = started["runId"]
    assert chunk == {
        "type": "TEXT_MESSAGE_CHUNK",
        "delta": "word0 word1 word2 ",
        "messageId": f"msg_{session}",
    }
    assert finished == {"type": "RUN_FINISHED", "runId": session, "status": "success", "tokensUsed": 4}


def test_stream_frames_hold_nothing_but_data(target: Target) -> None:
    assert re.fullmatch(r"(data: \{[^\n]*\}\n\n){3}", target.team(QUICK).text)


def test_real_chunks_come_on_request(target: Target) -> None:
    found = types(target.team("mode=chunks chunks=3 delay=0"))
    assert found == ["RUN_STARTED", *["TEXT_MESSAGE_CHUNK"] * 3, "RUN_FINISHED"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("error", ["RUN_STARTED", "ERROR"]),
        ("timeout", ["RUN_STARTED", "ERROR"]),
        ("noterm", ["RUN_STARTED", "TEXT_MESSAGE_CHUNK"]),
        ("empty", ["RUN_STARTED", "RUN_FINISHED"]),
        ("stream_error", ["RUN_STARTED", "ERROR", "RUN_FINISHED"]),
        ("event_after_close", ["RUN_STARTED", "TEXT_MESSAGE_CHUNK", "RUN_FINISHED", "TEXT_MESSAGE_CHUNK"]),
    ],
)
def test_failing_stream_is_200_with_its_own_events(target: Target, mode: str, expected: list[str]) -> None:
    response = target.team(f"delay=0 mode={mode}")
    assert response.status_code == 200
    assert types(response) == expected


def test_truncated_stream_ends_in_the_middle_of_the_body(target: Target) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        target.team("delay=0 mode=truncate")


@pytest.mark.parametrize(
    ("mode", "status", "detail"),
    [("error", 500, "Team execution failed"), ("timeout", 504, "validation team timed out")],
)
def test_failing_run_without_a_stream_has_a_status(
    target: Target, mode: str, status: int, detail: str
) -> None:
    response = target.team(f"chunks=0 delay=0 mode={mode}", stream=False)
    assert (response.status_code, response.json()) == (status, {"detail": detail})


def run_with(stream: bool = True, **switches: Any) -> httpx.Response:
    options = TargetOptions(**port_layout(0), services=("agentos",), **switches)
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        return Target(ctx, http).team("delay=0 mode=provider", stream=stream)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("content", ["RUN_STARTED", "TEXT_MESSAGE_CHUNK", "RUN_FINISHED"]),
        ("error_event", ["RUN_STARTED", "ERROR"]),
        ("empty_run", ["RUN_STARTED", "RUN_FINISHED"]),
    ],
)
def test_provider_failure_takes_the_switched_shape(shape: str, expected: list[str]) -> None:
    response = run_with(provider_failure=shape)
    assert types(response) == expected
    if shape == "content":
        assert sse(response)[1]["delta"] == PROVIDER_ERROR


def test_production_hides_the_text_of_errors() -> None:
    shown = sse(run_with(provider_failure="error_event"))[-1]["message"]
    hidden = sse(run_with(provider_failure="error_event", environment="production"))[-1]["message"]
    assert shown != hidden == "An error occurred during execution"


def test_spent_token_budget_is_another_429() -> None:
    response = run_with(stream=False, tokens_remaining=250)
    body = {"detail": "Token limit exceeded. Remaining: 250 tokens"}
    assert (response.status_code, response.json()) == (429, body)


def test_run_that_would_exceed_its_time_times_out_in_the_stream() -> None:
    options = TargetOptions(**port_layout(0), services=("agentos",), execution_timeout_s=0.05)
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        error = sse(Target(ctx, http).team("chunks=2 delay=200"))[-1]
    assert (error["type"], error["code"], error["timeoutSeconds"]) == ("ERROR", "EXECUTION_TIMEOUT", 120)


def test_every_mode_of_the_table_can_be_asked_by_text(target: Target) -> None:
    """Cuts and hangs have tests of their own; every other stream is complete."""
    endless = {"truncate", "partial", "hang", "hang_first", "heartbeat"}
    for mode in {*faults.STEPS, *faults.HEADS} - endless - {"stall", "huge"}:
        assert target.team(f"delay=0 mode={mode}").status_code in (200, 429, 500, 503), mode
