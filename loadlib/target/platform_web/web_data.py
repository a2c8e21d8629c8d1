"""The web's data: businesses, notifications and the mocks for agents and approval metrics, per workspace.

Made on request from the workspace's name alone, so nothing is stored. Sessions and HTTP live elsewhere.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from loadlib.target.platform_web.clock import iso

BUSINESSES: Final = 45
NOTIFICATIONS: Final = 63
UNREAD: Final = 7
DEMO_APPROVALS: Final = 3
EPOCH: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
STAGES: Final = ("validation", "planning", "branding", "launch", "operating")
AGENTS: Final[Mapping[str, tuple[str, str]]] = {
    "navi": ("Navi", "pm"),
    "pulse": ("Vitals", "pm"),
    "herald": ("Herald", "pm"),
    "vera": ("Vera", "validation"),
    "blake": ("Blake", "planning"),
    "bella": ("Bella", "branding"),
    "sentinel": ("Sentinel", "approval"),
}


def businesses(workspace: str) -> list[dict[str, object]]:
    """Return the businesses of a workspace, newest first."""
    return [_business(workspace, number) for number in range(BUSINESSES, 0, -1)]


def _business(workspace: str, number: int) -> dict[str, object]:
    moment = iso(EPOCH + timedelta(hours=number))
    return {
        "id": f"biz-{workspace}-{number:03}",
        "workspaceId": workspace,
        "name": f"Business {number}",
        "description": f"The business number {number} of this workspace.",
        "industry": "software",
        "stage": STAGES[number % len(STAGES)],
        "status": "active",
        "createdAt": moment,
        "updatedAt": moment,
    }


def notifications(workspace: str) -> list[dict[str, object]]:
    """Return the notifications of a workspace, newest first; the first ``UNREAD`` are unread."""
    return [_notification(workspace, number) for number in range(NOTIFICATIONS)]


def _notification(workspace: str, number: int) -> dict[str, object]:
    moment = iso(EPOCH + timedelta(hours=NOTIFICATIONS - number))
    return {
        "id": f"ntf-{workspace}-{number:03}",
        "type": "task_assigned",
        "title": f"Task {number} was assigned to you",
        "message": "Open the project to see it.",
        "link": f"/dashboard/pm/task-{number}",
        "readAt": None if number < UNREAD else moment,
        "createdAt": moment,
    }


def agents(workspace: str) -> list[dict[str, object]]:
    """Return the mock agents of a workspace."""
    return [
        {"id": key, "workspaceId": workspace, "name": name, "team": team, "status": "online"}
        for key, (name, team) in AGENTS.items()
    ]


def approval_metrics() -> dict[str, object]:
    """Return the mock approval metrics."""
    return {"pendingReview": 12, "autoApprovedToday": 34, "avgResponseTime": 1.8, "autoApprovalRate": 74}


def demo_approvals() -> dict[str, object]:
    """Return what the web shows when the API fails; every id begins ``demo-``."""
    items = [
        {
            "id": f"demo-{number}",
            "title": f"Demo approval {number}",
            "status": "pending",
            "priority": "medium",
        }
        for number in range(1, DEMO_APPROVALS + 1)
    ]
    meta = {"page": 1, "limit": 20, "total": len(items), "totalPages": 1}
    return {"data": items, "meta": meta}
