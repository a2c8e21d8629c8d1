"""Rate limits: per path and identity, counted before the decision, with the platform's headers and body."""

import time

import httpx
import pytest

from loadlib.target.context import TargetContext
from loadlib.target.options import TargetOptions, port_layout
from loadlib.target.server import running_target
from tests.unit.target.client import Target, agui_input

OPTIONS = {"rate_limit_scale": 1.0}


def ip(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"10.0.0.{number}"}


def test_twenty_calls_a_minute_then_429_with_headers(target: Target) -> None:
    user = target.bearer("limits-1")
    answers = [target.http.post("/a2a/navi/rpc", json={"method": "health"}, headers=user) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [429]
    refused = answers[-1]
    assert refused.json() == {"error": "Rate limit exceeded: 20 per 1 minute"}
    assert refused.headers["X-RateLimit-Limit"] == "20"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert 0 < float(refused.headers["X-RateLimit-Reset"]) - time.time() <= 61
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_users_have_windows_of_their_own(target: Target) -> None:
    def call(user: str) -> int:
        headers = target.bearer(user)
        return target.http.post("/a2a/pulse/rpc", json={"method": "health"}, headers=headers).status_code

    assert [call("limits-2") for _ in range(21)][-1] == 429
    assert call("limits-3") == 200


def test_paths_have_windows_of_their_own_and_queries_do_not_matter(target: Target) -> None:
    user = target.bearer("limits-4")

    def call(path: str) -> int:
        return target.http.post(path, json={"method": "health"}, headers=user).status_code

    assert [call(f"/a2a/herald/rpc?n={n}") for n in range(21)][-1] == 429
    assert call("/a2a/navi/rpc") == 200


def test_malformed_body_costs_no_quota(target: Target) -> None:
    user = target.bearer("limits-5")
    for _ in range(25):
        assert target.http.post("/a2a/navi/rpc", json={}, headers=user).status_code == 422
    assert target.http.post("/a2a/navi/rpc", json={"method": "health"}, headers=user).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "limit"),
    [
        ("/agents/approval/runs", {"message": "chunks=0 delay=0"}, 10),
        ("/agents/validation/runs", {"message": "chunks=0 delay=0", "business_id": "b-1"}, 10),
        ("/knowledge/ingest", {"source": "s"}, 20),
        ("/knowledge/ingest/text", {"text": "t", "title": "t"}, 30),
        ("/knowledge/search", {"query": "q"}, 60),
    ],
)
def test_declared_limit_is_the_platforms(target: Target, path: str, body: object, limit: int) -> None:
    user = target.bearer("limits-6")
    statuses = [target.http.post(path, json=body, headers=user).status_code for _ in range(limit + 1)]
    assert statuses == [200] * limit + [429]


@pytest.mark.parametrize(
    ("number", "path"),
    [
        (1, "/health"),
        (2, "/.well-known/agent.json"),
        (3, "/a2a/navi/.well-known/agent.json"),
        (4, "/metrics"),
        (5, "/ccr/metrics"),
        (6, "/agents/pm/a2a/status"),
    ],
)
def test_default_limit_is_ten_and_its_headers_are_on_success_too(
    target: Target, number: int, path: str
) -> None:
    answers = [target.http.get(path, headers=ip(number)) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    first = answers[0].headers
    assert (first["X-RateLimit-Limit"], first["X-RateLimit-Remaining"]) == ("10", "9")
    assert "Retry-After" in first
    assert answers[-1].json() == {"error": "Rate limit exceeded: 10 per 1 minute"}


def test_default_limit_is_keyed_by_the_forwarded_address(target: Target) -> None:
    for _ in range(11):
        last = target.http.get("/ready", headers=ip(20))
    assert last.status_code == 429
    assert target.http.get("/ready", headers=ip(21)).status_code == 200


def test_default_limit_comes_before_the_token(target: Target) -> None:
    headers = {**ip(30), "Authorization": "Bearer test-token"}
    statuses = [target.http.get("/ccr/metrics", headers=headers).status_code for _ in range(11)]
    assert statuses == [403] * 10 + [429]


def test_agui_has_the_default_limit(target: Target) -> None:
    body = agui_input("chunks=1 delay=0")
    statuses = [target.http.post("/agui", json=body, headers=ip(31)).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


@pytest.mark.parametrize("path", ["/nowhere", "/__target/info", "/a2a/reference/.well-known/agent-card.json"])
def test_unmatched_paths_and_the_targets_own_are_never_limited(target: Target, path: str) -> None:
    assert 429 not in {target.http.get(path, headers=ip(40)).status_code for _ in range(15)}


def test_metrics_count_allowed_and_denied_by_path(target: Target) -> None:
    """A denied request was counted as allowed before the decision, as on the platform."""
    for _ in range(12):
        target.http.get("/redoc", headers=ip(50))
    text = target.http.get("/metrics", headers=ip(51)).text
    assert 'rate_limit_hits_total{endpoint="/redoc",result="allowed"} 12.0' in text
    assert 'rate_limit_hits_total{endpoint="/redoc",result="denied"} 2.0' in text


def statuses_of(ctx: TargetContext, users: list[str]) -> list[int]:
    with httpx.Client(base_url=ctx.urls.agentos) as http:
        return [
            http.post(
                "/a2a/navi/rpc",
                json={"method": "health"},
                headers={"Authorization": f"Bearer {ctx.credentials.jwt(user, 'w')}"},
            ).status_code
            for user in users
        ]


def test_literal_bucket_is_shared_by_everybody_and_scales() -> None:
    options = TargetOptions(
        **port_layout(0), services=("agentos",), rate_limit_identity="global", rate_limit_scale=0.2
    )
    with running_target(options) as ctx:
        assert statuses_of(ctx, ["a", "b", "a", "b", "c"]) == [200, 200, 200, 200, 429]


def test_default_limit_can_be_switched_off_alone() -> None:
    options = TargetOptions(
        **port_layout(0), services=("agentos",), default_limit=False, rate_limit_scale=0.05
    )
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos) as http:
        assert {http.get("/health").status_code for _ in range(15)} == {200}
        assert statuses_of(ctx, ["a", "a"]) == [200, 429]
