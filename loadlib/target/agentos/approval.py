"""The approval agent and the knowledge endpoints of AgentOS."""

from typing import Any, Final

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadlib.target.agentos.endpoints import RefusedError, post
from loadlib.target.agentos.model import PROVIDER_ERROR
from loadlib.target.agentos.services import Services, now_iso, tenant_of
from loadlib.target.credentials import Tenant

RUNS_PER_MINUTE: Final = 10
DOCUMENTS_LIMIT: Final = 1000
"""Documents kept per workspace; the oldest are forgotten first."""

WORKSPACES_LIMIT: Final = 1000
_INFO: Final = {
    "name": "Sentinel",
    "role": "Approval specialist",
    "description": "Reviews pending approvals and recommends decisions",
    "capabilities": ["review", "recommend", "escalate"],
    "version": "0.2.0",
}


class ApprovalBody(BaseModel):
    """The body of an approval run."""

    message: str
    session_id: str | None = None
    model_override: str | None = None


class IngestBody(BaseModel):
    """A source to ingest."""

    source: str
    title: str | None = None
    category: str | None = None
    tags: list[str] | None = None
    metadata: dict[str, Any] | None = None


class TextBody(BaseModel):
    """A text to ingest."""

    text: str
    title: str
    category: str | None = None
    tags: list[str] | None = None


class SearchBody(BaseModel):
    """A search."""

    query: str
    limit: int = Field(5, ge=1, le=20)
    filters: dict[str, Any] | None = None


def _workspace(request: Request, detail: str) -> Tenant:
    tenant = tenant_of(request)
    if tenant.user is None or tenant.workspace is None:
        raise RefusedError(401, detail)
    return tenant


def approval_routes(services: Services) -> list[Route]:
    """Return the approval agent's routes."""

    async def run(request: Request, body: ApprovalBody) -> Response:
        tenant = _workspace(request, "Authentication required.")
        plan = services.models.plan("approval", body.message)
        failed = plan.failed or plan.mode == "error"
        text = None if failed else await plan.complete()
        return JSONResponse(
            {
                "success": not failed,
                "content": text,
                "session_id": body.session_id,
                "error": PROVIDER_ERROR if failed else None,
                "message": "Failed to process approval request" if failed else None,
                "metadata": {
                    "agent": "Sentinel",
                    "workspace_id": tenant.workspace,
                    "user_id": tenant.user,
                    "timestamp": now_iso(),
                },
            }
        )

    async def info(_request: Request) -> Response:
        return JSONResponse(_INFO)

    return [
        *post(services, "/agents/approval/runs", ApprovalBody, run, RUNS_PER_MINUTE),
        Route("/agents/approval/info", info),
    ]


class Knowledge:
    """The workspaces' documents, in memory and bounded."""

    def __init__(self) -> None:
        self._texts: dict[str, list[tuple[str, dict[str, Any]]]] = {}

    def add(self, workspace: str, text: str, metadata: dict[str, Any]) -> None:
        """Keep a document."""
        if workspace not in self._texts and len(self._texts) >= WORKSPACES_LIMIT:
            del self._texts[next(iter(self._texts))]
        documents = self._texts.setdefault(workspace, [])
        documents.append((text, metadata))
        del documents[:-DOCUMENTS_LIMIT]

    def search(self, workspace: str, query: str, limit: int) -> list[dict[str, Any]]:
        """Return the documents that share most words with the query, best first."""
        wanted = set(query.lower().split())
        scored = [
            (len(wanted & set(text.lower().split())) / max(1, len(wanted)), text, metadata)
            for text, metadata in self._texts.get(workspace, ())
        ]
        found = sorted((entry for entry in scored if entry[0] > 0), key=lambda entry: -entry[0])[:limit]
        return [{"content": text, "metadata": metadata, "score": score} for score, text, metadata in found]


def knowledge_routes(services: Services) -> list[Route]:
    """Return the knowledge routes."""
    knowledge = Knowledge()
    required = "Authentication required"

    async def ingest(request: Request, body: IngestBody) -> Response:
        tenant = _workspace(request, required)
        if not body.source.strip():
            raise RefusedError(400, "Source is required")
        title = body.title or body.source
        return _ingested(knowledge, tenant, f"{title} {body.source}", {"title": title}, body.source)

    async def ingest_text(request: Request, body: TextBody) -> Response:
        tenant = _workspace(request, required)
        if not body.text.strip():
            raise RefusedError(400, "Text is required")
        metadata = {"title": body.title, "category": body.category, "tags": body.tags or []}
        return _ingested(knowledge, tenant, body.text, metadata, "text")

    async def search(request: Request, body: SearchBody) -> Response:
        tenant = _workspace(request, required)
        results = knowledge.search(tenant.workspace or "", body.query, body.limit)
        return JSONResponse({"query": body.query, "results": results, "count": len(results)})

    async def status(request: Request) -> Response:
        try:
            tenant = _workspace(request, required)
        except RefusedError as refusal:
            return refusal.response()
        backend = {"vector_db": "pgvector", "search_type": "hybrid"}
        return JSONResponse({"status": "active", "workspace_id": tenant.workspace, **backend})

    return [
        *post(services, "/knowledge/ingest", IngestBody, ingest, 20),
        *post(services, "/knowledge/ingest/text", TextBody, ingest_text, 30),
        *post(services, "/knowledge/search", SearchBody, search, 60),
        Route("/knowledge/status", status),
    ]


def _ingested(
    knowledge: Knowledge, tenant: Tenant, text: str, metadata: dict[str, Any], source: str
) -> Response:
    knowledge.add(tenant.workspace or "", text, metadata)
    chunks = max(1, len(text) // 1000)
    body = {"success": True, "document_count": 1, "chunk_count": chunks, "error": None, "source": source}
    return JSONResponse(body)
