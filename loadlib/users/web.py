"""The web application as a person's browser loads it: the dashboard's page, its data, its polling."""

import json
import time
from collections.abc import Callable
from typing import Any, Final

import gevent

from loadlib.adapters.needs import Need, feeds
from loadlib.client.response import Response
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import record_outcome

DASHBOARD: Final = "/dashboard"
UNREAD_COUNT: Final = "/api/pm/notifications/unread-count"
PAGE_DATA: Final = (
    "/api/businesses?take=20",
    "/api/pm/notifications?page=1&limit=20",
    UNREAD_COUNT,
    "/api/auth/get-session",
    "/api/auth/csrf-token",
)
"""What the dashboard's page asks of the web application once it is there."""
WIDGETS: Final = ("/agents/dashboard/health", "/agents/pm/a2a/status")
"""The status pages of AgentOS that the dashboard shows."""

Fetch = Callable[[], bool]


def page_needs() -> tuple[Need, ...]:
    """Return what the dashboard needs of the web application."""
    paths = (DASHBOARD, *(path.split("?")[0] for path in PAGE_DATA))
    fed = {DASHBOARD: feeds("dashboard_page_duration"), UNREAD_COUNT: feeds("dashboard_poll_duration")}
    return tuple(
        Need("web", "GET", path, f"GET web:{path}", credentials="cookie", feeds=fed.get(path, ()))
        for path in paths
    )


def widget_needs() -> tuple[Need, ...]:
    """Return what the dashboard's widgets need of AgentOS."""
    fed = feeds("dashboard_widget_duration")
    return tuple(
        Need("agentos", "GET", path, f"GET {path}", credentials="token", feeds=fed) for path in WIDGETS
    )


class Dashboard:
    """One person's dashboard."""

    def __init__(self, user: PlatformUser) -> None:
        self._user = user

    def open(self) -> None:
        """Load the shell, then its data in parallel, as a browser does.

        The whole is one page duration, if the shell came and every piece of data that the target has.
        """
        started_s = time.perf_counter()
        if not self._fetch("web", DASHBOARD, "", _is_page):
            return
        data = [path for path in PAGE_DATA if self._is_there("web", path)]
        if all(self._together([self._fetching("web", path) for path in data])):
            self._user.measure("dashboard_page_duration", time.perf_counter() - started_s)

    def widgets(self) -> None:
        """Fetch what the widgets show, in parallel; each request is measured on its own."""
        self._together([self._fetching("agentos", path, "dashboard_widget_duration") for path in WIDGETS])

    def poll(self) -> bool:
        """Ask once for the number of unread notifications."""
        return self._fetch("web", UNREAD_COUNT, "dashboard_poll_duration", _is_json_object)

    def _fetching(self, service: str, path: str, duration: str = "") -> Fetch:
        return lambda: self._fetch(service, path, duration, _is_json_object)

    def _fetch(self, service: str, path: str, duration: str, judge: Callable[[Response], str | None]) -> bool:
        if not self._is_there(service, path):
            return False
        response = self._user.http(service).get(path, allow_redirects=False, judge=judge)
        return record_outcome(self._user, response, errors="dashboard_errors", duration=duration)

    def _is_there(self, service: str, path: str) -> bool:
        bare = path.split("?", maxsplit=1)[0]
        endpoint = f"GET {bare}" if service == "agentos" else f"GET {service}:{bare}"
        return self._user.is_available(endpoint)

    def _together(self, fetches: list[Fetch]) -> list[bool]:
        """Fetch in parallel, as a browser does; return which came and were good."""
        greenlets = [gevent.spawn(fetch) for fetch in fetches]
        try:
            gevent.joinall(greenlets, raise_error=True)
            return [greenlet.value is True for greenlet in greenlets]
        finally:
            gevent.killall(greenlets)


def _is_page(response: Response) -> str | None:
    if response.status_code != 200:
        return "signed_out"
    return None if b"<html" in response.content[:2000].lower() else "not_html"


def _is_json_object(response: Response) -> str | None:
    if response.status_code != 200:
        return "unexpected_status"
    try:
        body: Any = json.loads(response.content)
    except ValueError:
        return "bad_json"
    return None if isinstance(body, dict) else "not_object"
