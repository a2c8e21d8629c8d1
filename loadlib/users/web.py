"""The web application as a person's browser loads it: the dashboard's page, its data, its polling."""

import time
from collections.abc import Callable
from typing import Final

from loadlib.adapters.needs import Need, feeds
from loadlib.client.arguments import RequestArguments
from loadlib.client.response import Response
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import count_outcome, wait_if_throttled

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

Judge = Callable[[Response], str | None]


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
        if not self._fetch("web", DASHBOARD, judge=_is_page):
            return
        data = [path for path in PAGE_DATA if self._is_there("web", path)]
        responses = self._together("web", data)
        ended_s = time.perf_counter()
        if self._count(responses):
            self._user.measure("dashboard_page_duration", ended_s - started_s)

    def widgets(self) -> None:
        """Fetch what the widgets show, in parallel; each request is measured on its own."""
        shown = [path for path in WIDGETS if self._is_there("agentos", path)]
        self._count(self._together("agentos", shown), "dashboard_widget_duration")

    def poll(self) -> bool:
        """Ask once for the number of unread notifications."""
        return self._fetch("web", UNREAD_COUNT, "dashboard_poll_duration")

    def _fetch(self, service: str, path: str, duration: str = "", judge: Judge | None = None) -> bool:
        return self._is_there(service, path) and self._count([self._get(service, path, judge)], duration)

    def _get(self, service: str, path: str, judge: Judge | None = None) -> Response:
        return self._user.http(service).get(path, **_asked(judge))

    def _together(self, service: str, paths: list[str]) -> list[Response]:
        """Fetch in parallel, as a browser does."""
        return self._user.http(service).batch([("GET", path, _asked()) for path in paths])

    def _count(self, responses: list[Response], duration: str = "") -> bool:
        """Record responses in the user's greenlet, wait once if any was throttled; tell if all are good."""
        good = [
            count_outcome(self._user, response, errors="dashboard_errors", duration=duration)
            for response in responses
        ]
        wait_if_throttled(self._user, responses)
        return all(good)

    def _is_there(self, service: str, path: str) -> bool:
        bare = path.split("?", maxsplit=1)[0]
        endpoint = f"GET {bare}" if service == "agentos" else f"GET {service}:{bare}"
        return self._user.is_available(endpoint)


def _asked(judge: Judge | None = None) -> RequestArguments:
    return {"allow_redirects": False, "judge": judge or _is_json_object}


def _is_page(response: Response) -> str | None:
    if response.status_code != 200:
        return "signed_out"
    return None if b"<html" in response.content[:2000].lower() else "not_html"


def _is_json_object(response: Response) -> str | None:
    if response.status_code != 200:
        return "unexpected_status"
    try:
        body = response.json()
    except ValueError:
        return "bad_json"
    return None if isinstance(body, dict) else "not_object"
