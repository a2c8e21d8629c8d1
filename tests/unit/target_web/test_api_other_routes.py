"""The API's remaining routes: health, metrics, PM chat with its throttle, business lookup, providers."""

import pytest
from prometheus_client.parser import text_string_to_metric_families


@pytest.mark.parametrize("path", ["/health", "/api/health"])
def test_health_needs_no_session_and_no_prefix(platform, path):
    response = platform.client.get(platform.ctx.urls.api + path)
    assert response.status_code == 200
    assert response.json()["status"] == "ok"


def test_an_unknown_route_is_404_in_the_api_shape(platform):
    response = platform.client.get(platform.ctx.urls.api + "/approvals")
    assert (response.status_code, response.json()["message"]) == (404, "Cannot GET /approvals")


def test_without_a_prefix_the_controllers_answer_at_the_root(start_platform):
    with start_platform(services=("api",), api_prefix="") as bare:
        response = bare.client.get(bare.ctx.urls.api + "/approvals?limit=1", headers=bare.bearer())
        assert response.status_code == 200
        assert bare.client.get(bare.ctx.urls.api + "/api/approvals", headers=bare.bearer()).status_code == 404


def test_metrics_count_by_route_template_and_leave_guard_refusals_out(start_platform):
    with start_platform(services=("api",)) as fresh:
        for path in ("/approvals/a", "/approvals/b"):
            assert fresh.client.get(fresh.api(path), headers=fresh.bearer()).status_code == 404
        assert fresh.client.get(fresh.api("/approvals/a")).status_code == 401
        text = fresh.client.get(fresh.ctx.urls.api + "/metrics").text
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["http_requests_total", "/approvals/{approval_id}", "404", "GET"] == 2
    assert not [key for key in samples if "401" in key]
    assert samples["approval_queue_depth", "pending"] > 0
    names = {key[0] for key in samples}
    assert {"event_bus_dlq_size", "ai_provider_health", "active_http_connections"} <= names


CHAT = {"projectId": "p-1", "agentName": "navi", "message": "hello"}


def test_a_chat_answer_names_its_conversation(platform):
    response = platform.client.post(platform.api("/pm/agents/chat"), json=CHAT, headers=platform.bearer())
    assert response.status_code == 201
    assert set(response.json()) == {"conversationId", "response", "metadata"}


def test_the_chat_alone_is_throttled_at_ten_per_address(start_platform):
    with start_platform(services=("api",), rate_limit_scale=1.0) as limited:
        url, headers = limited.api("/pm/agents/chat"), limited.bearer()
        statuses = [limited.client.post(url, json=CHAT, headers=headers).status_code for _ in range(12)]
        other = limited.client.post(url, json=CHAT, headers={**headers, "X-Forwarded-For": "192.0.2.9"})
        lists = [
            limited.client.get(limited.api("/approvals?limit=1"), headers=headers).status_code
            for _ in range(30)
        ]
    assert statuses == [201] * 10 + [429] * 2
    assert other.status_code == 201
    assert set(lists) == {200}


@pytest.mark.parametrize(
    ("mode", "status", "workspace"),
    [
        ("owned", 200, "ws-1"),
        ("foreign", 200, "another-workspace"),
        ("missing", 404, None),
        ("unauthorized", 401, None),
        ("down", 503, None),
    ],
)
def test_the_business_lookup_answers_as_switched(start_platform, mode, status, workspace):
    with start_platform(services=("api",), business_lookup=mode) as switched:
        token = switched.ctx.credentials.jwt("owner-1", "ws-1")
        response = switched.client.get(
            switched.api("/workspaces/ws-1/businesses/b-1"), headers={"Authorization": f"Bearer {token}"}
        )
    assert response.status_code == status
    assert response.json().get("workspaceId") == workspace


def test_lookups_refuse_strangers_and_other_workspaces(platform):
    url = platform.api("/workspaces/ws-1/ai-providers")
    assert platform.client.get(url).status_code == 401
    assert platform.client.get(url, headers=platform.bearer(workspace="ws-2")).status_code == 403
    assert platform.client.get(url, headers=platform.bearer()).json()["data"][0]["workspaceId"] == "ws-1"
