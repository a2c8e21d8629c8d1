"""JSON-RPC 2.0: one request out, one response in, every flaw of the envelope named.

It does not judge what a result means, and knows no transport; errors come inside HTTP 200.
"""

from collections.abc import Mapping
from typing import Final

from loadlib.protocols.failures import Failure, qualified
from loadlib.protocols.jsontext import Body, JsonObject, dump, parse_object

RequestId = str | int
_ABSENT: Final = object()


def encode_request(method: str, params: Mapping[str, object] | None, request_id: RequestId) -> bytes:
    """Return the request's body. None for ``params`` leaves the member out."""
    request: dict[str, object] = {"jsonrpc": "2.0", "id": request_id, "method": method}
    if params is not None:
        request["params"] = params
    return dump(request)


def read_response(
    body: Body, request_id: RequestId, *, null_members: bool = False
) -> tuple[object | None, Failure | None]:
    """Return ``(result, None)`` or ``(None, failure)``.

    Kinds: ``bad_json``, ``not_object``, ``jsonrpc_envelope``, ``id_mismatch``, ``rpc_error:<code>``.

    Strictly, exactly one of ``result`` and ``error`` is present (a result may be null). With ``null_members``
    a null member counts as absent, for servers that always send both. The id must equal the request's in
    value and in type; only an error may carry a null id, as a server that cannot read a request has none.
    """
    response = parse_object(body)
    if isinstance(response, Failure):
        return None, response
    if response.get("jsonrpc") != "2.0":
        return None, Failure("jsonrpc_envelope", f"jsonrpc is {response.get('jsonrpc')!r}")
    result = response.get("result", _ABSENT)
    error = response.get("error", _ABSENT)
    if null_members:
        result = _ABSENT if result is None else result
        error = _ABSENT if error is None else error
    if (result is _ABSENT) is (error is _ABSENT):
        both_or_none = "neither result nor error" if result is _ABSENT else "both result and error"
        return None, Failure("jsonrpc_envelope", both_or_none)
    response_id = response.get("id")
    if type(response_id) is not type(request_id) or response_id != request_id:
        failure = Failure("id_mismatch", f"sent {request_id!r}, got {response_id!r}")
        return None, _read_error(error) if response_id is None and error is not _ABSENT else failure
    return (result, None) if error is _ABSENT else (None, _read_error(error))


def read_object_result(
    body: Body, request_id: RequestId, *, null_members: bool = False
) -> tuple[JsonObject | None, Failure | None]:
    """Like `read_response`, for methods whose result is an object; anything else is ``bad_shape``."""
    result, failure = read_response(body, request_id, null_members=null_members)
    if failure is not None:
        return None, failure
    if not isinstance(result, dict):
        return None, Failure("bad_shape", f"the result is {type(result).__name__}, not an object")
    return result, None


def _read_error(error: object) -> Failure:
    if not isinstance(error, dict) or type(error.get("code")) is not int:
        return Failure("jsonrpc_envelope", "the error has no integer code")
    return qualified("rpc_error", error["code"], str(error.get("message", "")))
