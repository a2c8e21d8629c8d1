"""The suite's client: phases, tags, recording, a check of status and body, Locust's event. All of it on."""

import os

from locust import constant, task

import loadlib
from loadlib.client.response import Response
from loadlib.users import HttpUser

loadlib.install()


def answers(response: Response) -> bool:
    """Whether status and body are as they should be."""
    return response.status_code == 200 and b'"status":"ok"' in response.content


CHECKS = {"answers": answers}


class BenchUser(HttpUser):
    """One GET after another."""

    wait_time = constant(float(os.environ.get("BENCH_THINK_S", "0")))

    @task
    def get(self) -> None:
        """Get the item and check it."""
        self.client.get("/item", checks=CHECKS)
