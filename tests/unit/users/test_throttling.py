"""How long a throttled user waits: as the server asks, once, whatever the form of Retry-After."""

import time
from email.utils import formatdate

import pytest

from loadlib.users import outcomes
from loadlib.users.outcomes import retry_after_s
from loadlib.users.web import PAGE_DATA, WIDGETS, Dashboard
from tests.unit.users.support import Asked, Served, recorded_user, reply, server


@pytest.mark.parametrize(
    ("text", "least_s", "most_s"),
    [
        ("7", 7, 7),
        (" 7 ", 7, 7),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
        ("", 0, 0),
        ("-7", 0, 0),
        ("7.5", 0, 0),
        ("soon", 0, 0),
        ("Fri, 99 Nov 2099 00:00:00 GMT", 0, 0),
        ("²", 0, 0),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(text: str, least_s: float, most_s: float) -> None:
    assert least_s <= retry_after_s({"retry-after": text}) <= most_s


@pytest.mark.parametrize(("offset_s", "least_s", "most_s"), [(36000, 3600, 36001), (-36000, 0, 0)])
def test_retry_after_date_is_counted_from_now(offset_s: int, least_s: float, most_s: float) -> None:
    date = formatdate(time.time() + offset_s, usegmt=True)
    assert least_s <= retry_after_s({"retry-after": date}) <= most_s


def test_missing_retry_after_asks_for_no_wait() -> None:
    assert retry_after_s({}) == 0


def _throttles(asked: Asked, _served: Served) -> list[bytes]:
    waits = {WIDGETS[0]: "3", WIDGETS[1]: "9", PAGE_DATA[2]: "5"}
    if asked.target == "/dashboard":
        return [reply(b"<html></html>", media="text/html")]
    if asked.target in waits:
        return [reply(b"{}", 429, f"Retry-After: {waits[asked.target]}")]
    return [reply()]


def test_page_throttled_in_parallel_waits_once_for_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two greenlets that pause one user would take its state from each other."""
    paused: list[float] = []
    monkeypatch.setattr(outcomes, "pause", lambda _user, seconds: paused.append(seconds))
    with server(_throttles) as platform:
        user, recorded = recorded_user(base_url=platform.url, web_url=platform.url)
        dashboard = Dashboard(user)
        dashboard.widgets()
        dashboard.open()
        user.on_stop()
    run = recorded()
    assert [seconds for seconds in paused if seconds] == [9, 5]
    assert run.rate("http_req_throttled") == (3, len(WIDGETS) + len(PAGE_DATA) + 1)
    assert run.rate("dashboard_errors") == (0, len(PAGE_DATA))
    assert run.count("dashboard_page_duration") == run.count("dashboard_widget_duration") == 0
