"""The switches that show the platform's defects instead of its intent."""

import json

import httpx

from loadlib.target.options import TargetOptions, port_layout
from loadlib.target.server import running_target
from tests.unit.target.client import Target, agui_input, sse

OPTIONS = {
    "agui_mounted": False,
    "dashboard_rpc": True,
    "ccr_health_route": True,
    "agents_registered": False,
    "pm_health": "literal",
    "ccr_enabled": False,
    "control_plane": False,
    "metrics_api_key": "metrics-key",
    "literal_500": True,
    "agent_metrics_written": False,
}


def test_agui_is_404_when_it_is_not_mounted(target: Target) -> None:
    assert target.post("/agui", agui_input("hi")).status_code == 404
    assert target.http.get("/agents/dashboard/health").json()["interfaces"] == {}


def test_ccr_health_exists_when_switched_on(target: Target) -> None:
    assert target.http.get("/ccr/health").status_code == 200


def test_nobody_is_registered(target: Target) -> None:
    assert target.http.get("/health").json()["registered_agents"] == 0
    assert target.http.get("/.well-known/agent-card.json").json()["agents"] == []
    assert target.http.get("/a2a/planning/.well-known/agent-card.json").status_code == 404


def test_disabled_parts_say_so(target: Target) -> None:
    assert target.http.get("/ccr/metrics").json()["status"] == "disabled"
    assert target.http.get("/control-plane/health").status_code == 404


def test_metrics_want_their_key_and_only_in_its_own_header(target: Target) -> None:
    refused = target.http.get("/metrics")
    assert (refused.status_code, refused.json()) == (401, {"detail": "Invalid or missing metrics API key"})
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert target.http.get("/metrics", headers={"X-Metrics-Key": "metrics-key"}).status_code == 200
    bearer = target.http.get("/metrics", headers={"Authorization": "Bearer metrics-key"})
    assert (bearer.status_code, bearer.json()["error"]["code"]) == (403, "INVALID_TOKEN")


def test_limited_json_endpoints_end_in_500_of_plain_text(target: Target) -> None:
    for response in (target.rpc(), target.http.post("/a2a/navi/rpc", json={"method": "health"})):
        assert (response.status_code, response.text) == (500, "Internal Server Error")
        assert response.headers["content-type"].startswith("text/plain")


def test_raised_refusals_and_the_team_stream_escape_the_500(target: Target) -> None:
    body = {"message": "hi", "business_id": "b-1"}
    assert target.http.post("/agents/validation/runs", json=body).status_code == 401
    assert target.post("/a2a/navi/rpc", {}).status_code == 422
    stream = target.team("chunks=1 delay=0")
    assert stream.status_code == 200
    assert sse(stream)[-1]["type"] == "RUN_FINISHED"


def test_teams_do_not_answer_rpc_when_unregistered_and_the_dashboard_does_when_switched_on() -> None:
    """Without the literal 500, which would hide both answers."""
    options = TargetOptions(
        **port_layout(0), services=("agentos",), agents_registered=False, dashboard_rpc=True
    )
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        caller = Target(ctx, http)
        assert caller.rpc("validation").json()["error"]["code"] == -32601
        for name in ("dashboard", "dashboard_gateway"):
            assert caller.rpc(name).json()["error"] is None


def test_pm_health_is_an_error_text_inside_a_success_literally() -> None:
    options = TargetOptions(**port_layout(0), services=("agentos",), pm_health="literal")
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        body = Target(ctx, http).rpc("navi").json()
    assert body["error"] is None
    assert json.loads(body["result"]["content"]) == {"status": "error", "error": "Unknown team: navi"}


def test_control_plane_with_a_key_refuses_everyone_who_cannot_show_it() -> None:
    """Even the right key: as a bearer value it is no token, so the tenant layer answers first."""
    options = TargetOptions(**port_layout(0), services=("agentos",), control_plane_key="key")
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        assert http.get("/control-plane/health").status_code == 401
        for scheme in ("Bearer key", "Basic key"):
            headers = {"Authorization": scheme}
            assert http.get("/control-plane/sessions", headers=headers).status_code == 403


def test_unwritten_metrics_have_no_samples(target: Target) -> None:
    target.rpc()
    text = target.http.get("/metrics", headers={"X-Metrics-Key": "metrics-key"}).text
    assert "# TYPE a2a_requests_total counter" in text
    assert 'a2a_requests_total{agent="navi"' not in text
