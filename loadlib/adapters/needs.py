"""What a scenario needs of the target, declared by its user class and probed before the run."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from loadlib.core.routes import Feed

Lack = Callable[[int, bytes], str | None]

SESSION_COOKIE: Final = "hyvve.session_token"
"""The cookie that holds the session of the web application."""

_NO_ROUTE: Final = (404, 405, 501)


def no_route(status: int, body: bytes) -> str | None:
    """Say what is lacking when the answer means that there is no such route; any other answer is fine."""
    del body
    return f"HTTP {status}" if status in _NO_ROUTE else None


def no_good_rpc(*, registered_only: bool) -> Lack:
    """Return a judge of the platform's rpc answers: whether the method is there and says anything useful.

    An agent that is not registered, a health report of an unknown team and an empty card all come with HTTP
    200; counting them as failures of each request would bury the one fact that the target lacks them. With
    ``registered_only`` just the registration counts.
    """

    def lacks(status: int, body: bytes) -> str | None:
        if (lack := no_route(status, body)) is not None:
            return lack
        answer = _object(body)
        error = json.dumps(answer.get("error") or "")
        if "not registered" in error:
            return "agent not registered (JSON-RPC -32601)"
        if registered_only:
            return None
        result = answer.get("result")
        content = result.get("content") if isinstance(result, dict) else None
        if content == "{}":
            return "its card is empty"
        if isinstance(content, str) and "Unknown team" in content:
            return f"its health says {content}"
        return None

    return lacks


def disabled(status: int, body: bytes) -> str | None:
    """Say what is lacking when a status page answers that its feature is switched off."""
    if (lack := no_route(status, body)) is not None:
        return lack
    return "it says that it is disabled" if _object(body).get("status") == "disabled" else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def feeds(*metrics: str, **tags: str) -> tuple[Feed, ...]:
    """Return feeds of several metrics that carry the same tags; endpoint and scenario are added to them."""
    return tuple(Feed(metric, tags) for metric in metrics)


@dataclass(frozen=True, slots=True)
class Need:
    """One route. ``endpoint`` is the name its requests are recorded under."""

    service: str
    """``agentos``, ``web``, ``api`` or ``ccr``."""
    method: str
    path: str
    endpoint: str
    body: Mapping[str, object] | None = None
    credentials: str = ""
    """``token`` (AgentOS), ``session`` (API) or ``cookie`` (web)."""
    lacks: Lack = no_route
    feeds: tuple[Feed, ...] = ()
    """What its requests are recorded in besides the metrics of HTTP."""
