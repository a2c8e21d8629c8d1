"""``POST /__target/streams/{protocol}?mode=...``: every hand-written stream by its name.

``GET /__target/modes`` lists the modes. Ids are taken from the request's JSON body where it has them.
"""

import json
import time
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.errors import ConfigurationError
from loadlib.target.agentos.agui import PARTS
from loadlib.target.agentos.faults import a2a, agui, team
from loadlib.target.agentos.faults.cards import CARD_MODES, card_routes
from loadlib.target.agentos.faults.script import Script
from loadlib.target.agentos.reference_agent import SDK_MODES, SEND_METHODS, STREAM_METHODS
from loadlib.target.agentos.rpc_faults import RPC_MODES, faulty_answer
from loadlib.target.agentos.services import Services
from loadlib.target.rules import STREAM_KINDS, StreamFaultRule

MODES: Final = {
    "agui": sorted({*PARTS, "error", *agui.STEPS, *agui.HEADS}),
    "a2a": sorted({*SDK_MODES, *a2a.STEPS, *a2a.HEADS}),
    "a2a_answers": sorted({*SDK_MODES, *a2a.ANSWERS, *RPC_MODES}),
    "team": sorted({"error", "chunks", *team.STEPS, *team.HEADS}),
    "cards": list(CARD_MODES),
    "rpc": sorted({"timeout", "provider", *RPC_MODES}),
}
"""Every mode by protocol: what text can ask of the endpoints, hand-written ones included."""

_HAND_WRITTEN: Final = {
    "agui": {*PARTS, "error", *agui.STEPS, *agui.HEADS},
    "a2a": {*a2a.STEPS, *a2a.HEADS},
    "team": {"error", *team.STEPS, *team.HEADS},
}


def check_stream_faults(rules: Sequence[StreamFaultRule]) -> None:
    """Raise ``ConfigurationError`` for a rule whose mode its streams do not have."""
    problems = []
    for rule in rules:
        kinds = [rule.kind] if rule.kind else STREAM_KINDS
        if not any(rule.mode in _HAND_WRITTEN[kind] for kind in kinds):
            allowed = sorted({mode for kind in kinds for mode in _HAND_WRITTEN[kind]})
            where = rule.kind or "any stream"
            problems.append(f"not a fault of {where}: {rule.mode!r}; allowed are {', '.join(allowed)}")
    if problems:
        raise ConfigurationError(*problems)


def _ids(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _answer(protocol: str, mode: str, ids: dict[str, Any], max_s: float) -> Response | None:
    """Return a wrong answer without a stream: to rpc, or to an A2A method that does not stream."""
    method, request_id = ids.get("method"), ids.get("id")
    if protocol == "rpc":
        answer = {"jsonrpc": "2.0", "id": request_id, "result": {"content": "text"}, "error": None}
        return faulty_answer(mode, answer, max_s)
    if protocol != "a2a" or method is None or method in STREAM_METHODS:
        return None
    old = "/" in str(method)
    wrong = a2a.wrong_answer(mode, request_id, old=old, bare=method not in SEND_METHODS)
    if wrong is not None:
        return JSONResponse(wrong)
    return faulty_answer(mode, a2a.answer(request_id, old=old), max_s)


def _seconds(request: Request, name: str) -> float:
    """Return a query parameter in milliseconds as seconds; 0 when it is absent or no number."""
    text = request.query_params.get(name, "0")
    return float(text) / 1000.0 if text.isdecimal() else 0.0


def _script(protocol: str, mode: str, ids: dict[str, Any]) -> Script | None:
    if protocol == "agui":
        return agui.script(mode, str(ids.get("threadId", "thread")), str(ids.get("runId", "run")))
    if protocol == "a2a":
        return a2a.script(mode, ids.get("id", 1), old="/" in str(ids.get("method", "")))
    if protocol == "team":
        run = team.Run(str(ids.get("session_id", "val_000000000000")), "validation", time.time())
        return team.script(mode, run, hide_errors=False)
    return None


def raw_stream_routes(services: Services) -> list[Route]:
    """Return the routes of hand-written streams."""
    max_s = services.ctx.options.max_stream_s

    async def stream(request: Request) -> Response:
        protocol, mode = request.path_params["protocol"], request.query_params.get("mode", "plain")
        ids = _ids(await request.body())
        faulty = _answer(protocol, mode, ids, max_s)
        if faulty is not None:
            return faulty
        script = _script(protocol, mode, ids)
        if script is not None:
            return script.response(_seconds(request, "delay"), max_s, _seconds(request, "stall"))
        return JSONResponse(
            {"detail": f"no mode {mode!r} of {protocol!r}", "modes": MODES.get(protocol, [])}, 404
        )

    async def modes(_request: Request) -> Response:
        return JSONResponse(MODES)

    return [
        Route("/__target/streams/{protocol}", stream, methods=["POST", "GET"]),
        Route("/__target/modes", modes),
        *card_routes(services),
    ]
