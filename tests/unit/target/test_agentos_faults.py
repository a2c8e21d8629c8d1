"""Hand-written streams by name: the target's own endpoint, its list of modes, and the players' timing."""

import json
import time
from typing import Any

import httpx
import pytest

from loadlib.target.agentos.words import MAX_CHUNKS, Words, parse_words
from tests.unit.target.client import Target, sse


def test_modes_are_listed_by_protocol(target: Target) -> None:
    modes = target.http.get("/__target/modes").json()
    assert set(modes) == {"agui", "a2a", "a2a_answers", "team", "rpc", "cards"}
    assert {"bad_json", "nested_run_started", "dup_open", "run_id_mismatch"} <= set(modes["agui"])
    assert {"id_mismatch", "task_id_mismatch", "event_after_terminal", "message"} <= set(modes["a2a"])


@pytest.mark.parametrize("protocol", ["agui", "a2a", "team"])
def test_plain_stream_is_complete_and_takes_the_callers_ids(target: Target, protocol: str) -> None:
    body = {"threadId": "T", "runId": "R", "session_id": "R", "id": "R"}
    response = target.http.post(f"/__target/streams/{protocol}", json=body)
    first = sse(response)[0]
    assert (first.get("runId") or first["id"]) == "R"


def test_old_shape_follows_the_method(target: Target) -> None:
    old = target.http.post("/__target/streams/a2a", json={"id": 1, "method": "message/stream"})
    assert sse(old)[-1]["result"] == {
        "taskId": "task-fault",
        "contextId": "context-fault",
        "status": {"state": "completed", "timestamp": "2026-01-31T10:00:00.000000Z"},
        "kind": "status-update",
        "final": True,
    }


@pytest.mark.parametrize(
    ("mode", "path", "check"),
    [
        ("missing_agent", "agent.json", lambda body: len(body["agents"]) == 3),
        ("no_agents", "agent.json", lambda body: body["agents"] == []),
        (
            "no_interface",
            "agent-card.json",
            lambda b: b["supportedInterfaces"][0]["protocolBinding"] == "GRPC",
        ),
        ("old_only", "agent-card.json", lambda body: "supportedInterfaces" not in body),
        ("new_only", "agent-card.json", lambda body: "url" not in body),
        ("bad_shape", "agent-card.json", lambda body: body["name"] is None),
    ],
)
def test_wrong_discovery_documents_have_addresses(target: Target, mode: str, path: str, check: Any) -> None:
    assert check(target.http.get(f"/__target/cards/{mode}/.well-known/{path}").json())


def test_discovery_can_be_no_json_or_missing(target: Target) -> None:
    def get(mode: str) -> httpx.Response:
        return target.http.get(f"/__target/cards/{mode}/.well-known/agent-card.json")

    with pytest.raises(json.JSONDecodeError):
        get("bad_json").json()
    assert get("http_404").status_code == 404
    assert get("content_type").headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("protocol", ["agui", "a2a", "team"])
def test_huge_event_outgrows_ten_mebibytes_in_one_line(target: Target, protocol: str) -> None:
    response = target.http.post(f"/__target/streams/{protocol}?mode=huge")
    assert max(len(line) for line in response.text.splitlines()) > 10 * 1024 * 1024


@pytest.mark.parametrize("method", ["GetTask", "tasks/get"])
def test_calls_without_a_stream_have_wrong_answers_too(target: Target, method: str) -> None:
    call = {"id": 1, "method": method}
    too_long = target.http.post("/__target/streams/a2a?mode=history_too_long", json=call).json()
    assert len(too_long["result"]["history"]) == 50
    other = target.http.post("/__target/streams/a2a?mode=id_mismatch", json=call).json()
    assert other["id"] == 2


def test_rpc_faults_have_an_endpoint_too(target: Target) -> None:
    response = target.http.post("/__target/streams/rpc?mode=id_mismatch", json={"id": 1})
    assert response.json()["id"] == 2


@pytest.mark.parametrize("path", ["agui?mode=nonsense", "moon?mode=plain"])
def test_unknown_mode_is_404(target: Target, path: str) -> None:
    assert target.http.post(f"/__target/streams/{path}").status_code == 404


@pytest.mark.parametrize("protocol", ["agui", "a2a", "team"])
def test_stall_is_a_silence_inside_a_complete_stream(target: Target, protocol: str) -> None:
    started = time.monotonic()
    events = sse(target.http.post(f"/__target/streams/{protocol}?mode=stall&stall=300"))
    assert time.monotonic() - started >= 0.3
    assert len(events) >= 3


def test_delay_words_are_lower_bounds_of_the_answers_time(target: Target) -> None:
    started = time.monotonic()
    target.run("chunks=3 ttft=60 delay=30 stall=50")
    assert time.monotonic() - started >= 0.06 + 2 * 0.03 + 0.05


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", Words()),
        ("no words = here", Words()),
        ("chunks=3 delay=20 mode=error", Words(chunks=3, delay_s=0.02, mode="error")),
        ("say text=hello, then", Words(text="hello,")),
        ("ttft=1.5 stall=100", Words(ttft_s=0.0015, stall_s=0.1)),
        ("chunks=many delay=-5", Words()),
        ("chunks=99999999", Words(chunks=MAX_CHUNKS)),
    ],
)
def test_words_are_found_in_any_text(text: str, words: Words) -> None:
    assert parse_words(text) == words
