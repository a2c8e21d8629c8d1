"""Locust's FastHttpUser without any check: the least that Locust can do per request."""

from locust import FastHttpUser, task

from benchmarks.loadfiles.pace import spread, wait_time


class BenchUser(FastHttpUser):
    """One GET after another."""

    wait_time = wait_time()

    def on_start(self) -> None:
        """Begin when the pace says."""
        spread()

    @task
    def get(self) -> None:
        """Get the item."""
        self.client.get("/item")
