"""Users whose tear-down raises."""

from locust import constant, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()


class Untidy(HttpUser):
    """Starts and works, and cannot end."""

    wait_time = constant(0.05)

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get("/.well-known/agents")

    def on_stop(self) -> None:
        """Fail."""
        raise RuntimeError("could not log out")
