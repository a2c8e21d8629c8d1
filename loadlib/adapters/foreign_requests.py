"""Requests of ordinary Locust users (HttpUser, FastHttpUser, any that fires the request event), recorded too.

Locust measures them as one span, connecting included, so they have a duration and no phases.
"""

from typing import Any

from locust import User

from loadlib.adapters.locust_tables import KNOWS_OWN, OwnContext
from loadlib.adapters.pause import current_user
from loadlib.adapters.recorder import Recorder
from loadlib.adapters.scenario_tag import scenario_of
from loadlib.core.endpoint import endpoint_name, normalize_path
from loadlib.core.store import make_tags


class ForeignRequests:
    """A listener for Locust's request event that records what the suite's own client did not."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        setattr(self, KNOWS_OWN, True)

    def __call__(
        self,
        *,
        request_type: str,
        name: str,
        response_time: float | None,
        response_length: int | None,
        response: object = None,
        context: object = None,
        exception: BaseException | None = None,
        **_: Any,
    ) -> None:
        """Record one request event."""
        session = self._recorder.session
        if isinstance(context, OwnContext) or session is None:
            return
        at_s = session.clock.now_s()
        status = int(getattr(response, "status_code", 0) or 0)
        endpoint = endpoint_name(request_type, normalize_path(name))
        kind = _error_kind(exception, status)
        tags = make_tags(
            {
                "endpoint": endpoint,
                "method": request_type,
                "name": normalize_path(name),
                "scenario": scenario_of(type(user)) if isinstance(user := current_user(), User) else "",
                "status": status or "",
                "expected_response": "false" if kind else "true",
                "error_kind": kind,
            }
        )
        session.add("http_reqs", 1, tags, at_s)
        session.add("http_req_failed", bool(kind), tags, at_s)
        session.add("data_received", response_length or 0, tags, at_s)
        if response_time is not None:
            session.add("http_req_duration", response_time / 1000, tags, at_s)
        if kind:
            session.fail(endpoint, kind, str(exception) or f"HTTP {status}", at_s)


def _error_kind(exception: BaseException | None, status: int) -> str:
    if exception is None:
        return ""
    if status == 429:
        return "throttled"
    if status >= 500:
        return "server_error"
    if status >= 400:
        return {401: "auth", 403: "auth", 404: "not_found"}.get(status, "client_error")
    return "scenario_failure" if status else "transport"
