"""Users that offer far more requests a second than one process can make."""

from locust import constant_throughput, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()

OFFERED_PER_USER_PER_S = 50


class Flooding(HttpUser):
    """Asks again as soon as its turn comes, which is over by then."""

    wait_time = constant_throughput(OFFERED_PER_USER_PER_S)

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get("/now")
