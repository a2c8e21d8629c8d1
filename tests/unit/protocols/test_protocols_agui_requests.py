"""AG-UI run inputs: complete, never null, and what the official model accepts."""

import json
from importlib import import_module

from loadlib.protocols.agui.requests import HEADERS, run_input, text_run_input, user_message

MINIMAL = {
    "threadId": "t1",
    "runId": "r1",
    "messages": [{"id": "u1", "role": "user", "content": "hi"}],
    "state": {},
    "tools": [],
    "context": [],
    "forwardedProps": {},
    "protocolVersion": "1.0",
}


def test_both_builders_make_the_same_minimal_input() -> None:
    """Every member that older servers require is there, empty."""
    assert json.loads(text_run_input("t1", "r1", "u1", "hi")) == MINIMAL
    assert json.loads(run_input("t1", "r1", [user_message("u1", "hi")])) == MINIMAL


def test_the_version_can_be_left_out() -> None:
    """For servers older than 1.0 that refuse unknown members."""
    expected = {name: value for name, value in MINIMAL.items() if name != "protocolVersion"}
    assert json.loads(text_run_input("t1", "r1", "u1", "hi", protocol_version=None)) == expected
    messages = [user_message("u1", "hi")]
    assert json.loads(run_input("t1", "r1", messages, protocol_version=None)) == expected


def test_everything_given_is_sent() -> None:
    """A second turn with state, tools, properties and answers to interrupts."""
    body = json.loads(
        run_input(
            "t1",
            "r2",
            [],
            state={"n": 1},
            tools=[{"name": "f", "description": "d"}],
            context=[{"description": "d", "value": "v"}],
            forwarded_props={"user_id": "u"},
            resume=[{"interruptId": "i1", "status": "resolved"}],
        )
    )
    assert body["state"] == {"n": 1}
    assert body["tools"][0]["name"] == "f"
    assert body["context"][0]["value"] == "v"
    assert body["forwardedProps"] == {"user_id": "u"}
    assert body["resume"] == [{"interruptId": "i1", "status": "resolved"}]


def test_any_text_survives() -> None:
    """Quotes, control characters and separators arrive as they were."""
    text = 'quote " line\n \u2028 日本 \x00 {x}'
    assert json.loads(text_run_input(text, text, text, text))["messages"] == [user_message(text, text)]


def test_the_stream_is_asked_for_explicitly() -> None:
    """A wildcard would admit the protobuf binding; compression would hold events back."""
    assert HEADERS["Accept"] == "text/event-stream"
    assert HEADERS["Accept-Encoding"] == "identity"


def test_the_official_model_accepts_the_inputs() -> None:
    """Parsed by the AG-UI project's own types."""
    core = import_module("ag_ui.core")
    assert core.RunAgentInput.model_validate_json(text_run_input("t", "r", "u", "hi")).thread_id == "t"
    turn = run_input(
        "t", "r", [user_message("u", "hi")], resume=[{"interruptId": "i", "status": "cancelled"}]
    )
    assert core.RunAgentInput.model_validate_json(turn).messages[0].content == "hi"
