"""Users of Locust's own kinds, and one of the suite's, in one file that only installs the suite."""

import json
import sys
from typing import Any

from locust import (
    FastHttpUser,
    HttpUser,
    SequentialTaskSet,
    TaskSet,
    between,
    constant,
    events,
    task,
)
from locust.env import Environment
from locust.runners import WorkerRunner

import loadlib
from loadlib.users import HttpUser as SuiteUser

loadlib.install()


class Fast(FastHttpUser):
    """Asks for what works, with ids in paths, and for what does not."""

    wait_time = constant(0.05)
    scenario = "fast"

    @task(3)
    def agents(self) -> None:
        """Ask for two of many ids: one template."""
        for number in (4711, 4712):
            self.client.get(f"/agents/{number}/none")

    @task(2)
    def works(self) -> None:
        """Ask for what works."""
        self.client.get("/.well-known/agents")

    @task(1)
    def fails(self) -> None:
        """Ask for what fails, and let a check of the scenario fail."""
        self.client.get("/knowledge/status")
        with self.client.get("/.well-known/agent.json", catch_response=True) as response:
            response.failure("not the card I wanted")


class Requests(HttpUser):
    """Uses Locust's slower client, in sets of tasks."""

    wait_time = between(0.02, 0.05)

    @task
    class Visit(SequentialTaskSet):
        """Two pages, one after the other, then the end of the visit."""

        @task
        def first(self) -> None:
            """Ask once."""
            self.client.get("/agents/pm/a2a/status")

        @task
        def second(self) -> None:
            """Ask for a page that fails and raise on it."""
            self.client.get("/knowledge/status").raise_for_status()

        @task
        def leave(self) -> None:
            """End the visit."""
            self.interrupt()

    @task
    class Browse(TaskSet):
        """Tasks in any order."""

        @task(3)
        def page(self) -> None:
            """Ask once."""
            self.client.get("/.well-known/agents", name="/listing")

        @task
        def leave(self) -> None:
            """End the visit, and take another task at once."""
            self.interrupt(reschedule=True)


class Suites(SuiteUser):
    """Uses the suite's client beside them."""

    wait_time = constant(0.05)

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get("/health")


@events.quitting.add_listener
def tell(environment: Environment, **_: Any) -> None:
    """Print what Locust itself has counted, on the node that has all counts."""
    if isinstance(environment.runner, WorkerRunner):
        return
    counted = {
        f"{method} {name}": [entry.num_requests, entry.num_failures]
        for (name, method), entry in environment.stats.entries.items()
    }
    sys.stdout.write(f"LOCUST {json.dumps(counted)}\n")
    sys.stdout.flush()
