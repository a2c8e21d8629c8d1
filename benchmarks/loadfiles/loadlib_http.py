"""The suite's client: phases, tags, recording, thresholds, a check of status and body, Locust's tables."""

from locust import task

import loadlib
from benchmarks.loadfiles.pace import spread, wait_time
from loadlib.client.response import Response
from loadlib.users import HttpUser

loadlib.install()


def answers(response: Response) -> bool:
    """Whether status and body are as they should be."""
    return response.status_code == 200 and b'"status":"ok"' in response.content


CHECKS = {"answers": answers}


class BenchUser(HttpUser):
    """One GET after another."""

    wait_time = wait_time()

    def on_start(self) -> None:
        """Begin when the pace says."""
        spread()

    @task
    def get(self) -> None:
        """Get the item and check it."""
        self.client.get("/item", checks=CHECKS)
