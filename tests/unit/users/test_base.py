"""What every user brings along: a client with the run's settings that knows how Locust steers users."""

from dataclasses import replace

import pytest
from locust.exception import InterruptTaskSet, RescheduleTask, StopUser

from loadlib.adapters.needs import SESSION_COOKIE
from loadlib.users.base import client_options
from loadlib.users.http import HttpUser
from tests.unit.users.support import recorded_user, reply, server


class Visitor(HttpUser):
    """A user of the base URL."""

    scenario = "case"


def test_clients_keep_idle_connections_as_long_as_the_setting_says() -> None:
    user, _ = recorded_user(max_idle_s=3)
    assert client_options(user.settings).max_idle_s == 3
    assert client_options(recorded_user()[0].settings).max_idle_s == 0


@pytest.mark.parametrize("steering", [RescheduleTask, InterruptTaskSet, StopUser])
def test_block_that_a_user_leaves_for_another_task_is_no_failure(steering: type[Exception]) -> None:
    with server(lambda _asked, _served: [reply()]) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        with pytest.raises(steering), user.http("agentos").get("/x", catch_response=True):
            raise steering
        user.on_stop()
    assert recorded().rate("http_req_failed") == (0, 1)


def test_block_that_an_error_ends_is_a_failure() -> None:
    with server(lambda _asked, _served: [reply()]) as platform:
        user, recorded = recorded_user(base_url=platform.url)
        with pytest.raises(RuntimeError), user.http("agentos").get("/x", catch_response=True):
            raise RuntimeError
        user.on_stop()
    assert recorded().failure_kinds == {"scenario_error": 1}


COOKIE = "Set-Cookie: visit=1; Path=/"


@pytest.mark.parametrize(("reset", "later"), [(False, ["", "visit=1"]), (True, ["", ""])])
def test_cookies_end_with_the_iteration_where_the_settings_say_so(reset: bool, later: list[str]) -> None:
    """Credentials do not: the session of the web application is there in every iteration."""
    with server(lambda _asked, _served: [reply(b"{}", 200, COOKIE)]) as platform:
        user, _ = recorded_user(
            base_url=platform.url, web_url=platform.url, session_token="t", reset_cookies=reset
        )
        for _ in range(2):
            user.http("agentos").get("/x")
            user.http("web").get("/y")
            user.end_iteration()
        user.on_stop()
    seen = {
        path: [one.headers.get("cookie", "") for one in platform.asked if one.target == path]
        for path in ("/x", "/y")
    }
    assert seen["/x"] == later
    assert [f"{SESSION_COOKIE}=t" in cookie for cookie in seen["/y"]] == [True, True]
    assert ["visit=1" in cookie for cookie in seen["/y"]] == [False, not reset]


@pytest.mark.parametrize(("renewed", "connections"), [(False, 1), (True, 3)])
def test_connections_end_with_the_iteration_where_the_settings_say_so(
    renewed: bool, connections: int
) -> None:
    """An ``HttpUser``'s own client is no exception."""
    with server(lambda _asked, _served: [reply()]) as platform:
        user, _ = recorded_user(Visitor, base_url=platform.url, no_user_connection_reuse=renewed)
        assert isinstance(user, Visitor)
        for _ in range(3):
            assert user.client.get("/x").ok
            assert user.client.get("/y").ok
            user.end_iteration()
        assert user.client.connections_opened == connections
        user.on_stop()


def test_users_have_their_own_addresses_and_their_part_of_the_rate() -> None:
    user, _ = recorded_user(local_ips="127.0.0.1,127.0.0.2", rps=10)
    assert user.http_options.local_address == f"127.0.0.{user.index % 2 + 1}"
    assert user.http_options.rps == 10
    user.runtime.begin(replace(user.runtime.plan, workers=4))
    second = type(user)(user.environment)
    assert second.http_options.rps == 2.5
