"""JSON-RPC envelopes: every flaw has its name, and only a right one passes."""

import json
from typing import Any

import pytest

from loadlib.protocols.jsonrpc import RequestId, encode_request, read_object_result, read_response

ERROR = {"code": -32601, "message": "Method not found"}


def response(**members: Any) -> str:
    """Return a response with id 1 unless another is given."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, **members})


def test_a_request_holds_what_was_asked_for() -> None:
    """Compact JSON in ASCII, the id in its own type, params only if given."""
    assert json.loads(encode_request("run", {"task": "日 \u2028"}, "r1")) == {
        "jsonrpc": "2.0",
        "id": "r1",
        "method": "run",
        "params": {"task": "日 \u2028"},
    }
    assert encode_request("m", None, 7) == b'{"jsonrpc":"2.0","id":7,"method":"m"}'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "bad_json"),
        ("<html>", "bad_json"),
        (b"\xff\xfe\xfa", "bad_json"),
        ("[" * 100_000, "bad_json"),
        ("[]", "not_object"),
        ("null", "not_object"),
        ('"text"', "not_object"),
        ('{"id":1,"result":{}}', "jsonrpc_envelope"),
        (response(jsonrpc="1.0", result={}), "jsonrpc_envelope"),
        (response(jsonrpc=2.0, result={}), "jsonrpc_envelope"),
        (response(), "jsonrpc_envelope"),
        (response(result={}, error=ERROR), "jsonrpc_envelope"),
        (response(result={}, error=None), "jsonrpc_envelope"),
        (response(error="text"), "jsonrpc_envelope"),
        (response(error={"message": "x"}), "jsonrpc_envelope"),
        (response(error={"code": "-32601"}), "jsonrpc_envelope"),
        (response(id=2, result={}), "id_mismatch"),
        (response(id="1", result={}), "id_mismatch"),
        (response(id=True, result={}), "id_mismatch"),
        (response(id=1.0, result={}), "id_mismatch"),
        (response(id=None, result={}), "id_mismatch"),
        (response(id=2, error=ERROR), "id_mismatch"),
        (response(error=ERROR), "rpc_error:-32601"),
        (response(id=None, error={"code": -32700, "message": "parse"}), "rpc_error:-32700"),
        (response(error={"code": 10**20}), "rpc_error:other"),
    ],
)
def test_a_bad_response_has_exactly_its_kind(body: bytes | str, kind: str) -> None:
    """The order of the checks: text, object, version, members, id, error."""
    result, failure = read_response(body, 1)
    assert result is None
    assert failure is not None
    assert failure.kind == kind


@pytest.mark.parametrize("request_id", [1, "1", "r-1", 0])
def test_a_result_comes_back_for_the_same_id(request_id: RequestId) -> None:
    """As text, bytes or an object that was parsed already."""
    body = {"jsonrpc": "2.0", "id": request_id, "result": {"a": 1}}
    for form in (body, json.dumps(body), json.dumps(body).encode()):
        assert read_response(form, request_id) == ({"a": 1}, None)


def test_a_null_result_is_a_result() -> None:
    """Deleting a push configuration answers so."""
    assert read_response(response(result=None), 1) == (None, None)


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"result": {"a": 1}, "error": None}, None),
        ({"result": {"a": 1}}, None),
        ({"result": None, "error": ERROR}, "rpc_error:-32601"),
        ({"result": None, "error": None}, "jsonrpc_envelope"),
        ({"result": {}, "error": ERROR}, "jsonrpc_envelope"),
    ],
)
def test_null_members_count_as_absent_where_both_are_always_sent(
    members: dict[str, Any], kind: str | None
) -> None:
    """The platform's own endpoint sends both keys, one of them null."""
    _, failure = read_response(response(**members), 1, null_members=True)
    assert (failure.kind if failure else None) == kind


@pytest.mark.parametrize("result", ["text", [], 3, None])
def test_a_result_that_should_be_an_object_and_is_not_has_a_bad_shape(result: object) -> None:
    """The envelope is right, its content is not."""
    _, failure = read_object_result(response(result=result), 1)
    assert failure is not None
    assert failure.kind == "bad_shape"
