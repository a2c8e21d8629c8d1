"""Locust's FastHttpUser without any check: the least that Locust can do per request."""

import os

from locust import FastHttpUser, constant, task


class BenchUser(FastHttpUser):
    """One GET after another."""

    wait_time = constant(float(os.environ.get("BENCH_THINK_S", "0")))

    @task
    def get(self) -> None:
        """Get the item."""
        self.client.get("/item")
