"""The suite with a disk that takes its time: publishing says when it begins and waits before it writes."""

import sys
from pathlib import Path

import gevent
from locust import constant, task

import loadlib
from loadlib.adapters import plugin
from loadlib.core.result import RunResult
from loadlib.users import HttpUser

loadlib.install()
publish = plugin.publish


def publish_slowly(result: RunResult, results_dir: Path) -> None:
    """Publish, with time for a signal."""
    sys.stderr.write("publishing\n")
    sys.stderr.flush()
    gevent.sleep(1.5)
    publish(result, results_dir)


plugin.publish = publish_slowly


class Plain(HttpUser):
    """Asks, waits a little, asks again."""

    wait_time = constant(0.05)

    @task
    def ask(self) -> None:
        """Ask once."""
        self.client.get("/.well-known/agents")
