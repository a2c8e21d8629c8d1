"""Users that ask for one path, again and again: ``TEST_PATH`` or the list of agents."""

import os

from locust import constant, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()


class Plain(HttpUser):
    """Asks, waits a little, asks again."""

    wait_time = constant(0.05)
    path = os.environ.get("TEST_PATH", "/.well-known/agents")

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get(self.path)
