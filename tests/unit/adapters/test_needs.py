"""What an answer to a probe says that the target lacks."""

import json

import pytest

from loadlib.adapters.needs import Lack, disabled, no_good_rpc, no_route

ANY, REGISTERED = no_good_rpc(registered_only=False), no_good_rpc(registered_only=True)


def error(message: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "error": {"code": -32601, "message": message}}).encode()


def content(text: str) -> bytes:
    return json.dumps({"result": {"content": text}}).encode()


ANSWERS: list[tuple[Lack, int, bytes, str | None]] = [
    *((no_route, status, b"", f"HTTP {status}") for status in (404, 405, 501)),
    *((no_route, status, b"", None) for status in (200, 204, 301, 400, 401, 403, 422, 429, 500, 503)),
    *((judge, 404, b"{}", "HTTP 404") for judge in (ANY, REGISTERED, disabled)),
    *(
        (judge, 200, error("Agent x not registered"), "agent not registered (JSON-RPC -32601)")
        for judge in (ANY, REGISTERED)
    ),
    (ANY, 200, error("Bad params"), None),
    (ANY, 200, content("{}"), "its card is empty"),
    (REGISTERED, 200, content("{}"), None),
    (ANY, 200, content("Unknown team: pulse"), "its health says Unknown team: pulse"),
    (REGISTERED, 200, content("Unknown team: pulse"), None),
    (ANY, 200, content("all is well"), None),
    (disabled, 200, b'{"status": "disabled"}', "it says that it is disabled"),
    (disabled, 200, b'{"status": "ok"}', None),
]
NONSENSE = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"null",
    b'"text"',
    b"{",
    b'{"result": {}}',
    b'{"error": null}',
    b"<html>",
]
TYPES = [
    b'{"result": "done"}',
    b'{"result": [1]}',
    b'{"result": {"content": 1}}',
    b'{"error": [1]}',
    b'{"status": []}',
]


@pytest.mark.parametrize(("judge", "status", "body", "lack"), ANSWERS)
def test_answer_says_what_is_lacking(judge: Lack, status: int, body: bytes, lack: str | None) -> None:
    assert judge(status, body) == lack


@pytest.mark.parametrize("body", NONSENSE + TYPES)
@pytest.mark.parametrize("judge", [no_route, ANY, REGISTERED, disabled])
def test_answer_that_makes_no_sense_is_not_a_missing_route(judge: Lack, body: bytes) -> None:
    """The requests of the run will judge it, by name."""
    assert judge(200, body) is None
