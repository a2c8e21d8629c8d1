"""Wrong answers to a JSON-RPC call: a correct answer goes in, the named damage comes out.

The table serves the platform's rpc and the A2A reference agent alike; streams have tables of their own.
"""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from loadlib.target.agentos.sse import Ending, EventStream

Answer = dict[str, Any]


def _other_id(given: Any) -> Any:
    return given + 1 if isinstance(given, int) else f"not-{given}"


def _other_type(given: Any) -> Any:
    return str(given) if isinstance(given, int) else 0


def _error(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "data": None}


DAMAGED_ANSWERS: Final[dict[str, Callable[[Answer], Any]]] = {
    "id_mismatch": lambda a: {**a, "id": _other_id(a["id"])},
    "id_type": lambda a: {**a, "id": _other_type(a["id"])},
    "envelope": lambda a: {**a, "jsonrpc": "1.0"},
    "both": lambda a: {**a, "error": _error(-32603, "Internal error")},
    "neither": lambda a: {key: value for key, value in a.items() if key not in ("result", "error")},
    "error": lambda a: {**a, "result": None, "error": _error(-32603, "Internal error")},
    "rpc_error": lambda a: {**a, "result": None, "error": _error(-32603, "Internal error")},
    "not_object": lambda a: [a],
    "bad_shape": lambda a: {**a, "result": {}},
    "bad_result": lambda a: {**a, "result": "text"},
    "empty": lambda a: {**a, "result": {**a["result"], "content": ""}},
}
"""Mode to the damaged JSON body, sent with 200 and application/json."""

STATUSES: Final = {"http_status": 503, "http_500": 500, "http_502": 502, "http_429": 429}
BODY_MODES: Final = ("bad_json", "content_type", "truncate", "hang", "empty_body")
RPC_MODES: Final = (*DAMAGED_ANSWERS, *STATUSES, *BODY_MODES)


def faulty_answer(mode: str, answer: Answer, max_s: float) -> Response | None:
    """Return the damaged answer of ``mode``, or None when it is not a mode of answers."""
    if mode in DAMAGED_ANSWERS:
        return JSONResponse(DAMAGED_ANSWERS[mode](answer))
    if mode in STATUSES:
        headers = {"Retry-After": "1"} if STATUSES[mode] in (429, 503) else None
        return JSONResponse({"detail": "Injected error"}, STATUSES[mode], headers)
    return _faulty_body(mode, json.dumps(answer), max_s)


def _faulty_body(mode: str, text: str, max_s: float) -> Response | None:
    bodies = {"bad_json": text[:-1], "content_type": text, "empty_body": ""}
    if mode in bodies:
        media_type = "text/html" if mode == "content_type" else "application/json"
        return Response(bodies[mode], media_type=media_type)
    if mode in ("truncate", "hang"):
        ending = Ending.CUT if mode == "truncate" else Ending.HANG
        return EventStream(_partial(text, ending), max_s=max_s, content_type="application/json")
    return None


async def _partial(text: str, ending: Ending) -> AsyncIterator[bytes | Ending]:
    yield text[: len(text) // 2].encode()
    yield ending
