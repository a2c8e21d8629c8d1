"""The approvals of one workspace in memory: list, decide, cancel, and a refill for load tests.

The platform's API has no route that creates approvals, so a test that decides them would run dry. The
refill is this reference platform's own addition: when fewer than ``LOW_WATER`` are pending, the board
invents new ones up to ``FULL``. Decided approvals are kept as history up to ``HISTORY`` and then forgotten,
oldest first. HTTP and events live elsewhere.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Literal

from loadlib.target.platform_web.approval import Approval, Status, invent
from loadlib.target.platform_web.clock import Clock, iso, utc_now

FULL = 120
LOW_WATER = 100
HISTORY = 200
SEEDED_HISTORY: tuple[Status, ...] = ("approved", "approved", "rejected", "auto_approved", "escalated")

Decision = Literal["approve", "reject"]
STATUS_AFTER: Mapping[Decision, Status] = {"approve": "approved", "reject": "rejected"}

_SORT_KEYS: Mapping[str, Callable[[Approval], str | int]] = {
    "dueAt": lambda item: iso(item.due_at),
    "confidenceScore": lambda item: item.confidence_score,
    "createdAt": lambda item: iso(item.created_at),
}
_FILTERS: Mapping[str, Callable[[Approval], str | None]] = {
    "status": lambda item: item.status,
    "type": lambda item: item.type,
    "priority": lambda item: item.priority,
    "assigneeId": lambda item: item.assigned_to_id,
}


class UnknownApprovalError(Exception):
    """No approval with this id belongs to the workspace."""


class NotPendingError(Exception):
    """The approval was decided or cancelled before."""

    def __init__(self, approval: Approval) -> None:
        super().__init__(f"Approval is not pending (current status: {approval.status})")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, with the numbers the API gives beside it."""

    items: list[Approval]
    total: int
    page: int
    limit: int

    def as_json(self) -> dict[str, object]:
        """Return the body of the list route."""
        return {
            "items": [item.as_json() for item in self.items],
            "total": self.total,
            "page": self.page,
            "limit": self.limit,
            "totalPages": math.ceil(self.total / self.limit),
        }


class ApprovalBoard:
    """The approvals of one workspace, the same for the same seed and workspace."""

    def __init__(self, workspace: str, seed: int, clock: Clock = utc_now) -> None:
        self._workspace = workspace
        self._clock = clock
        self._random = Random(f"{seed}/approvals/{workspace}")  # noqa: S311 - invented data, no secrets
        self._pending: dict[str, Approval] = {}
        self._decided: dict[str, Approval] = {}
        self._changed_at = clock()
        self._seed_history()
        self.refill()

    def find(self, query: Mapping[str, object]) -> Page:
        """Return a page for the query: filters, ``sortBy``, ``sortOrder``, ``page``, ``limit``."""
        wanted = {name: query[name] for name in _FILTERS if name in query}
        found = [item for item in self._all() if all(_FILTERS[name](item) == v for name, v in wanted.items())]
        sort_key = _SORT_KEYS[str(query.get("sortBy", "createdAt"))]
        found.sort(key=sort_key, reverse=query.get("sortOrder", "desc") == "desc")
        page, limit = int(str(query.get("page", 1))), int(str(query.get("limit", 20)))
        return Page(found[(page - 1) * limit : page * limit], len(found), page, limit)

    def get(self, approval_id: str) -> Approval:
        """Return the approval; raise UnknownApprovalError."""
        found = self._pending.get(approval_id) or self._decided.get(approval_id)
        if found is None:
            raise UnknownApprovalError(f"Approval {approval_id} not found")
        return found

    def decide(self, approval_id: str, decision: Decision, user: str, notes: str | None) -> Approval:
        """Approve or reject a pending approval; raise UnknownApprovalError or NotPendingError."""
        return self._close(approval_id, STATUS_AFTER[decision], user, notes)

    def cancel(self, approval_id: str, user: str, reason: str | None) -> Approval:
        """Cancel a pending approval; raise UnknownApprovalError or NotPendingError."""
        return self._close(approval_id, "cancelled", user, reason)

    def refill(self) -> list[Approval]:
        """Invent pending approvals if they run low; return the new ones."""
        if len(self._pending) >= LOW_WATER:
            return []
        now = self._changed_at = self._clock()
        new = [invent(self._random, self._workspace, now) for _ in range(FULL - len(self._pending))]
        self._pending.update((item.id, item) for item in new)
        return new

    def depth(self) -> Counter[str]:
        """Return the number of approvals by status."""
        return Counter(item.status for item in self._all())

    @property
    def last_change(self) -> str:
        """The ISO time of the latest decision or refill."""
        return iso(self._changed_at)

    @property
    def pending_count(self) -> int:
        """The number of approvals that wait for a decision."""
        return len(self._pending)

    def _all(self) -> list[Approval]:
        return [*self._pending.values(), *self._decided.values()]

    def _close(self, approval_id: str, status: Status, user: str, notes: str | None) -> Approval:
        found = self.get(approval_id)
        if found.status != "pending":
            raise NotPendingError(found)
        del self._pending[approval_id]
        found.status = status
        found.decided_by_id = user
        found.decided_at = found.updated_at = self._changed_at = self._clock()
        found.decision_notes = notes
        self._remember(found)
        return found

    def _remember(self, approval: Approval) -> None:
        self._decided[approval.id] = approval
        if len(self._decided) > HISTORY:
            del self._decided[next(iter(self._decided))]

    def _seed_history(self) -> None:
        now = self._clock() - timedelta(days=1)
        for status in SEEDED_HISTORY * 6:
            item = invent(self._random, self._workspace, now)
            item.status = status
            if status in ("approved", "rejected"):
                item.decided_by_id, item.decided_at, item.updated_at = "owner-1", now, now
            self._remember(item)
