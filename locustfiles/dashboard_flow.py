"""The dashboard as people use it: open, look at widgets, poll, decide an approval, ask the agent."""

from locust import task

import loadlib
from loadlib.users import PlatformUser
from loadlib.users.agent_streams import AGUI_NEED, AgentStreams
from loadlib.users.approvals import NEEDS as APPROVAL_NEEDS
from loadlib.users.approvals import Approvals
from loadlib.users.web import Dashboard, page_needs, widget_needs

loadlib.install()

POLLS = 3
DECIDES = 0.3
APPROVES = 0.7


class DashboardUser(PlatformUser):
    """A person with the dashboard open."""

    scenario = "dashboard"
    services = ("agentos", "web", "api")
    needs = (*page_needs(), *widget_needs(), *APPROVAL_NEEDS, AGUI_NEED)

    def on_start(self) -> None:
        """Get the clients ready; nothing is sent."""
        self.dashboard = Dashboard(self)
        self.approvals = Approvals(self)
        self.streams = AgentStreams(self)

    @task
    def use_dashboard(self) -> None:
        """One visit."""
        self.dashboard.open()
        self.think(0.5, 1.5)
        self.dashboard.widgets()
        self.think(1.0, 2.0)
        for _ in range(POLLS):
            self.dashboard.poll()
            self.pause(self.settings.polling_interval_s)
        self.decide_an_approval()
        if self.random.random() < self.settings.agui_share:
            self.streams.agui_run("How is the launch project doing?")
        self.think(1.0, 3.0)

    def decide_an_approval(self) -> None:
        """Read the inbox; sometimes approve or reject one of its items."""
        pending = self.approvals.pending()
        if pending and self.random.random() < DECIDES:
            self.think(0.5, 1.5)
            approval_id = self.random.choice(pending)
            self.approvals.decide(approval_id, approve=self.random.random() < APPROVES)
