"""The web over HTTP: pages, data routes, sign-in, the approvals proxy with its demo data."""

import gzip
import re

import httpx
import pytest

from loadlib.target.platform_web.web_auth import PASSWORD
from loadlib.target.platform_web.web_data import BUSINESSES

DATA_ROUTES = (
    "/api/businesses",
    "/api/pm/notifications",
    "/api/pm/notifications/unread-count",
    "/api/agents",
    "/api/agents/navi",
    "/api/approvals/metrics",
)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/dashboard", "/sign-in?redirect=%2Fdashboard"),
        ("/settings/profile", "/sign-in?redirect=%2Fsettings%2Fprofile"),
        ("/ai-team", "/sign-in?redirect=%2Fai-team"),
    ],
)
def test_a_protected_page_without_the_cookie_redirects_to_sign_in(platform, path, location):
    response = platform.client.get(platform.web(path))
    assert (response.status_code, response.headers["location"]) == (307, location)


def test_a_page_checks_the_cookies_presence_only(platform):
    headers = {"Cookie": "hyvve.session_token=anything"}
    response = platform.client.get(platform.web("/dashboard"), headers=headers)
    assert response.status_code == 200
    assert len(response.content) > 40_000
    assert "Dashboard" in response.text


def test_every_chunk_the_dashboard_links_to_is_served_cacheable_and_compressed(platform):
    page = platform.client.get(platform.web("/dashboard"), headers=platform.cookie()).text
    links = re.findall(r'(?:src|href)="(/_next/[^"]+)"', page)
    assert len(links) == 3
    for link in links:
        plain = platform.client.get(platform.web(link), headers={"Accept-Encoding": "identity"})
        assert "immutable" in plain.headers["cache-control"]
        with platform.client.stream("GET", platform.web(link), headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["content-encoding"] == "gzip"
            assert gzip.decompress(b"".join(packed.iter_raw())) == plain.content
        again = platform.client.get(platform.web(link), headers={"If-None-Match": plain.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["widgets", "alerts", "metrics", "activity", "state"])
def test_dashboard_data_routes_do_not_exist_on_the_web(platform, name):
    response = platform.client.get(platform.web(f"/api/dashboard/{name}"), headers=platform.cookie())
    assert response.status_code == 404


@pytest.mark.parametrize("path", DATA_ROUTES)
def test_data_routes_need_a_valid_session_with_a_workspace(platform, path):
    url = platform.web(path)
    stranger = platform.client.get(url, headers={"Cookie": "hyvve.session_token=anything"})
    homeless = platform.client.get(url, headers=platform.cookie(workspace="none"))
    assert (stranger.status_code, stranger.json()["error"]) == (401, "UNAUTHORIZED")
    assert (homeless.status_code, homeless.json()["error"]) == (400, "NO_WORKSPACE")
    assert platform.client.get(url, headers=platform.cookie()).status_code == 200


@pytest.mark.parametrize(
    ("query", "count", "has_more", "kind"),
    [
        ("", 20, True, "offset"),
        ("?take=100", BUSINESSES, False, "offset"),
        ("?take=10&skip=40", 5, False, "offset"),
        ("?take=10&cursor=biz-ws-1-006", 5, False, "cursor"),
    ],
)
def test_businesses_are_paged(platform, query, count, has_more, kind):
    body = platform.client.get(platform.web(f"/api/businesses{query}"), headers=platform.cookie()).json()
    assert body["success"] is True
    assert len(body["data"]) == count
    assert (body["pagination"]["hasMore"], body["pagination"]["paginationType"]) == (has_more, kind)


@pytest.mark.parametrize("query", ["take=0", "take=101", "take=x", "skip=-1", "cursor=unknown"])
def test_a_page_request_out_of_range_is_400(platform, query):
    url = platform.web(f"/api/businesses?{query}")
    assert platform.client.get(url, headers=platform.cookie()).status_code == 400


def test_unread_notifications_are_as_many_as_counted(platform):
    count = platform.client.get(
        platform.web("/api/pm/notifications/unread-count"), headers=platform.cookie()
    ).json()["count"]
    body = platform.client.get(
        platform.web("/api/pm/notifications?page=1&limit=20"), headers=platform.cookie()
    ).json()
    assert len(body["data"]) == 20
    assert sum(item["readAt"] is None for item in body["data"]) == count


def sign_in(client, platform, password=PASSWORD, email="ada@example.com", address="192.0.2.1"):
    return client.post(
        platform.web("/api/auth/sign-in/email"),
        json={"email": email, "password": password},
        headers={"X-Forwarded-For": f"{address}, 10.0.0.1"},
    )


def test_signing_in_sets_a_cookie_that_opens_the_session(platform):
    with httpx.Client(trust_env=False) as browser:
        assert sign_in(browser, platform).status_code == 200
        session = browser.get(platform.web("/api/auth/get-session")).json()
        assert (session["user"]["id"], session["session"]["activeWorkspaceId"]) == ("ada", "ws-ada")
        assert len(browser.get(platform.web("/api/auth/csrf-token")).json()["csrfToken"]) == 64


@pytest.mark.parametrize(("email", "password"), [("ada@example.com", "wrong"), ("no-address", PASSWORD)])
def test_wrong_credentials_are_401(platform, email, password):
    assert sign_in(platform.client, platform, password, email).status_code == 401


def test_without_a_session_the_session_call_answers_null(platform):
    response = httpx.get(platform.web("/api/auth/get-session"), trust_env=False)
    assert (response.status_code, response.json()) == (200, None)


def test_the_sixth_sign_in_of_an_address_is_429(start_platform):
    with start_platform(services=("web",), rate_limit_scale=1.0) as limited:
        responses = [sign_in(limited.client, limited) for _ in range(6)]
        other = sign_in(limited.client, limited, address="192.0.2.2")
    assert [response.status_code for response in responses] == [200] * 5 + [429]
    refusal = responses[-1].json()
    assert refusal["error"] == "RATE_LIMITED"
    assert 0 < refusal["retryAfter"] <= 900
    assert other.status_code == 200


def test_the_copilot_mock_answers_json_and_500_on_bad_json(platform):
    url = platform.web("/api/copilotkit")
    assert platform.client.get(url).json()["mode"] == "mock"
    assert platform.client.post(url, json={}).json()["status"] == "mock"
    assert platform.client.post(url, content=b"{").status_code == 500


def test_the_proxy_passes_the_apis_approvals_on_but_drops_the_priority_filter(platform):
    url = platform.web("/api/approvals?status=pending&limit=100&priority=urgent")
    body = platform.client.get(url, headers=platform.cookie(workspace="ws-proxy")).json()
    assert body["meta"]["total"] == 120
    assert {item["workspaceId"] for item in body["data"]} == {"ws-proxy"}
    assert len({item["priority"] for item in body["data"]}) > 1


def test_the_proxy_hides_an_api_error_behind_demo_data_but_passes_401_on(platform):
    refused = platform.client.get(platform.web("/api/approvals?status=nonsense"), headers=platform.cookie())
    assert refused.status_code == 200
    assert all(item["id"].startswith("demo-") for item in refused.json()["data"])
    assert platform.client.get(platform.web("/api/approvals")).status_code == 401


@pytest.mark.parametrize(
    ("switches", "status"),
    [
        ({"services": ("web",)}, 200),
        ({"services": ("web",), "web_demo_data": False}, 502),
        ({"services": ("web", "api"), "approvals_proxy_literal": True}, 401),
        ({"services": ("web", "api"), "approvals_proxy_literal": True, "api_prefix": ""}, 200),
    ],
)
def test_the_proxys_answer_follows_its_switches(start_platform, switches, status):
    with start_platform(**switches) as switched:
        response = switched.client.get(switched.web("/api/approvals"), headers=switched.cookie())
    assert response.status_code == status


def test_metrics_mocks_switched_off_are_503(start_platform):
    with start_platform(services=("web",), web_mocks=False) as real:
        url = real.web("/api/approvals/metrics")
        assert real.client.get(url, headers=real.cookie()).status_code == 503
