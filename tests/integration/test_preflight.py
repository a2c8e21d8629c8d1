"""What a run finds out before its first user: which services are there, and which routes they lack."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest

from loadlib.adapters.identities import Identity, IdentityPool
from loadlib.adapters.needs import Need, disabled, feeds, no_good_rpc, no_route
from loadlib.adapters.preflight import probe, reachable
from loadlib.core.routes import Feed
from loadlib.settings import Settings, load_settings
from tests.integration.bench import Truth
from tests.support import TargetServer, free_port, start_target

LITERAL = (
    *("--agui", "literal"),
    *("--pm-health", "literal"),
    *("--registry", "literal"),
    *("--ccr-enabled", "off"),
    *("--error", "GET /knowledge/status=1:hang"),
)


@pytest.fixture(scope="module")
def literal() -> Iterator[TargetServer]:
    """Return the platform as it literally is, with one route that never answers."""
    with start_target(*LITERAL) as server:
        yield server


@pytest.fixture(scope="module")
def identity() -> Identity:
    """Return a user of the reference platform."""
    return IdentityPool.of_reference_platform().identity(0)


def settings_of(server: TargetServer, **more: object) -> Settings:
    """Return the settings of a run against a target."""
    return load_settings({"preflight_timeout_s": 1.0, **more}, environ=server.env)


def urls_of(server: TargetServer) -> Mapping[str, str]:
    """Return the URLs of its services."""
    return {name: server.env[f"LOADLIB_{word}_URL"] for name, word in WORDS.items()}


WORDS = {"agentos": "BASE", "web": "WEB", "api": "API", "ccr": "CCR"}


def rpc(agent: str, method: str, *, registered_only: bool = False) -> Need:
    """Return the need for an rpc method."""
    body = {"jsonrpc": "2.0", "id": "preflight", "method": method, "params": {}}
    lacks = no_good_rpc(registered_only=registered_only)
    return Need("agentos", "POST", f"/a2a/{agent}/rpc", f"{agent} {method}", body, "token", lacks)


def get(path: str, service: str = "agentos", **more: object) -> Need:
    """Return the need for a page."""
    return Need(service, "GET", path, f"GET {path}", **more)  # type: ignore[arg-type] # named in the tables


LACKS: list[tuple[Need, str]] = [
    (Need("agentos", "POST", "/agui", "POST /agui", {}, "token"), "HTTP 404"),
    (Need("agentos", "POST", "/health", "POST /health", {}, "token"), "HTTP 405"),
    (get("/ccr/health"), "HTTP 404"),
    (get("/ccr/metrics", lacks=disabled), "it says that it is disabled"),
    (rpc("navi", "health"), "its health says"),
    (rpc("navi", "capabilities"), "its card is empty"),
    (rpc("dashboard", "health"), "agent not registered"),
    (rpc("validation", "health", registered_only=True), "agent not registered"),
    (get("/api/dashboard/widgets", "web", credentials="cookie"), "HTTP 404"),
]
HAS: list[Need] = [
    get("/knowledge/status"),
    get("/health"),
    rpc("navi", "health", registered_only=True),
    get("/agents/dashboard/health", lacks=no_route),
    get("/dashboard", "web"),
    get("/dashboard", "web", credentials="cookie"),
    get("/api/businesses", "web"),
    get("/api/approvals", "api"),
    get("/api/approvals", "api", credentials="session"),
    Need("agentos", "POST", "/agents/validation/runs", "a refused body", {}),
]
"""Routes that are there: a redirect, a refused credential or a refused body proves as much.

So does one that never answers: leaving it out would let a run pass that fails on it.
"""


def test_every_lack_is_found_and_said(literal: TargetServer, identity: Identity) -> None:
    needs = [("s", need) for need, _ in LACKS]
    found = probe(needs, urls_of(literal), settings_of(literal), identity).unavailable
    assert [entry.endpoint for entry in found] == [need.endpoint for need, _ in LACKS]
    for entry, (_, reason) in zip(found, LACKS, strict=True):
        assert reason in entry.reason


def test_route_that_is_there_is_not_lacking(literal: TargetServer, identity: Identity) -> None:
    needs = [("s", need) for need in HAS]
    assert probe(needs, urls_of(literal), settings_of(literal), identity).unavailable == ()


def test_route_is_probed_once_and_reported_to_each_scenario(
    literal: TargetServer, identity: Identity
) -> None:
    lacking, there = get("/ccr/health", feeds=feeds("ccr_availability")), get("/ready")
    truth = Truth(literal)
    truth.reset()
    needs = [(scenario, need) for scenario in ("one", "two") for need in (lacking, there)]
    found = probe(needs, urls_of(literal), settings_of(literal), identity).unavailable
    assert [(entry.scenario, entry.endpoint) for entry in found] == [
        ("one", "GET /ccr/health"),
        ("two", "GET /ccr/health"),
    ]
    own = {"scenario": "one", "endpoint": "GET /ccr/health"}
    assert found[0].feeds == (Feed("ccr_availability", own),)
    assert truth.count("agentos GET /ready") == 1
    assert truth.total() == 2


def test_service_that_is_not_there_is_named_with_its_url(literal: TargetServer) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    wrong, is_reference = reachable({**urls_of(literal), "ccr": gone}, settings_of(literal))
    assert set(wrong) == {"ccr"}
    assert gone in wrong["ccr"]
    assert is_reference


def test_any_answer_proves_that_a_service_is_there(literal: TargetServer) -> None:
    """The web application has no health page."""
    assert reachable({"web": urls_of(literal)["web"]}, settings_of(literal)) == ({}, True)


def test_service_that_accepts_and_never_answers_is_unreachable() -> None:
    with start_target("--error", "GET /health=1:hang", "--services", "agentos") as server:
        settings = settings_of(server, preflight_timeout_s=0.5)
        wrong, is_reference = reachable({"agentos": server.base_url}, settings)
    assert set(wrong) == {"agentos"}
    assert str(urlsplit(server.base_url).port) in wrong["agentos"]
    assert not is_reference
