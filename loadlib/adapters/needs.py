"""What a scenario needs of the target, declared by its user class and probed before the run."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

Lack = Callable[[int, bytes], str | None]

_NO_ROUTE: Final = (404, 405, 501)


def no_route(status: int, body: bytes) -> str | None:
    """Say what is lacking when the answer means that there is no such route; any other answer is fine."""
    del body
    return f"HTTP {status}" if status in _NO_ROUTE else None


def no_rpc_agent(status: int, body: bytes) -> str | None:
    """Say what is lacking when a JSON-RPC answer means that no such agent is registered."""
    if (lack := no_route(status, body)) is not None:
        return lack
    try:
        error = json.loads(body).get("error") or {}
        registered = "not registered" not in json.dumps(error)
    except (ValueError, AttributeError):
        return None
    return None if registered else "agent not registered (JSON-RPC -32601)"


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
    feeds: tuple[str, ...] = ()
    """Metrics that have no data without this route."""
