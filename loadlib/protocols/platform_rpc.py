"""The platform's own agent calls, ``POST /a2a/{agent}/rpc``: requests, and answers judged by their content.

The envelope is JSON-RPC 2.0 with both ``result`` and ``error`` always present, one of them null, and always
HTTP 200. A success proves nothing there: failed runs and unhealthy agents come as ordinary content, so each
method's content is judged. Refusals outside the envelope (401, 403, 422, 429) are the caller's to name.
"""

import json
from collections.abc import Mapping
from typing import Literal

from loadlib.protocols.error_text import is_error_text
from loadlib.protocols.failures import Failure
from loadlib.protocols.jsonrpc import RequestId, encode_request, read_object_result
from loadlib.protocols.jsontext import Body, JsonObject, parse_object

Method = Literal["run", "health", "capabilities"]


def encode(method: Method, params: Mapping[str, object], request_id: RequestId) -> bytes:
    """Return the request's body; ``run`` takes ``{"task": text, "context": {...}}``, the others ``{}``."""
    return encode_request(method, params, request_id)


def judge(method: Method, body: Body, request_id: RequestId) -> tuple[JsonObject | None, Failure | None]:
    """Return ``(result, None)`` for an answer that is good by its content, else ``(None, failure)``.

    Kinds besides the envelope's: ``auth`` (-32600 "Authentication required", which comes with HTTP 200, as
    everything does), ``bad_shape`` (no content text), ``empty_run`` and ``app_error`` (run),
    ``app_unhealthy`` (health: content is JSON text whose status must be ``ok``), ``empty_card``
    (capabilities: content is JSON text of a non-empty object).
    """
    result, failure = read_object_result(body, request_id, null_members=True)
    if result is None:
        return None, _refusal(failure) if failure is not None else None
    content = result.get("content")
    if not isinstance(content, str):
        return None, Failure("bad_shape", f"result.content is {type(content).__name__}, not text")
    failure = _JUDGES[method](content)
    return (result, None) if failure is None else (None, failure)


def _refusal(failure: Failure) -> Failure:
    """Tell a caller without a token from a malformed request: the platform gives both the same code."""
    anonymous = failure.kind == "rpc_error:-32600" and failure.detail.startswith("Authentication required")
    return Failure("auth", failure.detail) if anonymous else failure


def _judge_run(content: str) -> Failure | None:
    if not content.strip():
        return Failure("empty_run", "the run's content is empty")
    return Failure("app_error", content) if is_error_text(content) else None


def _judge_health(content: str) -> Failure | None:
    report = parse_object(content)
    if isinstance(report, Failure):
        return Failure("app_unhealthy", f"not a JSON report: {content}")
    if report.get("status") == "ok":
        return None
    return Failure("app_unhealthy", json.dumps(report))


def _judge_capabilities(content: str) -> Failure | None:
    if not content.strip():
        return Failure("empty_card", "the content is empty")
    card = parse_object(content)
    if isinstance(card, Failure):
        return Failure("bad_shape", f"the card is not a JSON object: {content}")
    return None if card else Failure("empty_card", "the card has no members")


_JUDGES = {"run": _judge_run, "health": _judge_health, "capabilities": _judge_capabilities}
