"""Many users that cost next to nothing: they wait, and one of them asks now and then."""

from locust import constant, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()


class Waiting(HttpUser):
    """Waits."""

    wait_time = constant(1)

    @task
    def wait_for_the_next(self) -> None:
        """Ask once if this is the first user, as a run without requests is not valid."""
        if self.index == 0:
            self.client.get("/.well-known/agents")
