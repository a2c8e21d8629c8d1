"""The platform's rpc: its order of checks, its answers in HTTP 200, and the credentials every path wants."""

import json
from typing import Any

import httpx
import pytest

from loadlib.target.agentos.model import PROVIDER_ERROR
from loadlib.target.options import TEST_JWT_SECRET, TargetOptions, port_layout
from loadlib.target.rules import parse_model
from loadlib.target.server import running_target
from tests.unit.target.client import Target

OPTIONS: dict[str, Any] = {}


def error_of(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"jsonrpc", "result", "error", "id"}
    assert body["result"] is None
    return body["error"]


@pytest.mark.parametrize("given", [7, "text-id", None])
def test_success_echoes_the_id_and_carries_both_keys(target: Target, given: Any) -> None:
    response = target.rpc(id=given)
    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"jsonrpc", "result", "error", "id"}
    assert body["error"] is None
    assert body["id"] == given
    assert set(body["result"]) == {"content", "tool_calls", "artifacts"}


def test_version_is_checked_before_authentication(target: Target) -> None:
    response = target.http.post("/a2a/nobody/rpc", json={"jsonrpc": "1.0", "method": "x"})
    error = error_of(response)
    assert (error["code"], error["message"]) == (-32600, "Invalid Request")


@pytest.mark.parametrize("workspace", [None, "anonymous"])
def test_authentication_is_checked_before_the_agent(target: Target, workspace: str | None) -> None:
    headers = {} if workspace == "anonymous" else target.bearer("u", None)
    response = target.http.post("/a2a/nobody/rpc", json={"method": "x"}, headers=headers)
    error = error_of(response)
    assert (error["code"], error["message"]) == (-32600, "Authentication required")
    assert error["data"] == {"details": "Missing workspace context"}


@pytest.mark.parametrize("agent", ["nobody", "dashboard", "dashboard_gateway"])
def test_agent_is_checked_before_the_method(target: Target, agent: str) -> None:
    error = error_of(target.rpc(agent, "nothing"))
    assert (error["code"], error["data"]) == (-32601, {"details": f"Agent '{agent}' not registered"})


def test_unknown_method_names_the_known_ones(target: Target) -> None:
    error = error_of(target.rpc(method="nothing"))
    assert (error["code"], error["message"]) == (-32601, "Method not found")
    assert error["data"] == {"available_methods": ["run", "health", "capabilities"]}


@pytest.mark.parametrize("params", [{}, None, {"task": ""}, {"task": 7}])
def test_run_without_a_task_is_invalid_params(target: Target, params: Any) -> None:
    assert error_of(target.rpc(method="run", params=params))["code"] == -32602


@pytest.mark.parametrize(
    ("body", "kind", "location"),
    [
        ('{"method": ', "json_invalid", ["body", 11]),
        ('{"jsonrpc": "2.0"}', "missing", ["body", "method"]),
        ('{"method": "run", "params": []}', "dict_type", ["body", "params"]),
        ("", "missing", ["body"]),
    ],
)
def test_malformed_body_is_422_with_the_place(
    target: Target, body: str, kind: str, location: list[Any]
) -> None:
    response = target.http.post("/a2a/navi/rpc", content=body, headers=target.bearer())
    assert response.status_code == 422
    [error] = response.json()["detail"]
    assert (error["type"], error["loc"]) == (kind, location)


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("validation", {"status": "ok", "leader": "Vera", "members": ["Marco", "Cipher", "Persona", "Risk"]}),
        ("branding", {"leader": "Bella", "members": ["Sage", "Vox", "Iris", "Artisan", "Audit"]}),
        ("navi", {"status": "ok"}),
    ],
)
def test_health_is_json_text_inside_the_content(target: Target, agent: str, expected: dict[str, Any]) -> None:
    health = json.loads(target.rpc(agent).json()["result"]["content"])
    assert {key: health[key] for key in expected} == expected


def test_capabilities_are_a_card_for_teams_and_empty_for_pm_agents(target: Target) -> None:
    team = target.rpc("planning", "capabilities").json()["result"]["content"]
    assert json.loads(team)["id"] == "planning"
    assert target.rpc("navi", "capabilities").json()["result"]["content"] == "{}"


def test_run_answers_with_the_words_of_the_task(target: Target) -> None:
    content = target.run("please chunks=3 delay=0 text=word").json()["result"]["content"]
    assert content == "word0 word1 word2 "


@pytest.mark.parametrize(("mode", "code"), [("timeout", -32000), ("error", -32603), ("rpc_error", -32603)])
def test_task_can_ask_for_an_error(target: Target, mode: str, code: int) -> None:
    error = error_of(target.run(f"chunks=1 delay=0 mode={mode}"))
    assert error["code"] == code
    if mode == "timeout":
        assert error["data"] == {"timeout_seconds": 120}


def test_provider_failure_is_content_of_a_success(target: Target) -> None:
    body = target.run("delay=0 mode=provider").json()
    assert body["error"] is None
    assert body["result"]["content"] == PROVIDER_ERROR


@pytest.mark.parametrize(
    ("mode", "check"),
    [
        ("id_mismatch", lambda body: body["id"] == 8),
        ("id_type", lambda body: body["id"] == "7"),
        ("envelope", lambda body: body["jsonrpc"] == "1.0"),
        ("both", lambda body: body["error"] is not None and body["result"] is not None),
        ("neither", lambda body: "error" not in body and "result" not in body),
        ("not_object", lambda body: isinstance(body, list)),
        ("bad_shape", lambda body: body["result"] == {}),
        ("bad_result", lambda body: body["result"] == "text"),
        ("empty", lambda body: body["result"]["content"] == ""),
    ],
)
def test_task_can_ask_for_a_damaged_answer(target: Target, mode: str, check: Any) -> None:
    response = target.run(f"chunks=1 delay=0 mode={mode}")
    assert response.status_code == 200
    assert check(response.json())


@pytest.mark.parametrize(("mode", "status"), [("http_500", 500), ("http_502", 502), ("http_429", 429)])
def test_task_can_ask_for_a_status(target: Target, mode: str, status: int) -> None:
    assert target.run(f"chunks=1 delay=0 mode={mode}").status_code == status


def test_task_can_ask_for_a_body_that_is_no_answer(target: Target) -> None:
    assert target.run("chunks=1 delay=0 mode=content_type").headers["content-type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        target.run("chunks=1 delay=0 mode=bad_json").json()
    with pytest.raises(httpx.RemoteProtocolError):
        target.run("chunks=1 delay=0 mode=truncate")


def contents(seed: int, shape: str, calls: int = 20) -> list[Any]:
    """Return what ``calls`` runs of an agent whose model fails half of the time say, None for an error."""
    models = (parse_model("navi=ttft:0ms,gap:0ms,chunks:1,error:0.5"),)
    options = TargetOptions(
        **port_layout(0), services=("agentos",), seed=seed, models=models, provider_failure=shape
    )
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        answers = [Target(ctx, http).run("hi").json() for _ in range(calls)]
    return [answer["result"] and answer["result"]["content"] for answer in answers]


def test_failing_model_fails_the_same_calls_under_the_same_seed() -> None:
    first = contents(1, "content")
    assert set(first) == {"navi answers: token0 ", PROVIDER_ERROR}
    assert contents(1, "content") == first
    assert contents(2, "content") != first


@pytest.mark.parametrize(
    ("shape", "failure"), [("rpc_error", None), ("error_event", None), ("empty_run", "")]
)
def test_provider_failure_takes_the_switched_shape(shape: str, failure: str | None) -> None:
    assert set(contents(1, shape)) == {"navi answers: token0 ", failure}


def test_provider_failure_can_cut_the_answer() -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        contents(1, "cut")


@pytest.mark.parametrize("path", ["/health", "/a2a/navi/rpc", "/nowhere", "/a2a/reference"])
def test_bad_token_is_403_on_every_path_public_ones_included(target: Target, path: str) -> None:
    response = target.http.request("POST", path, headers={"Authorization": "Bearer test-token"}, json={})
    assert response.status_code == 403
    assert response.json() == {"error": {"code": "INVALID_TOKEN", "message": "Invalid JWT token"}}


def test_expired_token_says_so(target: Target) -> None:
    token = target.ctx.credentials.jwt("u", "w", lifetime_s=-10)
    response = target.http.get("/health", headers={"Authorization": f"Bearer {token}"})
    body = {"error": {"code": "TOKEN_EXPIRED", "message": "JWT token has expired"}}
    assert (response.status_code, response.json()) == (403, body)


def test_other_schemes_mean_anonymous(target: Target) -> None:
    response = target.http.get("/health", headers={"Authorization": f"Basic {TEST_JWT_SECRET}"})
    assert response.status_code == 200
    assert response.json()["tenant_context"]["user_id"] is None
