"""What each shipped scenario asks of the reference platform: the target's routes, and under which endpoints.

``probes`` are the requests of the preflight, which the target sees and the result does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Route:
    """One route of the target; ``sometimes`` tells that a short run may do without some of its endpoints.

    What goes over an open socket is no request: there ``counter`` names the metric that counts it.
    """

    probes: int
    endpoints: tuple[str, ...] = ()
    sometimes: bool = False
    counter: str = ""


A2A_OPERATIONS: Final = ("send", "submit", "get", "cancel")
REFERENCE_CARD: Final = "/a2a/reference/.well-known/agent-card.json"


def _page(path: str) -> dict[str, Route]:
    return {f"web GET {path}": Route(1, (f"GET web:{path}",))}


def _plain(path: str) -> dict[str, Route]:
    return {f"agentos GET {path}": Route(1, (f"GET {path}",))}


A2A: Final[Mapping[str, Route]] = {
    **_plain("/.well-known/agent.json"),
    **_plain("/.well-known/agents"),
    **_plain("/a2a/{agent}/.well-known/agent.json"),
    **_plain(REFERENCE_CARD),
    "agentos POST /a2a/{agent}/rpc": Route(
        8,
        tuple(
            f"POST /a2a/{agent}/rpc#{method}"
            for agent, methods in {
                "navi": ("health", "run"),
                "pulse": ("health",),
                "herald": ("health",),
                "validation": ("health", "capabilities"),
            }.items()
            for method in methods
        ),
    ),
    "agentos POST /a2a/reference": Route(
        0,
        tuple(
            f"POST /a2a/reference#{dialect}:{operation}"
            for dialect in ("1.0", "0.3")
            for operation in A2A_OPERATIONS
        ),
    ),
}
DASHBOARD: Final[Mapping[str, Route]] = {
    **_page("/dashboard"),
    **_page("/api/businesses"),
    **_page("/api/pm/notifications"),
    **_page("/api/pm/notifications/unread-count"),
    **_page("/api/auth/get-session"),
    **_page("/api/auth/csrf-token"),
    **_plain("/agents/dashboard/health"),
    **_plain("/agents/pm/a2a/status"),
    "api GET /api/approvals": Route(1, ("GET api:/approvals",)),
    "api POST /api/approvals/{approval_id}/approve": Route(
        0, ("POST api:/approvals/{id}/approve",), sometimes=True
    ),
    "api POST /api/approvals/{approval_id}/reject": Route(
        0, ("POST api:/approvals/{id}/reject",), sometimes=True
    ),
    "agentos POST /agui": Route(1, ("POST /agui",)),
}
STREAMING: Final[Mapping[str, Route]] = {
    "agentos POST /agui": Route(1, ("POST /agui",)),
    **{
        f"agentos POST /agents/{team}/runs": Route(1, (f"POST /agents/{team}/runs",))
        for team in ("validation", "planning", "branding")
    },
    **_plain(REFERENCE_CARD),
    "agentos POST /a2a/reference": Route(
        0, ("POST /a2a/reference#1.0:stream", "POST /a2a/reference#0.3:stream")
    ),
}
CCR: Final[Mapping[str, Route]] = {
    **_plain("/ccr/metrics"),
    "ccr GET /health": Route(1, ("GET ccr:/health",)),
    "ccr POST /v1/chat/completions": Route(1, ("POST ccr:/v1/chat/completions",)),
}
REALTIME: Final[Mapping[str, Route]] = {
    "api GET /socket.io/": Route(1),
    "api WS /realtime/connect": Route(0, ("WS api:/socket.io/",)),
    "api WS /realtime/dashboard.state.update": Route(0, counter="realtime_updates"),
    "api WS /realtime/dashboard.state.sync": Route(0, counter="realtime_updates"),
}
REACHABLE: Final[Mapping[str, Mapping[str, int]]] = {
    "agentos": {"agentos GET /health": 1},
    "web": {"web GET (no route)": 1},
    "api": {"api GET /api/health": 1},
    "ccr": {"ccr GET /health": 1},
}
"""The requests that find out whether a service is there."""


def _mixed() -> dict[str, Route]:
    merged: dict[str, Route] = {}
    for routes in (A2A, DASHBOARD, STREAMING, CCR, REALTIME):
        for key, route in routes.items():
            old = merged.get(key, route)
            merged[key] = Route(
                route.probes,
                tuple(dict.fromkeys((*old.endpoints, *route.endpoints))),
                route.sometimes,
                route.counter,
            )
    return merged


SCENARIOS: Final[Mapping[str, tuple[Mapping[str, Route], tuple[str, ...]]]] = {
    "a2a": (A2A, ("agentos",)),
    "dashboard": (DASHBOARD, ("agentos", "web", "api")),
    "streaming": (STREAMING, ("agentos",)),
    "ccr": (CCR, ("agentos", "ccr")),
    "realtime": (REALTIME, ("api",)),
    "mixed": (_mixed(), ("agentos", "web", "api", "ccr")),
}
"""Routes and services by scenario."""


def probes_of(scenario: str) -> dict[str, int]:
    """Return how often each route of the target is asked before the run."""
    routes, services = SCENARIOS[scenario]
    found = {key: route.probes for key, route in routes.items()}
    for service in services:
        for key, count in REACHABLE[service].items():
            found[key] = found.get(key, 0) + count
    return found
