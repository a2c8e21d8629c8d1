"""The approvals inbox of the API: list what is pending, decide one."""

import json
from typing import Any, Final

from loadlib.adapters.needs import Need
from loadlib.client.response import Response
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import record_outcome

PENDING: Final = {"status": "pending", "limit": "20"}
CREATED: Final = 201


APPROVALS: Final = "/approvals"
"""Below the API's prefix, which is part of the service's URL and of no endpoint's name."""
NEEDS: Final = (Need("api", "GET", APPROVALS, f"GET api:{APPROVALS}", credentials="session"),)


class Approvals:
    """One person's approvals."""

    def __init__(self, user: PlatformUser) -> None:
        self._user = user
        self._http = user.http("api")

    def pending(self) -> list[str]:
        """Return the ids of what waits for a decision, newest page only."""
        if not self._user.is_available(f"GET api:{APPROVALS}"):
            return []
        response = self._http.get(APPROVALS, name=APPROVALS, params=PENDING, judge=_judge_list)
        good = record_outcome(self._user, response, errors="dashboard_errors")
        return [str(item["id"]) for item in json.loads(response.content)["items"]] if good else []

    def decide(self, approval_id: str, *, approve: bool) -> bool:
        """Approve or reject one. That somebody else was faster is no error; it is counted apart."""
        action = "approve" if approve else "reject"
        response = self._http.post(
            f"{APPROVALS}/{approval_id}/{action}",
            name=f"{APPROVALS}/{{id}}/{action}",
            json={"notes": "load test"} if approve else {"reason": "load test"},
            expected_statuses=(CREATED, 400),
            judge=lambda answer: _judge_decision(answer, "approved" if approve else "rejected"),
        )
        too_late = response.status_code == 400 and not response.error_kind
        self._user.measure("approval_conflicts", int(too_late))
        duration = "" if too_late else "approval_decision_duration"
        good = record_outcome(self._user, response, errors="dashboard_errors", duration=duration)
        return good and not too_late


def _judge_list(response: Response) -> str | None:
    try:
        items: Any = json.loads(response.content)["items"]
    except (ValueError, KeyError, TypeError):
        return "bad_shape"
    well_formed = isinstance(items, list) and all(isinstance(item, dict) and "id" in item for item in items)
    return None if well_formed else "bad_shape"


def _judge_decision(response: Response, wanted: str) -> str | None:
    if response.status_code == 400:
        return None if b"not pending" in response.content else "client_error"
    try:
        status = json.loads(response.content)["status"]
    except (ValueError, KeyError, TypeError):
        return "bad_shape"
    return None if status == wanted else "not_decided"
