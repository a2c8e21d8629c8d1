"""Users whose set-up raises."""

from locust import constant, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()


class Unprepared(HttpUser):
    """Cannot even start."""

    wait_time = constant(0.05)

    def on_start(self) -> None:
        """Fail."""
        raise RuntimeError("no account for this user")

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get("/.well-known/agents")
