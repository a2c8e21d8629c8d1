"""The platform's rpc answers are judged by their content, since HTTP 200 and a result prove nothing there."""

import json

import pytest

from loadlib.protocols.error_text import is_error_text
from loadlib.protocols.platform_rpc import Method, encode, judge


def answer(content: object, **members: object) -> str:
    """Return a success of the platform's shape, both members present."""
    result = {"content": content, "tool_calls": [], "artifacts": []}
    return json.dumps({"jsonrpc": "2.0", "result": result, "error": None, "id": "r1", **members})


CARD = json.dumps({"id": "planning", "name": "Planning", "version": "1.0.0"})

GOOD: list[tuple[Method, str]] = [
    ("run", "All four projects are on track."),
    ("run", "The error rate fell to 0.2 %; no exceptions were raised."),
    ("run", '{"summary": "fine", "error": null}'),
    ("health", '{"status": "ok", "team": "planning", "members": ["Model"]}'),
    ("capabilities", CARD),
]


@pytest.mark.parametrize(("method", "content"), GOOD)
def test_a_good_answer_is_returned(method: Method, content: str) -> None:
    """The result object, content and all."""
    result, failure = judge(method, answer(content), "r1")
    assert failure is None
    assert result is not None
    assert result["content"] == content


@pytest.mark.parametrize(
    ("method", "body", "kind"),
    [
        ("run", answer(""), "empty_run"),
        ("run", answer(" \n"), "empty_run"),
        ("run", answer("Error code: 401 - {'error': {'message': 'bad key'}}"), "app_error"),
        ("run", answer(None), "bad_shape"),
        ("run", answer(["a"]), "bad_shape"),
        ("run", answer("ok", result="text"), "bad_shape"),
        ("run", answer("ok", id="r2"), "id_mismatch"),
        ("run", answer("ok", jsonrpc="1.0"), "jsonrpc_envelope"),
        ("run", answer("x", result=None, error={"code": -32601, "message": "m"}), "rpc_error:-32601"),
        ("run", answer("x", result=None, error={"code": -32600, "message": "m"}), "rpc_error:-32600"),
        ("run", answer("x", result=None, error={"code": -32000, "message": "m"}), "rpc_error:-32000"),
        ("run", "Internal Server Error", "bad_json"),
        ("run", '{"detail": [{"type": "json_invalid"}]}', "jsonrpc_envelope"),
        ("run", '{"error": "Rate limit exceeded: 20 per 1 minute"}', "jsonrpc_envelope"),
        ("health", answer('{"status": "error", "error": "Unknown team: navi"}'), "app_unhealthy"),
        ("health", answer('{"team": "planning"}'), "app_unhealthy"),
        ("health", answer("ok"), "app_unhealthy"),
        ("health", answer("[]"), "app_unhealthy"),
        ("capabilities", answer("{}"), "empty_card"),
        ("capabilities", answer(""), "empty_card"),
        ("capabilities", answer("[]"), "bad_shape"),
        ("capabilities", answer("no card"), "bad_shape"),
    ],
)
def test_a_bad_answer_has_exactly_its_kind(method: Method, body: str, kind: str) -> None:
    """One row for each way in which a 200 was no success."""
    result, failure = judge(method, body, "r1")
    assert result is None
    assert failure is not None
    assert failure.kind == kind


def test_a_request_names_the_method_and_the_task() -> None:
    """The shape the endpoint reads."""
    assert json.loads(encode("run", {"task": "Get status"}, "r1")) == {
        "jsonrpc": "2.0",
        "id": "r1",
        "method": "run",
        "params": {"task": "Get status"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "Error code: 429 - {'error': {'type': 'rate_limit'}}",
        "Error: no such project",
        "  ERROR - model gone",
        "ValueError: bad task",
        "openai.RateLimitError: too fast",
        "Exception: boom",
        "Traceback (most recent call last):\n  File ...",
        "Unknown team: navi",
        "Incorrect API key provided: sk-***.",
        "You exceeded your current quota, please check your plan",
        "Rate limit reached for model x in organization y",
        "Internal server error",
        "Connection error.",
        "503 Service Unavailable",
        "HTTP 502 Bad Gateway",
        "HTTP error 500",
        "`An error occurred while processing the task`",
        '{"status": "error"}',
        '{"error": {"message": "overloaded", "pad": "' + "x" * 5000 + '"}}',
    ],
)
def test_an_error_text_is_recognised_by_how_it_starts(text: str) -> None:
    """What exceptions, provider clients and agent servers put in place of an answer."""
    assert is_error_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Errors are down by half this week.",
        "The build failed with Error: 1 on Monday.",
        "Internal error handling was reworked in phase 2.",
        "Error handling guide",
        "500 tasks are done, 12 are open.",
        "HTTP 404 means that a page was not found.",
        "Rate limits are per workspace.",
        '{"status": "ok", "error": ""}',
        '{"errors": 3}',
        "{not json}",
        'Here is the JSON: {"error": 1}',
    ],
)
def test_an_answer_that_speaks_about_errors_is_an_answer(text: str) -> None:
    """Only the start counts, and only in the shapes errors have."""
    assert not is_error_text(text)
