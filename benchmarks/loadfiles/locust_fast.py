"""Locust's FastHttpUser with a check of status and body: Locust's event and statistics."""

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
        """Get the item and check it."""
        with self.client.get("/item", catch_response=True) as response:
            if response.status_code != 200 or b'"status":"ok"' not in response.content:
                response.failure("wrong answer")
