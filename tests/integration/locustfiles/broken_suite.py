"""A locustfile that breaks a part of the suite, named by ``TEST_BREAK``, as a bug in it would."""

import os
from typing import Any, NoReturn

from locust import constant, task

import loadlib
from loadlib.adapters import decider, judging, plugin
from loadlib.users import HttpUser

loadlib.install()


def crash(*_: Any, **__: Any) -> NoReturn:
    """Stand for a bug."""
    raise RuntimeError("a bug in the suite")


BREAKS = {
    "evaluator": (judging, "evaluate"),
    "publisher": (plugin, "publish"),
    "start": (plugin, "Runtime"),
    "preflight": (decider, "reachable"),
}
setattr(*BREAKS[os.environ["TEST_BREAK"]], crash)


class Plain(HttpUser):
    """Asks, waits a little, asks again."""

    wait_time = constant(0.05)

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get("/.well-known/agents")
