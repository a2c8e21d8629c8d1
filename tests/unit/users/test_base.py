"""What every user brings along: a client with the run's settings that knows how Locust steers users."""

import pytest
from locust.exception import InterruptTaskSet, RescheduleTask, StopUser

from loadlib.users.base import client_options
from tests.unit.users.support import recorded_user, reply, server


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
