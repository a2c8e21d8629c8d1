"""AgentOS as a page object: discovery, the platform's rpc, pages; every answer judged by its content."""

from collections.abc import Mapping
from typing import Final

from loadlib.adapters.needs import Need, feeds, no_good_rpc, no_route
from loadlib.core.routes import Feed
from loadlib.protocols import discovery, platform_rpc
from loadlib.protocols.platform_rpc import Method
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import BodyJudge, json_body, record_outcome

GLOBAL_CARDS: Final = "/.well-known/agent.json"
LISTING: Final = "/.well-known/agents"
AGENT_CARD: Final = "/a2a/{agent}/.well-known/agent.json"
JSON: Final = {"Content-Type": "application/json"}


def rpc_name(agent: str, method: str) -> str:
    """Return the name that an agent's rpc method is recorded under; agents are few and known."""
    return f"/a2a/{agent}/rpc#{method}"


def rpc_need(agent: str, method: str) -> Need:
    """Return the need for an agent's rpc method: probed by calling it, runs by the agent's health."""
    probed = "health" if method == "run" else method
    body: dict[str, object] = {"jsonrpc": "2.0", "id": "preflight", "method": probed, "params": {}}
    lacks = no_good_rpc(registered_only=method == "run")
    name = f"POST {rpc_name(agent, method)}"
    fed = feeds("a2a_duration", "a2a_errors", agent=agent, operation=method)
    return Need("agentos", "POST", f"/a2a/{agent}/rpc", name, body, "token", lacks, fed)


def route_need(path: str, name: str = "", fed: tuple[Feed, ...] = ()) -> Need:
    """Return the need for a GET route of AgentOS."""
    return Need("agentos", "GET", path, f"GET {name or path}", credentials="token", lacks=no_route, feeds=fed)


class Agents:
    """What a user asks of AgentOS outside of streams."""

    def __init__(self, user: PlatformUser) -> None:
        self._user = user
        self._http = user.http("agentos")
        self._calls = 0

    def global_cards(self) -> bool:
        """Fetch all cards; they must be of the known agents."""
        return self._discover(GLOBAL_CARDS, GLOBAL_CARDS, lambda body: discovery.judge_cards(body)[1])

    def listing(self) -> bool:
        """Fetch the list of agents."""
        return self._discover(LISTING, LISTING, lambda body: discovery.judge_listing(body)[1])

    def card(self, agent: str) -> bool:
        """Fetch one agent's card."""
        path = AGENT_CARD.format(agent=agent)
        return self._discover(path, AGENT_CARD, lambda body: discovery.judge_card(body, agent)[1], agent)

    def rpc(self, agent: str, method: Method, params: Mapping[str, object] | None = None) -> bool:
        """Call an agent's rpc method; False, and nothing sent, when the target lacks it."""
        name = rpc_name(agent, method)
        if not self._user.is_available(f"POST {name}"):
            return False
        self._calls += 1
        request_id = f"{self._user.index}-{self._calls}"
        response = self._http.post(
            f"/a2a/{agent}/rpc",
            name=name,
            headers=JSON,
            data=platform_rpc.encode(method, params or {}, request_id),
            judge=json_body(lambda body: platform_rpc.judge(method, body, request_id)[1]),
            tags={"agent": agent, "operation": method},
        )
        return record_outcome(
            self._user, response, errors="a2a_errors", duration="a2a_duration", agent=agent, operation=method
        )

    def _discover(self, path: str, name: str, judge: BodyJudge, agent: str = "") -> bool:
        if not self._user.is_available(f"GET {name}"):
            return False
        response = self._http.get(
            path,
            name=name,
            judge=json_body(judge),
            tags={"agent": agent} if agent else None,
        )
        return record_outcome(
            self._user,
            response,
            errors="a2a_errors",
            duration="a2a_discovery_duration",
            operation="discovery",
        )
