"""AgentOS's public pages: statuses and bodies as the platform gives them, for everybody."""

import json
from typing import Any

import pytest

from loadlib.target.agentos.catalogue import DASHBOARD_TOOLS, WIDGET_TYPES
from tests.unit.target.client import Target

AGENT_IDS = ["dashboard_gateway", "navi", "pulse", "herald"]


def get(target: Target, path: str) -> Any:
    response = target.http.get(path)
    assert response.status_code == 200, path
    return response.json()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", {"version": "0.2.0", "protocols": {"a2a": "0.3.0", "ag_ui": "0.1.0"}, "status": "operational"}),
        ("/ready", {"ready": True, "version": "0.2.0"}),
        ("/health", {"status": "ok", "version": "0.2.0", "registered_agents": 3, "mcp": {}}),
        ("/control-plane/health", {"status": "ok", "control_plane_enabled": True, "version": "0.2.0"}),
        ("/control-plane/sessions", {"sessions": [], "count": 0}),
        ("/agents/validation/health", {"status": "ok", "leader": "Vera"}),
        ("/agents/planning/health", {"status": "ok", "leader": "Blake"}),
        ("/agents/branding/health", {"status": "ok", "leader": "Bella"}),
        ("/ccr/metrics", {"status": "enabled", "thresholds": {"warning": 0.8, "critical": 0.95}}),
        ("/agents/approval/info", {"name": "Sentinel"}),
    ],
)
def test_public_page_says_what_the_platform_says(target: Target, path: str, expected: dict[str, Any]) -> None:
    body = get(target, path)
    assert {key: body[key] for key in expected} == expected


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json"])
def test_documents_are_served(target: Target, path: str) -> None:
    assert target.http.get(path).status_code == 200


def test_health_names_the_tenant_of_the_token_and_nulls_without_one(target: Target) -> None:
    anonymous = get(target, "/health")["tenant_context"]
    assert anonymous == {"user_id": None, "workspace_id": None}
    known = target.http.get("/health", headers=target.bearer("u", "w")).json()["tenant_context"]
    assert known == {"user_id": "u", "workspace_id": "w"}


def test_workspace_header_does_not_choose_the_tenant(target: Target) -> None:
    headers = {**target.bearer("u", "w"), "X-Workspace-Id": "other"}
    assert target.http.get("/health", headers=headers).json()["tenant_context"]["workspace_id"] == "w"


def test_dashboard_health_lists_tools_interfaces_and_widgets(target: Target) -> None:
    body = get(target, "/agents/dashboard/health")
    assert body["status"] == "healthy"
    assert body["agent"]["tools"] == list(DASHBOARD_TOOLS)
    assert len(DASHBOARD_TOOLS) == 12
    assert body["interfaces"]["agui"] == {"mounted": True, "path": "/agui"}
    assert body["widget_types"] == list(WIDGET_TYPES)


def test_pm_status_has_three_adapters_and_the_platforms_size(target: Target) -> None:
    body = get(target, "/agents/pm/a2a/status")
    assert list(body["adapters"]) == ["navi", "pulse", "herald"]
    assert body["adapters"]["pulse"]["info"]["name"] == "Vitals"
    assert body["count"] == 3
    assert len(json.dumps(body)) > 15_000


def test_global_discovery_holds_the_four_agents(target: Target) -> None:
    body = get(target, "/.well-known/agent.json")
    assert body["protocolVersion"] == "0.3.0"
    assert [agent["name"] for agent in body["agents"]] == AGENT_IDS


def test_listing_links_to_cards_and_the_dashboards_link_is_dead(target: Target) -> None:
    """The dashboard's link uses its path segment where the card endpoint wants its id."""
    body = get(target, "/.well-known/agents")
    statuses = {agent["id"]: target.http.get(agent["discoveryUrl"]).status_code for agent in body["agents"]}
    assert statuses == {"dashboard_gateway": 404, "navi": 200, "pulse": 200, "herald": 200}


@pytest.mark.parametrize("agent", AGENT_IDS)
def test_each_agent_has_a_card_with_its_skills(target: Target, agent: str) -> None:
    card = get(target, f"/a2a/{agent}/.well-known/agent.json")
    assert (card["name"], card["version"], card["@type"]) == (agent, "0.3.0", "AIAgent")
    assert card["skills"]
    assert card["capabilities"]["pushNotifications"] is (agent == "herald")
    assert card["url"].startswith(target.ctx.urls.agentos)


def test_unknown_agents_card_is_404_with_the_known_ids(target: Target) -> None:
    response = target.http.get("/a2a/nobody/.well-known/agent.json")
    assert response.status_code == 404
    assert all(agent in response.json()["detail"] for agent in AGENT_IDS)


def test_registry_holds_the_three_teams(target: Target) -> None:
    body = get(target, "/.well-known/agent-card.json")
    assert [agent["id"] for agent in body["agents"]] == ["validation", "planning", "branding"]
    assert get(target, "/a2a/planning/.well-known/agent-card.json")["id"] == "planning"
    missing = target.http.get("/a2a/navi/.well-known/agent-card.json")
    assert (missing.status_code, missing.json()) == (404, {"detail": "Agent 'navi' not found"})


def test_reference_agents_card_wins_over_the_generic_route(target: Target) -> None:
    card = get(target, "/a2a/reference/.well-known/agent-card.json")
    assert card["name"] == "reference"
    assert card["capabilities"]["streaming"] is True
    versions = [entry["protocolVersion"] for entry in card["supportedInterfaces"]]
    assert versions[:2] == ["1.0", "0.3"]
    assert card["url"] == f"{target.ctx.urls.agentos}/a2a/reference"


@pytest.mark.parametrize("path", ["/ccr/health", "/nowhere", "/a2a/navi"])
def test_missing_route_is_404_as_the_platform_writes_it(target: Target, path: str) -> None:
    response = target.http.get(path)
    assert (response.status_code, response.json()) == (404, {"detail": "Not Found"})


def test_wrong_method_is_405(target: Target) -> None:
    response = target.http.get("/a2a/navi/rpc")
    assert (response.status_code, response.json()) == (405, {"detail": "Method Not Allowed"})


@pytest.mark.parametrize("path", ["/a2a/navi/rpc/", "/agui/", "/knowledge/search/", "/a2a/reference/"])
def test_post_with_a_trailing_slash_is_answered_and_not_redirected(target: Target, path: str) -> None:
    assert not target.post(path, {}).is_redirect
    assert target.post(path, {}).status_code in (200, 422)
