"""One approval: its fields, its wire form and how an invented one is made from a seed.

Who may decide and what a decision needs is the board's and the routes' business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal
from uuid import UUID

from loadlib.target.platform_web.clock import iso

Status = Literal["pending", "approved", "rejected", "auto_approved", "escalated", "cancelled"]
LISTED_STATUSES = ("pending", "approved", "rejected", "auto_approved", "escalated")
PRIORITIES = ("low", "medium", "high", "urgent")
PRIORITY_WEIGHTS = (2, 5, 3, 1)
SUBJECTS = (
    ("email_campaign", "marketing", "Send the autumn newsletter"),
    ("social_post", "marketing", "Publish the launch announcement"),
    ("content_publish", "content", "Publish the comparison article"),
    ("budget_change", "finance", "Raise the monthly advertising budget"),
    ("task_assignment", "pm", "Assign the onboarding epic"),
    ("deal_discount", "crm", "Grant a volume discount"),
)
HIGH_CONFIDENCE = 85
MEDIUM_CONFIDENCE = 60


@dataclass(slots=True)
class Approval:
    """An approval as the API stores it. Times are aware datetimes; confidence is 0 to 100."""

    id: str
    workspace_id: str
    type: str
    title: str
    source_module: str
    confidence_score: int
    priority: str
    created_by: str
    created_at: datetime
    due_at: datetime
    updated_at: datetime
    assigned_to_id: str | None = None
    status: Status = "pending"
    decided_by_id: str | None = None
    decided_at: datetime | None = None
    decision_notes: str | None = None

    def as_json(self) -> dict[str, object]:
        """Return the item of the API's answers."""
        level = confidence_level(self.confidence_score)
        return {
            "id": self.id,
            "workspaceId": self.workspace_id,
            "type": self.type,
            "title": self.title,
            "description": f"{self.title}: proposed by an agent, waiting for a person's decision.",
            "previewData": {"summary": self.title, "channel": self.source_module},
            "data": {"reference": self.id[:8], "module": self.source_module},
            "confidenceScore": self.confidence_score,
            "confidenceLevel": level,
            "factors": [{"name": "historical_accuracy", "score": self.confidence_score, "weight": 1}],
            "aiReasoning": f"Confidence is {level} on comparable past decisions.",
            "status": self.status,
            "recommendation": "approve" if self.confidence_score >= MEDIUM_CONFIDENCE else "review",
            "reviewType": {"high": "auto", "medium": "quick", "low": "full"}[level],
            "priority": self.priority,
            "assignedToId": self.assigned_to_id,
            "dueAt": iso(self.due_at),
            "escalatedToId": None,
            "decidedById": self.decided_by_id,
            "decidedAt": iso(self.decided_at) if self.decided_at else None,
            "decisionNotes": self.decision_notes,
            "sourceModule": self.source_module,
            "sourceId": f"{self.source_module}-{self.id[:8]}",
            "createdBy": self.created_by,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "assignedTo": _person(self.assigned_to_id),
            "decidedBy": _person(self.decided_by_id),
        }


def confidence_level(score: int) -> Literal["high", "medium", "low"]:
    """Return the platform's word for a confidence score."""
    if score >= HIGH_CONFIDENCE:
        return "high"
    return "medium" if score >= MEDIUM_CONFIDENCE else "low"


def invent(random: Random, workspace: str, now: datetime) -> Approval:
    """Return a pending approval of ``workspace``, created within the last day and due within the next two."""
    kind, module, title = random.choice(SUBJECTS)
    created_at = now - timedelta(seconds=random.randrange(86_400))
    return Approval(
        id=str(UUID(int=random.getrandbits(128), version=4)),
        workspace_id=workspace,
        type=kind,
        title=title,
        source_module=module,
        confidence_score=random.randint(30, 84),
        priority=random.choices(PRIORITIES, PRIORITY_WEIGHTS)[0],
        created_by=random.choice(("agent-navi", "agent-pulse", "agent-herald")),
        created_at=created_at,
        due_at=now + timedelta(seconds=random.randrange(3_600, 172_800)),
        updated_at=created_at,
        assigned_to_id=random.choice((None, "owner-1", "admin-1")),
    )


def _person(user: str | None) -> dict[str, str] | None:
    return {"id": user, "name": user, "email": f"{user}@example.com"} if user else None
