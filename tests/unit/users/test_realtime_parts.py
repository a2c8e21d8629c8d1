"""Limits, budgets, back-off and deliveries of realtime users, without a gateway."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from locust import User
from locust.env import Environment

from loadlib.errors import ConfigurationError
from loadlib.protocols.realtime import Sync
from loadlib.settings import load_settings
from loadlib.users.realtime import Backoff
from loadlib.users.realtime_deliveries import DUPLICATE, LATE, Deliveries
from loadlib.users.realtime_limits import (
    MARGIN_S,
    WINDOW_S,
    RealtimeLimits,
    Seats,
    UpdateBudget,
    expected_users,
)


def limits_of(processes: int = 1, **settings: Any) -> RealtimeLimits:
    """Return the limits of a process with these settings."""
    return RealtimeLimits(load_settings(settings, environ={}), processes)


def test_two_users_of_one_session_fit_and_a_third_does_not() -> None:
    seats = Seats(5, 100)
    for _ in range(2):
        seats.take("session", "ws", 2)
    with pytest.raises(ConfigurationError, match=r"one session have 4 sockets.*want 2 more.*_per_user"):
        seats.take("session", "ws", 2)
    seats.take("another session", "ws", 2)


def test_a_full_workspace_takes_nobody_else() -> None:
    seats = Seats(5, 4)
    for name in ("a", "b"):
        seats.take(name, "ws", 2)
    with pytest.raises(ConfigurationError, match="realtime_sockets_per_workspace"):
        seats.take("c", "ws", 2)
    seats.take("c", "elsewhere", 2)
    seats.take("d", None, 2)


def test_seats_that_were_left_are_free_again() -> None:
    seats = Seats(2, 2)
    for _ in range(3):
        seats.take("session", "ws", 2)
        seats.leave("session", "ws", 2)
    assert not seats._taken


def test_a_refused_user_takes_no_seat() -> None:
    seats = Seats(5, 1)
    with pytest.raises(ConfigurationError):
        seats.take("session", "ws", 2)
    seats.take("session", None, 4)


def test_users_without_a_session_are_the_gateways_to_refuse() -> None:
    seats = Seats(2, 100)
    for _ in range(5):
        seats.take("", None, 2)


def test_a_session_of_all_users_is_split_between_processes() -> None:
    shared = limits_of(2, session_token="shared-token", workspace_id="ws")
    shared.seats.take("shared-token", None, 2)
    with pytest.raises(ConfigurationError, match="split between processes"):
        shared.seats.take("shared-token", None, 2)
    alone = limits_of(2)
    for _ in range(2):
        alone.seats.take("own-token", None, 2)


def test_a_limit_is_exceeded_by_choice() -> None:
    seats = limits_of(realtime_sockets_per_user=1000, realtime_sockets_per_workspace=1000).seats
    for _ in range(50):
        seats.take("session", "ws", 2)


def test_users_of_a_process_share_their_limits_and_those_of_a_session_its_budget() -> None:
    environment, settings = Environment(), load_settings({}, environ={})
    limits = RealtimeLimits.of(environment, settings, 1)
    assert RealtimeLimits.of(environment, settings, 1) is limits
    mine = limits.budget("mine")
    assert limits.budget("mine") is mine
    assert limits.budget("yours") is not mine


@pytest.mark.parametrize(("users", "fits"), [(0, True), (2, True), (3, False)])
def test_a_run_whose_peak_cannot_fit_is_refused_before_it_gets_there(users: int, fits: bool) -> None:
    limits = limits_of(session_token="shared-token")
    if fits:
        limits.foresee(users, 2)
        return
    with pytest.raises(ConfigurationError, match=r"3 users of 2 sockets each.*session_token.*may have 5"):
        limits.foresee(users, 2)


def test_users_with_sessions_of_their_own_always_fit() -> None:
    limits_of().foresee(10_000, 2)


class First(User):
    """One of two classes of a run."""

    weight = 1


class Second(User):
    """The other one, three times as frequent."""

    weight = 3


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"scenario": "realtime", "profile": "load"}, 5),
        ({"scenario": "realtime", "profile": "smoke", "users": 9}, 2),
        ({"scenario": "realtime"}, 0),
        ({"profile": "load"}, 0),
    ],
)
def test_the_peak_of_a_class_is_its_share_of_the_profile(settings: dict[str, Any], expected: int) -> None:
    """Nobody knows it where people choose the load in the web UI."""
    environment = Environment(user_classes=[First, Second])
    assert expected_users(First(environment), load_settings(settings, environ={})) == expected


def test_a_budget_lives_as_long_as_its_users() -> None:
    limits = limits_of()
    for number in range(1000):
        limits.budget(f"session-{number}")
    assert len(limits._budgets) <= 1


@given(st.lists(st.floats(0, 5), max_size=200), st.integers(1, 20))
def test_no_minute_has_more_updates_than_allowed(pauses_s: list[float], per_minute: int) -> None:
    """However the updates come, those of any window, seen from the gateway, are within the limit."""
    budget, now_s, sent_s = UpdateBudget(per_minute), 1000.0, []
    for pause_s in pauses_s:
        now_s += pause_s
        now_s += budget.take(now_s)
        sent_s.append(now_s)
    for first_s, later_s in zip(sent_s, sent_s[per_minute:], strict=False):
        assert later_s - first_s >= WINDOW_S + MARGIN_S - 1e-6


def test_updates_within_the_limit_do_not_wait() -> None:
    budget = UpdateBudget(100)
    assert [budget.take(0.0) for _ in range(100)] == [0.0] * 100
    assert budget.take(1.0) == pytest.approx(WINDOW_S + MARGIN_S - 1.0)


def test_a_budget_takes_no_more_memory_than_a_minutes_updates() -> None:
    budget, now_s = UpdateBudget(10), 0.0
    for _ in range(1000):
        now_s += budget.take(now_s)
    assert len(budget._moments) <= 11


def test_waits_before_a_connection_double_up_to_the_longest() -> None:
    backoff = Backoff(1.0, 30.0)
    assert [backoff.next_s() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next_s() == 1


def test_versions_come_back_once_late_or_twice() -> None:
    deliveries = Deliveries("mine")
    deliveries.expect(1)
    assert deliveries.on_sync(Sync("p", 1, "mine"), 10.0) == ""
    assert deliveries.arrived_s == 10.0
    assert deliveries.on_sync(Sync("p", 1, "mine"), 11.0) == DUPLICATE
    deliveries.give_up()
    deliveries.expect(2)
    assert deliveries.arrived_s is None
    deliveries.give_up()
    deliveries.expect(3)
    assert deliveries.on_sync(Sync("p", 2, "mine"), 12.0) == LATE
    assert deliveries.on_sync(Sync("p", 2, "mine"), 12.5) == DUPLICATE
    assert deliveries.arrived_s is None
    assert deliveries.on_sync(Sync("p", 3, "mine"), 13.0) == ""
    assert deliveries.arrived_s == 13.0


def test_what_others_sent_is_not_ours() -> None:
    deliveries = Deliveries("mine")
    deliveries.expect(1)
    assert deliveries.on_sync(Sync("p", 1, "yours"), 10.0) == ""
    assert deliveries.arrived_s is None


def test_lost_updates_are_not_remembered_for_ever() -> None:
    deliveries = Deliveries("mine")
    for version in range(1000):
        deliveries.expect(version)
        deliveries.give_up()
    assert len(deliveries._lost) == 100
    assert all(later - earlier == 1 for earlier, later in pairwise(deliveries._lost))
