"""Approval runs and the knowledge base: bodies, refusals, and documents that stay in their workspace."""

from typing import Any

import pytest

from tests.unit.target.client import Target


def test_approval_run_answers_with_its_metadata(target: Target) -> None:
    body = target.post("/agents/approval/runs", {"message": "chunks=1 delay=0", "session_id": "s"}).json()
    assert set(body) == {"success", "content", "session_id", "error", "message", "metadata"}
    assert (body["success"], body["session_id"], body["error"]) == (True, "s", None)
    assert body["metadata"]["agent"] == "Sentinel"
    assert body["metadata"]["workspace_id"] == "workspace-1"


def test_failed_approval_run_is_200_without_success(target: Target) -> None:
    response = target.post("/agents/approval/runs", {"message": "delay=0 mode=error"})
    assert (response.status_code, response.json()["success"]) == (200, False)
    assert response.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/agents/approval/runs", {"message": "x"}, "Authentication required."),
        ("/knowledge/ingest", {"source": "x"}, "Authentication required"),
        ("/knowledge/ingest/text", {"text": "x", "title": "x"}, "Authentication required"),
        ("/knowledge/search", {"query": "x"}, "Authentication required"),
    ],
)
def test_anonymous_is_401(target: Target, path: str, body: dict[str, Any], detail: str) -> None:
    for headers in ({}, target.bearer("u", None)):
        response = target.http.post(path, json=body, headers=headers)
        assert (response.status_code, response.json()) == (401, {"detail": detail})


def test_status_names_the_workspace(target: Target) -> None:
    assert target.http.get("/knowledge/status").status_code == 401
    body = target.http.get("/knowledge/status", headers=target.bearer()).json()
    expected = {"status": "active", "workspace_id": "workspace-1"}
    assert body == {**expected, "vector_db": "pgvector", "search_type": "hybrid"}


@pytest.mark.parametrize("limit", [0, 21])
def test_search_limit_is_1_to_20(target: Target, limit: int) -> None:
    response = target.post("/knowledge/search", {"query": "x", "limit": limit})
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", "limit"]


def test_ingested_text_is_found_in_its_workspace_only(target: Target) -> None:
    stored = target.post("/knowledge/ingest/text", {"text": "the quarterly gateway plan", "title": "Plan"})
    assert stored.json()["success"] is True
    found = target.post("/knowledge/search", {"query": "gateway plan"}).json()
    assert found["count"] == 1
    assert found["results"][0]["content"] == "the quarterly gateway plan"
    other = target.http.post(
        "/knowledge/search", json={"query": "gateway"}, headers=target.bearer("u", "other")
    )
    assert other.json() == {"query": "gateway", "results": [], "count": 0}


@pytest.mark.parametrize(
    ("path", "body"),
    [("/knowledge/ingest", {"source": " "}), ("/knowledge/ingest/text", {"text": " ", "title": "t"})],
)
def test_empty_document_is_400(target: Target, path: str, body: dict[str, Any]) -> None:
    assert target.post(path, body).status_code == 400


def test_ingested_source_reports_its_chunks(target: Target) -> None:
    body = target.post("/knowledge/ingest", {"source": "https://example.com/a", "title": "A"}).json()
    assert body == {
        "success": True,
        "document_count": 1,
        "chunk_count": 1,
        "error": None,
        "source": "https://example.com/a",
    }
