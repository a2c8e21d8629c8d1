"""Event streams judged by meaning: AG-UI runs, team runs and A2A streams."""

from locust import task

import loadlib
from loadlib.users import PlatformUser, feeds
from loadlib.users.a2a import A2AAgent
from loadlib.users.agent_streams import AGUI_NEED, FED, AgentStreams, team_need
from loadlib.users.agents import route_need

loadlib.install()

TEAMS = ("validation", "planning", "branding")
A2A_CARD = "/a2a/reference/.well-known/agent-card.json"

A2A = feeds(*FED, protocol="a2a")


class StreamingUser(PlatformUser):
    """A person who reads what agents write."""

    scenario = "streaming"
    needs = (
        AGUI_NEED,
        *(team_need(team) for team in TEAMS),
        route_need(A2A_CARD, fed=feeds(*FED, protocol="a2a")),
    )

    def on_start(self) -> None:
        """Get the clients ready; nothing is sent."""
        self.streams = AgentStreams(self)
        self.a2a = A2AAgent(self, A2A_CARD)

    @task(5)
    def ask_the_dashboard_agent(self) -> None:
        """Run the dashboard agent, some of the time with progress of a long task."""
        words = "progress Export everything" if self.random.random() < 0.2 else "How is the launch doing?"
        self.streams.agui_run(words)
        self.think(1.0, 2.0)

    @task(3)
    def ask_a_team(self) -> None:
        """Run a team and read its stream."""
        self.streams.team_run(
            self.random.choice(TEAMS), "Is there a market for it?", self.settings.business_id
        )
        self.think(1.0, 2.0)

    @task(2)
    def ask_over_a2a(self) -> None:
        """Stream a message in one of the dialects that the card offers."""
        if self.is_available(f"GET {A2A_CARD}") and (dialects := self.a2a.dialects()):
            self.a2a.stream(self.random.choice(dialects), "Which tasks are due today?")
        self.think(1.0, 2.0)
