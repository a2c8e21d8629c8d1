"""Locust's HttpUser (requests) with a check of status and body: Locust's event and statistics."""

import os

from locust import HttpUser, constant, task


class BenchUser(HttpUser):
    """One GET after another."""

    wait_time = constant(float(os.environ.get("BENCH_THINK_S", "0")))

    @task
    def get(self) -> None:
        """Get the item and check it."""
        with self.client.get("/item", catch_response=True) as response:
            if response.status_code != 200 or b'"status":"ok"' not in response.content:
                response.failure("wrong answer")
