"""The approvals inbox of the API: list what is pending, decide one."""

import re
from typing import Final

from loadlib.adapters.needs import Need
from loadlib.client.response import Response
from loadlib.protocols.failures import Failure
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import Reading, record_outcome

PENDING: Final = {"status": "pending", "limit": "20"}
CREATED: Final = 201
REFUSED: Final = 400
_OF_STATUS: Final = re.compile(r"\b(pending|already|status)\b", re.IGNORECASE)
"""Words of a refusal that say that somebody else was faster; the platform documents no exact text."""

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
        items = Reading(_read_list)
        response = self._http.get(APPROVALS, name=APPROVALS, params=PENDING, judge=items)
        good = record_outcome(self._user, response, errors="dashboard_errors")
        return items.value or [] if good else []

    def decide(self, approval_id: str, *, approve: bool) -> bool:
        """Approve or reject one. That somebody else was faster is no error; it is counted apart."""
        action = "approve" if approve else "reject"
        response = self._http.post(
            f"{APPROVALS}/{approval_id}/{action}",
            name=f"{APPROVALS}/{{id}}/{action}",
            json={"notes": "load test"} if approve else {"reason": "load test"},
            expected_statuses=(CREATED, REFUSED),
            judge=lambda answer: _judge_decision(answer, "approved" if approve else "rejected"),
        )
        too_late = response.status_code == REFUSED and not response.error_kind
        self._user.measure("approval_conflicts", int(too_late))
        duration = "" if too_late else "approval_decision_duration"
        good = record_outcome(self._user, response, errors="dashboard_errors", duration=duration)
        return good and not too_late


_NO_ITEMS: Final = Failure("bad_shape", "no list of items with ids")


def _read_list(response: Response) -> list[str] | Failure:
    try:
        items = response.json()["items"]
        return [str(item["id"]) for item in items] if isinstance(items, list) else _NO_ITEMS
    except (ValueError, KeyError, TypeError):
        return _NO_ITEMS


def _judge_decision(response: Response, wanted: str) -> Failure | str | None:
    if response.status_code == REFUSED:
        return None if _speaks_of_status(response) else "client_error"
    try:
        status = response.json()["status"]
    except (ValueError, KeyError, TypeError):
        return Failure("bad_shape", "no status")
    return None if status == wanted else "not_decided"


def _speaks_of_status(response: Response) -> bool:
    """Tell whether a refusal's message names the item's status; the key ``statusCode`` beside it is none."""
    try:
        body = response.json()
    except ValueError:
        body = response.text
    said = body.get("message") if isinstance(body, dict) else body
    return _OF_STATUS.search(str(said)) is not None
