"""The API's approval routes: list, read, approve, reject, bulk, cancel, escalation settings.

The rules of a decision are the board's; who may call what is the router's. Every decision is announced to
the workspace's sockets.
"""

from collections.abc import Awaitable, Callable

from starlette.responses import JSONResponse, Response

from loadlib.target.platform_web.api_router import DECIDERS, ApiRouter, Call
from loadlib.target.platform_web.approval import LISTED_STATUSES, PRIORITIES, Approval
from loadlib.target.platform_web.approval_board import (
    ApprovalBoard,
    Decision,
    NotPendingError,
    UnknownApprovalError,
)
from loadlib.target.platform_web.boards import Boards
from loadlib.target.platform_web.bounded import BoundedMap
from loadlib.target.platform_web.clock import iso
from loadlib.target.platform_web.nest_errors import ApiError, bad_request, forbidden
from loadlib.target.platform_web.whitelist import Field, Whitelist, boolean, integer, one_of, text, texts

Publish = Callable[[str, str, dict[str, object]], Awaitable[None]]
"""Send an event with its payload to all sockets of a workspace: (workspace, event, payload)."""

LIST_QUERY = Whitelist(
    Field("status", one_of(*LISTED_STATUSES)),
    Field("type", text(100)),
    Field("priority", one_of(*PRIORITIES)),
    Field("assigneeId", text(100)),
    Field("sortBy", one_of("dueAt", "confidenceScore", "createdAt")),
    Field("sortOrder", one_of("asc", "desc")),
    Field("page", integer(1)),
    Field("limit", integer(1, 100)),
)
NOTES = Field("notes", text(empty=True))
APPROVE_BODY = Whitelist(NOTES)
REJECT_BODY = Whitelist(Field("reason", text(), required=True), NOTES)
BULK_BODY = Whitelist(
    Field("ids", texts(1, 100), required=True),
    Field("action", one_of("approve", "reject"), required=True),
    Field("reason", text()),
    NOTES,
)
CANCEL_BODY = Whitelist(Field("reason", text(500, empty=True)))
ESCALATION_BODY = Whitelist(
    Field("enableAutoEscalation", boolean()),
    Field("escalationCheckIntervalMinutes", integer(1, 1440)),
    Field("escalationTargetUserId", text(100)),
)
ESCALATION_DEFAULTS: dict[str, object] = {
    "enableAutoEscalation": True,
    "escalationCheckIntervalMinutes": 15,
    "escalationTargetUserId": None,
}


class ApprovalRoutes:
    """The handlers over the boards of all workspaces."""

    def __init__(self, boards: Boards, publish: Publish) -> None:
        self._boards = boards
        self._publish = publish
        self._escalation: BoundedMap[str, dict[str, object]] = BoundedMap(1_000)

    def add_to(self, router: ApiRouter) -> None:
        """Register the routes, fixed paths before the ones with an id."""
        router.guarded("GET", "/approvals", self.index)
        router.guarded("GET", "/approvals/escalation-config", self.escalation, DECIDERS)
        router.guarded("PUT", "/approvals/escalation-config", self.set_escalation, ("owner",))
        router.guarded("POST", "/approvals/bulk", self.bulk, DECIDERS)
        router.guarded("GET", "/approvals/{approval_id}", self.get)
        router.guarded("POST", "/approvals/{approval_id}/approve", self.approve, DECIDERS)
        router.guarded("POST", "/approvals/{approval_id}/reject", self.reject, DECIDERS)
        router.guarded("DELETE", "/approvals/{approval_id}", self.cancel)

    async def index(self, call: Call) -> Response:
        """Answer one page."""
        query = LIST_QUERY.clean(call.request.query_params)
        return JSONResponse(self._boards.of(call.workspace).find(query).as_json())

    async def get(self, call: Call) -> Response:
        """Answer one item or 404."""
        return JSONResponse(_found(self._boards.of(call.workspace), call.param("approval_id")).as_json())

    async def approve(self, call: Call) -> Response:
        """Approve; 201 with the item."""
        body = APPROVE_BODY.clean(call.body)
        return await self._decided(call, "approve", _text(body, "notes"))

    async def reject(self, call: Call) -> Response:
        """Reject; 201 with the item."""
        body = REJECT_BODY.clean(call.body)
        return await self._decided(call, "reject", _reason(body))

    async def bulk(self, call: Call) -> Response:
        """Decide many, one after the other; 201 even when some fail."""
        body = BULK_BODY.clean(call.body)
        action: Decision = "reject" if body["action"] == "reject" else "approve"
        if action == "reject" and "reason" not in body:
            raise bad_request("reason is required when action is reject")
        successes: list[str] = []
        failures: list[dict[str, str]] = []
        ids = body["ids"] if isinstance(body["ids"], list) else []
        for approval_id in ids:
            try:
                await self._decide(call, approval_id, action, _reason(body))
                successes.append(approval_id)
            except (UnknownApprovalError, NotPendingError) as error:
                failures.append({"id": approval_id, "error": str(error)})
        outcome = {"successes": successes, "failures": failures, "totalProcessed": len(ids)}
        return JSONResponse(outcome, 201)

    async def cancel(self, call: Call) -> Response:
        """Cancel a pending approval of one's own, or any as owner or admin."""
        body = CANCEL_BODY.clean(call.body)
        board = self._boards.of(call.workspace)
        found = _found(board, call.param("approval_id"))
        if call.session.role not in DECIDERS and found.created_by != call.session.user:
            raise forbidden("Only the creator, an owner or an admin can cancel this approval")
        try:
            board.cancel(found.id, call.session.user, _text(body, "reason"))
        except NotPendingError as error:
            raise ApiError(400, str(error)) from None
        await self._publish(call.workspace, "approval.deleted", {"id": found.id})
        await self._refill(call.workspace)
        return JSONResponse({"success": True, "cancelledAt": iso(found.updated_at)})

    async def escalation(self, call: Call) -> Response:
        """Answer the workspace's escalation settings."""
        return JSONResponse(self._escalation.get(call.workspace) or ESCALATION_DEFAULTS)

    async def set_escalation(self, call: Call) -> Response:
        """Change the workspace's escalation settings."""
        changes = ESCALATION_BODY.clean(call.body)
        settings = {**(self._escalation.get(call.workspace) or ESCALATION_DEFAULTS), **changes}
        self._escalation.put(call.workspace, settings)
        return JSONResponse(settings)

    async def _decided(self, call: Call, decision: Decision, notes: str | None) -> Response:
        try:
            approval = await self._decide(call, call.param("approval_id"), decision, notes)
        except UnknownApprovalError as error:
            raise ApiError(404, str(error)) from None
        except NotPendingError as error:
            raise ApiError(400, str(error)) from None
        return JSONResponse(approval.as_json(), 201)

    async def _decide(self, call: Call, approval_id: str, decision: Decision, notes: str | None) -> Approval:
        approval = self._boards.of(call.workspace).decide(approval_id, decision, call.session.user, notes)
        await self._publish(call.workspace, "approval.updated", _announcement(approval, decision))
        await self._refill(call.workspace)
        return approval

    async def _refill(self, workspace: str) -> None:
        for approval in self._boards.of(workspace).refill():
            await self._publish(workspace, "approval.created", {"id": approval.id, "title": approval.title})


def _found(board: ApprovalBoard, approval_id: str) -> Approval:
    try:
        return board.get(approval_id)
    except UnknownApprovalError as error:
        raise ApiError(404, str(error)) from None


def _text(body: dict[str, object], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def _reason(body: dict[str, object]) -> str | None:
    return ": ".join(part for part in (_text(body, "reason"), _text(body, "notes")) if part) or None


def _announcement(approval: Approval, decision: Decision) -> dict[str, object]:
    return {
        "id": approval.id,
        "status": approval.status,
        "decision": decision,
        "decidedById": approval.decided_by_id,
        "decisionNotes": approval.decision_notes,
        "decidedAt": iso(approval.decided_at) if approval.decided_at else None,
        "correlationId": f"approval-{approval.id}",
    }
