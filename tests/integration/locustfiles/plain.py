"""Users that ask for one path, again and again: ``TEST_PATH`` or the list of agents.

Under ``TEST_TELL`` each of them says when it begins its first request.
"""

import os
import sys

from locust import constant, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()


class Plain(HttpUser):
    """Asks, waits a little, asks again."""

    wait_time = constant(0.05)
    path = os.environ.get("TEST_PATH", "/.well-known/agents")

    def on_start(self) -> None:
        """Say that the first request comes now."""
        if "TEST_TELL" in os.environ:
            sys.stderr.write(f"user {self.index} begins its first request\n")
            sys.stderr.flush()

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get(self.path)
