"""The API's approvals: statuses, roles, strict fields, pages, and the refill."""

import pytest

from loadlib.target.platform_web.approval_board import FULL, HISTORY, LOW_WATER, ApprovalBoard


def pending_ids(platform, workspace, count=1):
    response = platform.client.get(
        platform.api("/approvals"),
        params={"status": "pending", "limit": count},
        headers=platform.bearer(workspace=workspace),
    )
    assert response.status_code == 200
    return [item["id"] for item in response.json()["items"]]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Basic abc"}, 401),
        ({"Cookie": "hyvve.session_token=x"}, 401),
    ],
)
def test_a_request_without_a_valid_bearer_session_is_401_in_the_api_shape(platform, headers, status):
    response = platform.client.get(platform.api("/approvals"), headers=headers)
    assert response.status_code == status
    assert response.json()["statusCode"] == 401
    assert set(response.json()) == {"statusCode", "message", "error"}


def test_the_session_cookie_is_not_read_by_the_api(platform):
    assert platform.client.get(platform.api("/approvals"), headers=platform.cookie()).status_code == 401


def test_a_list_is_a_page_with_totals(platform):
    response = platform.client.get(
        platform.api("/approvals?limit=7&page=2&status=pending"), headers=platform.bearer(workspace="ws-list")
    )
    body = response.json()
    assert (body["page"], body["limit"], body["total"], len(body["items"])) == (2, 7, FULL, 7)
    assert body["totalPages"] == -(-FULL // 7)
    assert {item["workspaceId"] for item in body["items"]} == {"ws-list"}


def test_pages_are_disjoint_and_complete(platform):
    seen = []
    for page in (1, 2):
        response = platform.client.get(
            platform.api(f"/approvals?limit=100&page={page}"), headers=platform.bearer(workspace="ws-pages")
        )
        seen += [item["id"] for item in response.json()["items"]]
    assert len(seen) == len(set(seen)) == response.json()["total"]


@pytest.mark.parametrize(("order", "reverse"), [("asc", False), ("desc", True)])
@pytest.mark.parametrize("field", ["dueAt", "confidenceScore", "createdAt"])
def test_a_list_is_sorted_by_the_named_field(platform, field, order, reverse):
    response = platform.client.get(
        platform.api(f"/approvals?limit=100&sortBy={field}&sortOrder={order}"), headers=platform.bearer()
    )
    values = [item[field] for item in response.json()["items"]]
    assert len(values) == 100
    assert values == sorted(values, reverse=reverse)


@pytest.mark.parametrize(
    ("name", "value"), [("priority", "high"), ("assigneeId", "owner-1"), ("status", "rejected")]
)
def test_a_filter_keeps_matching_items_only(platform, name, value):
    field = "assignedToId" if name == "assigneeId" else name
    response = platform.client.get(
        platform.api("/approvals"), params={name: value}, headers=platform.bearer()
    )
    assert {item[field] for item in response.json()["items"]} == {value}


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("assignedTo=x", "property assignedTo should not exist"),
        ("limit=101", "limit must not be greater than 100"),
        ("page=0", "page must not be less than 1"),
        ("page=x", "page must be an integer number"),
        ("status=cancelled", "status must be one of"),
        ("sortOrder=up", "sortOrder must be one of"),
    ],
)
def test_a_query_outside_the_whitelist_is_400(platform, query, complaint):
    response = platform.client.get(platform.api(f"/approvals?{query}"), headers=platform.bearer())
    assert response.status_code == 400
    assert any(complaint in message for message in response.json()["message"])


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [("approve", {"notes": "fine"}, "approved"), ("reject", {"reason": "too early"}, "rejected")],
)
def test_a_decision_is_201_once_and_400_the_second_time(platform, action, body, status):
    (approval_id,) = pending_ids(platform, "ws-decide")
    url, headers = platform.api(f"/approvals/{approval_id}/{action}"), platform.bearer(workspace="ws-decide")
    first = platform.client.post(url, json=body, headers=headers)
    second = platform.client.post(url, json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 400)
    decided = first.json()
    assert (decided["id"], decided["status"], decided["decidedById"]) == (approval_id, status, "owner-1")
    read = platform.client.get(platform.api(f"/approvals/{approval_id}"), headers=headers)
    assert read.json() == decided


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", "/approve"), ("DELETE", "")],
)
def test_an_approval_of_another_workspace_is_404(platform, method, path):
    (approval_id,) = pending_ids(platform, "ws-theirs")
    response = platform.client.request(
        method, platform.api(f"/approvals/{approval_id}{path}"), headers=platform.bearer(workspace="ws-ours")
    )
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("user", "method", "path", "status"),
    [
        ("guest-1", "GET", "", 403),
        ("member-1", "GET", "", 200),
        ("member-1", "POST", "/{id}/approve", 403),
        ("member-1", "POST", "/{id}/reject", 403),
        ("member-1", "POST", "/bulk", 403),
        ("member-1", "DELETE", "/{id}", 403),
        ("admin-1", "DELETE", "/{id}", 200),
        ("admin-1", "POST", "/{id}/approve", 201),
        ("member-1", "GET", "/escalation-config", 403),
        ("admin-1", "GET", "/escalation-config", 200),
        ("admin-1", "PUT", "/escalation-config", 403),
        ("owner-1", "PUT", "/escalation-config", 200),
    ],
)
def test_roles_decide_who_may_do_what(platform, user, method, path, status):
    (approval_id,) = pending_ids(platform, "ws-roles")
    response = platform.client.request(
        method,
        platform.api("/approvals" + path.replace("{id}", approval_id)),
        headers=platform.bearer(user, "ws-roles"),
    )
    assert response.status_code == status


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/{id}/approve", {"note": "typo"}),
        ("/{id}/approve", {"workspaceId": "ws-strict"}),
        ("/{id}/reject", {}),
        ("/{id}/reject", {"reason": 5}),
        ("/bulk", {"ids": [], "action": "approve"}),
        ("/bulk", {"ids": ["x"] * 101, "action": "approve"}),
        ("/bulk", {"ids": ["x"], "action": "reject"}),
        ("/bulk", {"ids": ["x"], "action": "defer"}),
    ],
)
def test_a_body_outside_the_whitelist_is_400_and_decides_nothing(platform, path, body):
    (approval_id,) = pending_ids(platform, "ws-strict")
    headers = platform.bearer(workspace="ws-strict")
    url = platform.api("/approvals" + path.replace("{id}", approval_id))
    assert platform.client.post(url, json=body, headers=headers).status_code == 400
    assert pending_ids(platform, "ws-strict") == [approval_id]


def test_malformed_json_is_400(platform):
    response = platform.client.post(platform.api("/approvals/bulk"), content=b"{", headers=platform.bearer())
    assert response.status_code == 400


def test_bulk_is_201_with_successes_and_failures(platform):
    ids = pending_ids(platform, "ws-bulk", 3)
    response = platform.client.post(
        platform.api("/approvals/bulk"),
        json={"ids": [*ids, "unknown", ids[0]], "action": "approve"},
        headers=platform.bearer(workspace="ws-bulk"),
    )
    body = response.json()
    assert response.status_code == 201
    assert body["successes"] == ids
    assert [failure["id"] for failure in body["failures"]] == ["unknown", ids[0]]
    assert body["totalProcessed"] == 5


def test_a_cancelled_approval_says_when_and_cannot_be_cancelled_again(platform):
    (approval_id,) = pending_ids(platform, "ws-cancel")
    url, headers = platform.api(f"/approvals/{approval_id}"), platform.bearer(workspace="ws-cancel")
    first = platform.client.request("DELETE", url, json={"reason": "obsolete"}, headers=headers)
    assert (first.status_code, first.json()["success"]) == (200, True)
    assert first.json()["cancelledAt"].endswith("Z")
    assert platform.client.delete(url, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("query", "workspace", "status"),
    [("", "none", 400), ("?workspaceId=ws-other", "ws-1", 403), ("?workspaceId=ws-1", "ws-1", 404)],
)
def test_the_workspace_must_exist_and_be_the_sessions_own(platform, query, workspace, status):
    url = platform.api(f"/approvals/unknown{query}")
    assert platform.client.get(url, headers=platform.bearer(workspace=workspace)).status_code == status


def test_a_board_is_refilled_before_it_runs_dry_and_its_history_is_bounded():
    board = ApprovalBoard("ws", 1)
    for _ in range(5 * FULL):
        oldest = board.find({"status": "pending", "limit": 1}).items[0]
        board.decide(oldest.id, "approve", "owner-1", None)
        board.refill()
        assert board.pending_count >= LOW_WATER
    assert sum(board.depth().values()) <= FULL + HISTORY


def test_the_same_seed_and_workspace_give_the_same_approvals():
    def ids(workspace, seed):
        return {item.id for item in ApprovalBoard(workspace, seed).find({"limit": 100}).items}

    assert ids("ws", 1) == ids("ws", 1)
    assert not ids("ws", 1) & ids("ws", 2)
    assert not ids("ws", 1) & ids("other", 1)
