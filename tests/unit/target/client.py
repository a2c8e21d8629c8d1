"""A plain HTTP client of a running AgentOS that knows its credentials and bodies."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from loadlib.target.context import TargetContext


@dataclass(frozen=True)
class Target:
    """A running target and a plain HTTP client of its AgentOS."""

    ctx: TargetContext
    http: httpx.Client

    def bearer(self, user: str = "user-1", workspace: str | None = "workspace-1") -> dict[str, str]:
        """Return the headers of an authenticated caller."""
        return {"Authorization": f"Bearer {self.ctx.credentials.jwt(user, workspace)}"}

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """Post JSON as the default user; keywords are more headers, underscores for dashes."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(path, json=body, headers={**self.bearer(), **more})

    def rpc(self, agent: str = "navi", method: str = "health", **body: Any) -> httpx.Response:
        """Call an agent's rpc."""
        return self.post(f"/a2a/{agent}/rpc", {"jsonrpc": "2.0", "id": 7, "method": method, **body})

    def run(self, task: str, agent: str = "navi") -> httpx.Response:
        """Let an agent run a task."""
        return self.rpc(agent, "run", params={"task": task})

    def agui(self, text: str) -> httpx.Response:
        """Run the dashboard gateway over AG-UI."""
        return self.http.post("/agui", json=agui_input(text))

    def team(self, text: str, *, stream: bool = True, business: str = "b-1") -> httpx.Response:
        """Run the validation team."""
        body = {"message": text, "business_id": business, "stream": stream}
        return self.post("/agents/validation/runs", body)


def agui_input(text: str) -> dict[str, Any]:
    """Return a valid AG-UI input with one user message."""
    message = {"id": "u1", "role": "user", "content": text}
    empty: dict[str, Any] = {"state": {}, "tools": [], "context": [], "forwardedProps": {}}
    return {"threadId": "thread-1", "runId": "run-1", "messages": [message], **empty}


def sse(response: httpx.Response) -> list[Any]:
    """Return the JSON data of every event of a complete event stream, whatever its line ends."""
    lines = response.text.splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
