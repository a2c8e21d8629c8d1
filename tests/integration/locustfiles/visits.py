"""Users that come, get a cookie, and look at two pages at once."""

from locust import constant, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()


class Visitor(HttpUser):
    """Comes again and again."""

    wait_time = constant(0.02)

    @task
    def visit(self) -> None:
        """Come, and look around."""
        self.client.get("/come")
        self.client.batch(["/look", ("GET", "/look", {"name": "/look"})])
