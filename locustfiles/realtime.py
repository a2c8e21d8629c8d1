"""The dashboard in two tabs: what is changed in one must show in the other."""

from locust import task

import loadlib
from loadlib.users import PlatformUser
from loadlib.users.realtime import NEEDS, LiveDashboard

loadlib.install()

PATHS = ("widgets.metrics", "widgets.calendar", "activeProject", "activeTasks")


class RealtimeUser(PlatformUser):
    """A person who arranges the dashboard in one tab and looks at it in another."""

    scenario = "realtime"
    services = ("api",)
    needs = NEEDS

    def on_start(self) -> None:
        """Take the seats of two sockets; nothing is sent."""
        self.dashboard = LiveDashboard(self)

    def on_stop(self) -> None:
        """Close both tabs."""
        if hasattr(self, "dashboard"):
            self.dashboard.close()
        super().on_stop()

    @task
    def rearrange(self) -> None:
        """Change one thing and see it arrive."""
        if self.dashboard.connect():
            place = {"x": self.random.randrange(12), "y": self.random.randrange(12)}
            self.dashboard.update(self.random.choice(PATHS), place)
        self.think(0.5, 1.5)
