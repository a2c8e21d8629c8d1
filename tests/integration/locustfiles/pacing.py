"""A hundred users at one iteration a second each, which tell when their iterations began."""

import json
import sys
import time
from typing import Any

from locust import constant_pacing, events, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()

starts: list[float] = []


class Paced(HttpUser):
    """Does nothing much, once a second."""

    wait_time = constant_pacing(1)

    @task
    def tick(self) -> None:
        """Note the time; ask once in a while, as a run without requests is not valid."""
        starts.append(time.time())
        if self.index == 0:
            self.client.get("/.well-known/agents")


@events.quitting.add_listener
def tell(**_: Any) -> None:
    """Print the times, in order."""
    sys.stdout.write(f"STARTS {json.dumps(sorted(starts))}\n")
    sys.stdout.flush()
