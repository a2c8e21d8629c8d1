"""Tells, at the end of the process, which of the suite's listeners are still registered with Locust."""

import sys
from typing import Any

from locust import constant, events, task

import loadlib
from loadlib.users import HttpUser

loadlib.install()
loadlib.install()


def ours() -> list[str]:
    """Return the events that have a listener of the suite."""
    return sorted(
        name
        for name, hook in vars(events).items()
        for handler in getattr(hook, "_handlers", [])
        if handler.__module__.startswith("loadlib.")
    )


sys.stderr.write(f"INSTALLED {' '.join(ours())}\n")


class Plain(HttpUser):
    """Asks, waits a little, asks again."""

    wait_time = constant(0.05)

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get("/.well-known/agents")


@events.quit.add_listener
def tell(**_: Any) -> None:
    """Print what is left; this listener comes after the suite's own."""
    sys.stderr.write(f"LEFT {' '.join(ours())}.\n")
