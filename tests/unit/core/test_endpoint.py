"""Endpoint templates: ids fold, names stay."""

import pytest

from loadlib.core.endpoint import endpoint_name, normalize_path

UUID = "3f9a01bc-22de-4a51-9c1e-0123456789ab"


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("", "/"),
        ("/health", "/health"),
        ("/agents/42", "/agents/{id}"),
        ("/agents/42/", "/agents/{id}/"),
        ("/agents/0", "/agents/{id}"),
        ("/a/42/b?x=1&y=2", "/a/{id}/b"),
        ("/a#fragment", "/a"),
        ("/a?next=/b/42", "/a"),
        (f"/runs/{UUID}", "/runs/{uuid}"),
        (f"/runs/{UUID.upper()}/events", "/runs/{uuid}/events"),
        (f"/runs/{UUID.replace('-', '')}", "/runs/{id}"),
        ("/blobs/deadbeefcafe", "/blobs/{id}"),
        ("/tasks/task_3f9a01bc22de", "/tasks/{id}"),
        ("/sessions/val_d5f9e1044aa0/messages", "/sessions/{id}/messages"),
        ("/sessions/sess-00000001", "/sessions/{id}"),
        ("/tokens/Ab3dEf6hIj9lMn2pQr5t", "/tokens/{id}"),
        ("/tokens/eyJhbGciOiJIUzI1NiJ9_x-y=", "/tokens/{id}"),
        ("/v1/tasks/42:cancel", "/v1/tasks/{id}:cancel"),
        (f"/v1/tasks/{UUID}:subscribe", "/v1/tasks/{uuid}:subscribe"),
        ("/agents/navi/v1/message:send", "/agents/navi/v1/message:send"),
        ("https://example.com/api/items/7?q=1", "/api/items/{id}"),
        ("http://127.0.0.1:8080", "/"),
        ("http://[::1]:8080/a/1", "/a/{id}"),
        ("http://[broken/a/1", "/a/{id}"),
        ("wss://example.com/realtime/9", "/realtime/{id}"),
        ("//double/42", "//double/{id}"),
        ("/a//42", "/a//{id}"),
    ],
)
def test_a_path_becomes_its_template(path: str, template: str) -> None:
    """Ids and query go, everything else stays."""
    assert normalize_path(path) == template


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models",
        "/oauth2/token",
        "/s3/bucket",
        "/.well-known/agent-card.json",
        "/.well-known/agent.json",
        "/a2a/navi/rpc",
        "/agents/pm/a2a/status",
        "/a2a/dashboard/message/stream",
        "/agents/validation/runs",
        "/api/pm/notifications/unread-count",
        "/kb/rag/query",
        "/metrics",
        "/agui",
        "/feed",
        "/cafe",
        "/socket.io/",
    ],
)
def test_static_names_stay_as_they_are(path: str) -> None:
    """Digits in a name do not make it an id."""
    assert normalize_path(path) == path


@pytest.mark.parametrize("path", ["/{id}/x", "/runs/{uuid}:cancel", "/a/{id}"])
def test_a_template_is_its_own_template(path: str) -> None:
    """Normalizing what is normalized changes nothing."""
    assert normalize_path(path) == path


@pytest.mark.parametrize(
    ("service", "name"), [("", "GET /health"), ("ccr", "GET ccr:/health"), ("web", "GET web:/health")]
)
def test_an_endpoint_names_method_template_and_other_service(service: str, name: str) -> None:
    """The main target needs no prefix, another service has one."""
    assert endpoint_name("GET", "/health", service) == name
