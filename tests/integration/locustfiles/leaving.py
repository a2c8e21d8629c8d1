"""Users that do not stay: ``TEST_LEAVE`` says whether each one ends itself or one of them the whole test."""

import os

from locust import constant, task
from locust.exception import StopTest, StopUser

import loadlib
from loadlib.users import HttpUser

loadlib.install()

LEAVE = {"StopUser": StopUser, "StopTest": StopTest}[os.environ["TEST_LEAVE"]]


class Leaving(HttpUser):
    """Asks five times and leaves."""

    wait_time = constant(0.05)
    asked = 0

    @task
    def ask(self) -> None:
        """Ask once; leave at the fifth time."""
        self.client.get("/.well-known/agents")
        self.asked += 1
        if self.asked == 5:
            raise LEAVE
