"""Users of which one asks for the end of the whole run, in its set-up when ``TEST_WHERE`` says so."""

import os

from locust import constant, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()

WHERE = os.environ.get("TEST_WHERE", "task")


class Aborting(HttpUser):
    """Gives up."""

    wait_time = constant(0.05)
    asked = 0

    def on_start(self) -> None:
        """Give up before anything else, if so told."""
        if WHERE == "on_start":
            raise loadlib.ScenarioAbort("the tenant is suspended")

    @task
    def ask(self) -> None:
        """Ask; give up at the tenth time."""
        self.client.get("/.well-known/agents")
        Aborting.asked += 1
        if Aborting.asked == 10:
            raise loadlib.ScenarioAbort("the tenant is suspended")
