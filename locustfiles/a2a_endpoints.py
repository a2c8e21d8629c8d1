"""A2A endpoints: discovery, the platform's rpc for each agent, and A2A where an agent card offers it."""

from locust import task

import loadlib
from loadlib.protocols.platform_rpc import Method
from loadlib.users import PlatformUser, feeds
from loadlib.users.a2a import OPERATIONS, A2AAgent
from loadlib.users.agents import AGENT_CARD, GLOBAL_CARDS, LISTING, Agents, route_need, rpc_need

loadlib.install()

CARD_OF = "dashboard_gateway"
RPC: dict[str, tuple[Method, ...]] = {
    "dashboard": ("health", "run"),
    "navi": ("health", "run"),
    "pulse": ("health",),
    "herald": ("health",),
    "validation": ("health", "capabilities"),
}
"""What is called of each agent; only teams have a card to show. Not every platform registers every agent, so
each one is probed first, and what is lacking is left out, and said."""
WAITS = 0.5
DISCOVERY = feeds("a2a_discovery_duration", operation="discovery")
A2A = tuple(fed for operation in OPERATIONS for fed in feeds("a2a_duration", operation=operation))
A2A_CARD = "/a2a/reference/.well-known/agent-card.json"


class A2AUser(PlatformUser):
    """A client that discovers agents and calls one of them."""

    scenario = "a2a"
    needs = (
        route_need(GLOBAL_CARDS, fed=DISCOVERY),
        route_need(LISTING, fed=DISCOVERY),
        route_need(AGENT_CARD.format(agent=CARD_OF), AGENT_CARD, fed=DISCOVERY),
        *(rpc_need(agent, method) for agent, methods in RPC.items() for method in methods),
        route_need(A2A_CARD, fed=(*A2A, *DISCOVERY)),
    )

    def on_start(self) -> None:
        """Get the clients ready; nothing is sent."""
        self.agents = Agents(self)
        self.a2a = A2AAgent(self, A2A_CARD)
        self.turn = 0

    @task
    def discover_and_call(self) -> None:
        """Discover as a peer does, then call one agent."""
        self.agents.global_cards()
        self.think(0.1, 0.3)
        self.agents.listing()
        self.think(0.1, 0.3)
        self.agents.card(CARD_OF)
        self.think(0.5, 1.0)
        self.call_platform_rpc()
        self.call_a2a()
        self.think(1.0, 2.0)

    def call_platform_rpc(self) -> None:
        """Go through the rpc methods of the agent whose turn it is, of those that have any."""
        agents = [name for name, methods in RPC.items() if self.offered(name, methods)]
        if not agents:
            return
        self.turn += 1
        agent = agents[(self.index + self.turn) % len(agents)]
        for method in self.offered(agent, RPC[agent]):
            self.agents.rpc(agent, method, {"task": "Get dashboard status"} if method == "run" else {})
            self.think(0.2, 0.5)

    def offered(self, agent: str, methods: tuple[Method, ...]) -> list[Method]:
        """Return the methods of an agent that the target has."""
        return [method for method in methods if self.is_available(f"POST /a2a/{agent}/rpc#{method}")]

    def call_a2a(self) -> None:
        """Send a task in a dialect that the card offers: wait for its end, or look at it and cancel it."""
        if not self.is_available(f"GET {A2A_CARD}") or not (dialects := self.a2a.dialects()):
            return
        dialect = self.random.choice(dialects)
        waits = self.random.random() < WAITS
        reply = self.a2a.send(dialect, "Which tasks are due today?", wait=waits)
        if reply.task_id:
            self.a2a.get(dialect, reply.task_id)
            if not waits:
                self.a2a.cancel(dialect, reply.task_id)
