"""Who the users are to the platform: a token each with its claims, and other credentials for API and web."""

import json
import time
from typing import Any, Final

import jwt

from tests.integration.protocol_calls import Call, Case, Recorded, play
from tests.support import TargetServer

HEALTH: Final[Call] = ["path", "agentos", "/health"]
AGENTOS: Final[tuple[Call, ...]] = (
    ["agui", "hello"],
    ["team", "hello"],
    ["rpc", "navi", "health"],
    ["cards"],
    ["a2a", "1.0", "hello", "send"],
)
SECRET: Final = "LOADLIB_JWT_SECRET"
SESSION: Final = "LOADLIB_SESSION_SECRET"


def _without(server: TargetServer, *names: str) -> dict[str, str]:
    return {name: value for name, value in server.env.items() if name not in names}


def _token(server: TargetServer, expires_in_s: float, **claims: Any) -> str:
    body = {"sub": "u", "workspaceId": "w", "exp": int(time.time() + expires_in_s), **claims}
    return jwt.encode(body, server.env[SECRET], algorithm="HS256")


def _tenant(run: Recorded) -> dict[str, Any]:
    tenant: dict[str, Any] = json.loads(run.returned[0]["body"])["tenant_context"]
    return tenant


def test_every_user_signs_in_as_itself_in_a_workspace_shared_by_few(target_server: TargetServer) -> None:
    indexes = (0, 1, 19, 20)
    runs = play(target_server.env, [Case([HEALTH], index=index) for index in indexes])
    tenants = [_tenant(run) for run in runs]
    assert [tenant["user_id"] for tenant in tenants] == [f"load-user-{index:05d}" for index in indexes]
    workspaces = [tenant["workspace_id"] for tenant in tenants]
    assert workspaces[0] == workspaces[1] == workspaces[2] != workspaces[3]


def test_shared_token_makes_all_users_one(target_server: TargetServer) -> None:
    settings = {"auth_token": _token(target_server, 60)}
    runs = play(_without(target_server, SECRET), [Case([HEALTH], settings, index=index) for index in (0, 1)])
    assert [_tenant(run)["user_id"] for run in runs] == ["u", "u"]


def test_token_that_the_platform_refuses_gives_auth_failures(target_server: TargetServer) -> None:
    """Any bad token is refused on every path, public ones included, so it may never pass unseen."""
    tokens = {
        "expired": _token(target_server, -60),
        "signature": jwt.encode({"sub": "u"}, "another-secret-of-at-least-32-bytes", algorithm="HS256"),
        "subject": _token(target_server, 60, sub=""),
        "audience": _token(target_server, 60, aud="somebody-else"),
    }
    cases = [Case([call], {"auth_token": token}) for token in tokens.values() for call in AGENTOS]
    runs = play(_without(target_server, SECRET), cases)
    kinds = [dict(run.failure_kinds) for run in runs]
    assert kinds == [{"auth": 1}] * len(tokens) * len(AGENTOS)
    assert all(run.rate("stream_failed")[0] + run.rate("a2a_errors")[0] == 1 for run in runs)


def test_anonymous_user_is_refused_as_auth_even_in_http_200(target_server: TargetServer) -> None:
    env = _without(target_server, SECRET)
    rpc, team = play(env, [Case([["rpc", "navi", "health"]]), Case([["team", "hello"]])])
    assert rpc.failure_kinds == {"auth": 1}
    assert rpc.tally("http_reqs", "status") == {"200": 1}
    assert team.failure_kinds == {"auth": 1}


def test_token_of_agentos_is_no_session_of_api_and_web(target_server: TargetServer) -> None:
    """Each service wants its own credential, and neither does for the other."""
    env = _without(target_server, SESSION)
    api, web, agentos = play(env, [Case([["pending"]]), Case([["page"]]), Case([["rpc", "navi", "health"]])])
    assert api.failure_kinds == {"auth": 1}
    assert web.failure_kinds == {"signed_out": 1}
    assert agentos.failure_kinds == {}
    assert web.count("dashboard_page_duration") == 0


def test_session_of_api_and_web_is_no_token_of_agentos(target_server: TargetServer) -> None:
    env = _without(target_server, SECRET)
    api, web, agentos = play(env, [Case([["pending"]]), Case([["page"]]), Case([["rpc", "navi", "health"]])])
    assert api.failure_kinds == web.failure_kinds == {}
    assert agentos.failure_kinds == {"auth": 1}
