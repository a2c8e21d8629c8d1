"""A dashboard in two tabs against the reference gateway: what is measured is what the gateway counts."""

from typing import Any

import gevent
import pytest

from loadlib.errors import ConfigurationError
from loadlib.target.context import TargetContext
from loadlib.target.rules import parse_error_rule, parse_latency_rule
from loadlib.users.realtime import LiveDashboard
from loadlib.users.realtime_socket import ENDPOINT
from tests.unit.client.support import Peer, answering, eventually, reply, serving
from tests.unit.users.realtime_support import QUICK, dashboard, gateway
from tests.unit.users.support import recorded_user


def account(ctx: TargetContext, name: str) -> dict[str, Any]:
    """Return the gateway's own account."""
    found: dict[str, Any] = ctx.truth.describe()["routes"][f"api WS /realtime/{name}"]
    return found


def test_updates_are_delivered_and_timed_at_the_second_socket() -> None:
    with gateway() as ctx, dashboard(ctx.urls.api) as (tabs, recorded):
        assert tabs.connect()
        assert [tabs.update("widgets.a", {"x": n}) for n in range(10)] == [True] * 10
        seen = recorded()
        assert seen.rate("realtime_failed") == (0, 2)
        assert seen.trend("realtime_connect_duration").count == 2
        assert seen.rate("realtime_lost") == (0, 10)
        assert seen.total("realtime_updates") == 10
        assert seen.trend("realtime_delivery_duration").count == 10
        assert seen.total("realtime_disconnects") == 0
        assert seen.count("realtime_disconnects") > 0, "a rule on it must have data"
        assert account(ctx, "dashboard.state.sync")["statuses"] == {"200": 10}


def test_sockets_are_recorded_as_k6_has_them() -> None:
    with gateway() as ctx, dashboard(ctx.urls.api, realtime_ping_interval_s=0.0001) as (tabs, recorded):
        tabs.connect()
        tabs.update("widgets.a", 1)
        eventually(lambda: tabs.update("widgets.a", 2), "a second update, behind the pong of the first")
        seen = recorded()
        assert seen.total("ws_sessions") == seen.count("ws_connecting") == 2
        assert seen.count("ws_session_duration") == 2
        assert seen.trend("ws_ping").count >= 1
        assert seen.total("ws_msgs_sent") >= 2 + 2 + 2, "namespaces, state requests, updates"
        assert seen.total("ws_msgs_received") >= 3 * 2 + 2 * 2, (
            "session, namespace, status; each update twice"
        )
        assert seen.trend("ws_session_duration").maximum > seen.trend("ws_connecting").maximum
        assert seen.total("data_sent", endpoint=ENDPOINT) > 400
        assert seen.total("data_received", endpoint=ENDPOINT) > 400


def test_the_handshake_is_a_request_of_its_own_endpoint() -> None:
    with gateway() as ctx, dashboard(ctx.urls.api) as (tabs, recorded):
        tabs.connect()
        seen = recorded()
        assert seen.total("http_reqs", endpoint="WS api:/socket.io/", status="101") == 2
        assert seen.rate("http_req_failed", endpoint="WS api:/socket.io/") == (0, 2)
        assert seen.trend("http_req_duration", endpoint="WS api:/socket.io/", scenario="case").count == 2


def test_connecting_twice_opens_nothing_more() -> None:
    with gateway() as ctx, dashboard(ctx.urls.api) as (tabs, recorded):
        assert [tabs.connect() for _ in range(3)] == [True] * 3
        assert recorded().total("ws_sessions") == 2


def test_each_tab_asks_for_the_state_once_it_is_connected() -> None:
    with gateway() as ctx, dashboard(ctx.urls.api) as (tabs, recorded):
        tabs.connect()
        tabs.update("widgets.a", 1)
        assert recorded().trend("realtime_state_duration").count == 2


def test_updates_go_on_from_the_version_that_the_gateway_has() -> None:
    """A person who comes back changes the state again: an older version would not be saved."""
    with gateway() as ctx:
        for expected in (3, 6):
            with dashboard(ctx.urls.api) as (tabs, _):
                tabs.connect()
                eventually(lambda tabs=tabs, first=expected - 3: tabs.version == first, "the stored version")
                for _ in range(3):
                    assert tabs.update("widgets.a", 1)
                assert tabs.version == expected


def test_lost_updates_are_counted_exactly() -> None:
    """The client's losses are the gateway's, one by one."""
    rule = parse_error_rule("api /realtime/dashboard.state.sync=0.4:cut")
    with (
        gateway(errors=(rule,)) as ctx,
        dashboard(ctx.urls.api, realtime_delivery_timeout_s=1.5) as (tabs, recorded),
    ):
        tabs.connect()
        delivered = sum(tabs.update("widgets.a", n) for n in range(10))
        seen, truth = recorded(), account(ctx, "dashboard.state.sync")["statuses"]
        assert truth == {"0": 10 - delivered, "200": delivered}
        assert 0 < delivered < 10
        assert seen.rate("realtime_lost") == (truth["0"], 10)
        assert seen.trend("realtime_delivery_duration").count == truth["200"]
        assert seen.failure_kinds == {"lost": truth["0"]}


def test_slow_delivery_is_measured_as_slow_as_it_is() -> None:
    rule = parse_latency_rule("api /realtime/dashboard.state.sync=constant:120ms")
    with gateway(latency=(rule,)) as ctx, dashboard(ctx.urls.api) as (tabs, recorded):
        tabs.connect()
        for n in range(5):
            assert tabs.update("widgets.a", n)
        measured, truth = recorded().trend("realtime_delivery_duration"), account(ctx, "dashboard.state.sync")
        assert measured.minimum >= 0.119
        assert measured.sum / measured.count >= truth["duration"]["mean_ms"] / 1000 * 0.995


def test_an_update_that_comes_after_its_time_is_lost_and_late() -> None:
    rule = parse_latency_rule("api /realtime/dashboard.state.sync=constant:300ms")
    with (
        gateway(latency=(rule,)) as ctx,
        dashboard(ctx.urls.api, realtime_delivery_timeout_s=0.1) as (tabs, recorded),
    ):
        tabs.connect()
        assert not tabs.update("widgets.a", 1)
        eventually(
            lambda: "api WS /realtime/dashboard.state.sync" in ctx.truth.describe()["routes"], "it went"
        )
        gevent.sleep(0.1)
        seen = recorded()
        assert seen.rate("realtime_lost") == (1, 1)
        assert seen.tally("realtime_findings", "kind") == {"late": 1}
        assert seen.count("realtime_delivery_duration") == 0


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"session_secret": None}, "token_required"),
        ({"session_secret": None, "session_token": "wrong"}, "invalid_token"),
        ({"session_secret": "x" * 40}, "invalid_token"),
        ({"workspace_id": "none"}, "connection_failed"),
    ],
)
def test_a_refusal_is_named(settings: dict[str, Any], kind: str) -> None:
    with gateway() as ctx, dashboard(ctx.urls.api, **settings) as (tabs, recorded):
        assert not tabs.connect()
        seen = recorded()
        assert seen.rate("realtime_failed") == (1, 1)
        assert seen.failure_kinds == {kind: 1}
        assert seen.rate("http_req_failed", endpoint=ENDPOINT, status="101", error_kind=kind) == (1, 1)
        assert seen.count("realtime_connect_duration") == seen.count("ws_sessions") == 0


def test_a_throttled_handshake_is_counted_apart() -> None:
    """429 is the platform's own working, here as for any request."""
    with serving(answering(reply(429))) as server, dashboard(server.url) as (tabs, recorded):
        assert not tabs.connect()
        seen = recorded()
        assert seen.rate("http_req_throttled", endpoint=ENDPOINT) == (1, 1)
        assert seen.count("realtime_failed") == 0
        assert seen.failure_kinds == {"throttled": 1}


def test_a_socket_too_many_is_refused_by_name() -> None:
    """Where the platform allows less than the settings say."""
    with gateway(sockets_per_user=1) as ctx, dashboard(ctx.urls.api) as (tabs, recorded):
        assert not tabs.connect()
        assert recorded().failure_kinds == {"too_many_connections": 1}
        assert account(ctx, "connect")["statuses"] == {"200": 1, "429": 1}


@pytest.mark.parametrize(
    ("outcome", "kind"), [("503", "connection_failed"), ("cut", "no_status"), ("hang", "no_status")]
)
def test_connected_transport_is_no_success(outcome: str, kind: str) -> None:
    rule = parse_error_rule(f"api /realtime/connect=1:{outcome}")
    with gateway(errors=(rule,)) as ctx, dashboard(ctx.urls.api, timeout_s=1) as (tabs, recorded):
        assert not tabs.connect()
        assert recorded().failure_kinds == {kind: 1}


def test_a_user_whose_session_has_no_sockets_left_is_a_configuration_error() -> None:
    with gateway() as ctx:
        user, _ = recorded_user(api_url=ctx.urls.api, session_token="shared", **QUICK)
        kept = [LiveDashboard(user) for _ in range(2)]
        with pytest.raises(ConfigurationError, match="realtime_sockets_per_user"):
            LiveDashboard(user)
        for one in kept:
            one.close()
        LiveDashboard(user).close()


def test_the_limit_on_updates_is_kept_by_waiting() -> None:
    with gateway(state_updates_per_minute=3) as ctx:
        settings = {"realtime_updates_per_minute": 3, "realtime_delivery_timeout_s": 0.2}
        with dashboard(ctx.urls.api, **settings) as (tabs, recorded):
            tabs.connect()
            assert [tabs.update("widgets.a", n) for n in range(3)] == [True] * 3
            waiting = gevent.spawn(tabs.update, "widgets.a", 4)
            assert waiting.join(timeout=0.5) is None
            assert not waiting.dead
            waiting.kill()
            assert recorded().rate("realtime_lost") == (0, 3)
            assert account(ctx, "dashboard.state.update")["statuses"] == {"200": 3}


def test_updates_beyond_the_platforms_limit_are_lost_by_choice() -> None:
    with (
        gateway(state_updates_per_minute=3) as ctx,
        dashboard(ctx.urls.api, realtime_delivery_timeout_s=0.2) as (tabs, recorded),
    ):
        tabs.connect()
        assert [tabs.update("widgets.a", n) for n in range(5)] == [True] * 3 + [False] * 2
        assert recorded().rate("realtime_lost") == (2, 5)


def test_an_update_that_our_own_stop_cuts_off_is_neither_delivered_nor_lost() -> None:
    rule = parse_error_rule("api /realtime/dashboard.state.sync=1:cut")
    with gateway(errors=(rule,)) as ctx, dashboard(ctx.urls.api) as (tabs, recorded):
        tabs.connect()
        cut = gevent.spawn(tabs.update, "widgets.a", 1)
        eventually(
            lambda: "api WS /realtime/dashboard.state.sync" in ctx.truth.describe()["routes"], "it went"
        )
        cut.kill()
        seen = recorded()
        assert seen.total("realtime_updates_incomplete") == 1
        assert seen.count("realtime_lost") == seen.total("realtime_updates") == 0


def test_nothing_is_sent_where_the_target_has_no_gateway() -> None:
    with serving(Peer.wait_for_close) as server, dashboard(server.url) as (tabs, _):
        tabs._user.runtime.plan = type(tabs._user.runtime.plan)("id" * 8, 0.0, (ENDPOINT,))
        assert not tabs.connect()
        assert server.connections == 0
