"""A2A request bodies: what the templates make is what the protocol asks for, whatever the text."""

import json
from importlib import import_module

import pytest

from loadlib.protocols.a2a import requests
from loadlib.protocols.a2a.dialect import Dialect

V0, V1 = Dialect.V0_3, Dialect.V1_0
AWKWARD = 'quote " backslash \\ line\nbreak \u2028 日本 \x00 \ud800 {brace}'


def test_send_in_1_0() -> None:
    """Waiting is the default and needs no configuration."""
    assert json.loads(requests.send_request(V1, "hi", "m1", "r1")) == {
        "jsonrpc": "2.0",
        "id": "r1",
        "method": "SendMessage",
        "params": {"message": {"messageId": "m1", "role": "ROLE_USER", "parts": [{"text": "hi"}]}},
    }


def test_send_in_0_3() -> None:
    """Objects carry their kind, and waiting is asked for."""
    assert json.loads(requests.send_request(V0, "hi", "m1", 1)) == {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "message/send",
        "params": {
            "message": {
                "kind": "message",
                "messageId": "m1",
                "role": "user",
                "parts": [{"kind": "text", "text": "hi"}],
            },
            "configuration": {"blocking": True},
        },
    }


def test_not_waiting_is_said_in_each_dialects_own_words() -> None:
    """The two flags have opposite senses."""
    for dialect, member, value in ((V0, "blocking", False), (V1, "returnImmediately", True)):
        body = json.loads(requests.send_request(dialect, "x", "m", 1, wait=False, history_length=0))
        assert body["params"]["configuration"] == {member: value, "historyLength": 0}


@pytest.mark.parametrize("dialect", Dialect)
def test_a_follow_up_names_its_task_and_context(dialect: Dialect) -> None:
    """Both, in send and in stream."""
    for make in (requests.send_request, requests.stream_request):
        body = json.loads(make(dialect, "x", "m", 1, task_id="t", context_id="c"))
        message = body["params"]["message"]
        assert (message["taskId"], message["contextId"]) == ("t", "c")


@pytest.mark.parametrize("dialect", Dialect)
def test_any_text_survives(dialect: Dialect) -> None:
    """Quotes, control characters, lone surrogates and separators arrive as they were."""
    body = requests.stream_request(dialect, AWKWARD, AWKWARD, AWKWARD)
    read = json.loads(body)
    assert read["id"] == AWKWARD
    assert read["params"]["message"]["messageId"] == AWKWARD
    assert read["params"]["message"]["parts"][0]["text"] == AWKWARD


@pytest.mark.parametrize(
    ("dialect", "stream", "get", "cancel", "subscribe"),
    [
        (V0, "message/stream", "tasks/get", "tasks/cancel", "tasks/resubscribe"),
        (V1, "SendStreamingMessage", "GetTask", "CancelTask", "SubscribeToTask"),
    ],
)
def test_each_operation_has_its_method(
    dialect: Dialect, stream: str, get: str, cancel: str, subscribe: str
) -> None:
    """The names of the two dialects, and the task's id as the parameter."""
    assert json.loads(requests.stream_request(dialect, "x", "m", 1))["method"] == stream
    for body, method in (
        (requests.get_request(dialect, "t", 1), get),
        (requests.cancel_request(dialect, "t", 1), cancel),
        (requests.subscribe_request(dialect, "t", 1), subscribe),
    ):
        assert json.loads(body) == {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"id": "t"}}
    with_history = json.loads(requests.get_request(dialect, "t", 1, history_length=3))
    assert with_history["params"] == {"id": "t", "historyLength": 3}


def test_a_tenant_is_echoed_in_every_request() -> None:
    """The card's chosen interface may demand one."""
    for body in (
        requests.send_request(V1, "x", "m", 1, tenant="acme"),
        requests.stream_request(V1, "x", "m", 1, tenant="acme"),
        requests.get_request(V1, "t", 1, tenant="acme"),
        requests.cancel_request(V1, "t", 1, tenant="acme"),
        requests.subscribe_request(V1, "t", 1, tenant="acme"),
    ):
        assert json.loads(body)["params"]["tenant"] == "acme"


def test_the_official_schemas_accept_the_requests() -> None:
    """Parsed strictly by the A2A project's own types, for both dialects."""
    pb = import_module("a2a.types.a2a_pb2")
    old = import_module("a2a.compat.v0_3.types")
    parse = import_module("google.protobuf.json_format").ParseDict
    send = json.loads(
        requests.send_request(
            V1, "x", "m", 1, task_id="t", context_id="c", wait=False, history_length=2, tenant="a"
        )
    )
    parsed = parse(send["params"], pb.SendMessageRequest())
    assert parsed.configuration.return_immediately
    assert parsed.message.parts[0].text == "x"
    assert parse(json.loads(requests.get_request(V1, "t", 1))["params"], pb.GetTaskRequest()).id == "t"
    assert parse(json.loads(requests.cancel_request(V1, "t", 1))["params"], pb.CancelTaskRequest()).id == "t"
    sent = old.SendMessageRequest.model_validate_json(
        requests.send_request(V0, "x", "m", 1, history_length=2)
    )
    assert sent.params.configuration.blocking is True
    assert old.SendStreamingMessageRequest.model_validate_json(requests.stream_request(V0, "x", "m", 1))
    assert old.GetTaskRequest.model_validate_json(requests.get_request(V0, "t", 1))
    assert old.CancelTaskRequest.model_validate_json(requests.cancel_request(V0, "t", 1))
