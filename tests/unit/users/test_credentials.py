"""Whose credentials go where: the web session as a cookie that stays, tokens to AgentOS and nobody else."""

from collections.abc import Iterable

import pytest

from loadlib.users import HttpUser
from loadlib.users.web import Dashboard
from tests.unit.users.support import Asked, Served, recorded_user, reply, server

SECRET = "s" * 40
SESSION = "hyvve.session_token=my-session"


def _sets_a_cookie(_asked: Asked, _served: Served) -> Iterable[bytes]:
    yield reply(b"{}", 200, "Set-Cookie: hyvve.csrf=abc; Path=/")


def test_session_cookie_is_kept_beside_cookies_that_the_web_sets() -> None:
    with server(_sets_a_cookie) as web:
        user, _ = recorded_user(web_url=web.url, session_token="my-session")
        client = user.http("web")
        client.get("/api/auth/csrf-token")
        client.get("/dashboard")
        user.on_stop()
    sent = [set(asked.headers["cookie"].split("; ")) for asked in web.asked]
    assert sent == [{SESSION}, {SESSION, "hyvve.csrf=abc"}]


def test_session_cookie_goes_to_no_other_host() -> None:
    with server(_sets_a_cookie) as web, server(_sets_a_cookie) as other:
        user, _ = recorded_user(web_url=web.url, session_token="my-session")
        user.http("web").get(other.url.replace("127.0.0.1", "localhost") + "/x")
        user.on_stop()
    assert ["cookie" in asked.headers for asked in other.asked] == [False]


def test_dashboard_polls_with_the_session() -> None:
    with server(lambda _asked, _served: [reply(b'{"count":1}')]) as web:
        user, recorded = recorded_user(web_url=web.url, session_token="my-session")
        assert Dashboard(user).poll()
        user.on_stop()
    assert web.asked[0].headers["cookie"] == SESSION
    assert recorded().rate("dashboard_errors") == (0, 1)


@pytest.mark.parametrize("own", [True, False])
def test_http_user_sends_its_token_to_the_configured_platform_only(own: bool) -> None:
    """``host`` may name anybody's service, and a token of AgentOS is none of its business."""
    with server(lambda _asked, _served: [reply()]) as service:

        class Visitor(HttpUser):
            host = service.url + "/below"

        base_url = service.url if own else "http://127.0.0.1:7777"
        user, _ = recorded_user(Visitor, base_url=base_url, jwt_secret=SECRET)
        assert isinstance(user, HttpUser)
        user.client.get("/x")
        user.on_stop()
    assert ["authorization" in asked.headers for asked in service.asked] == [own]


def test_http_user_without_a_host_is_signed_in() -> None:
    class Visitor(HttpUser):
        pass

    with server(lambda _asked, _served: [reply()]) as service:
        user, _ = recorded_user(Visitor, base_url=service.url, jwt_secret=SECRET)
        assert isinstance(user, HttpUser)
        user.client.get("/x")
        user.on_stop()
    assert service.asked[0].headers["authorization"].startswith("Bearer ")
