"""Streams read with Locust's FastHttpUser: lines from ``iter_lines``, every event's JSON read."""

import json

from locust import FastHttpUser, task

from benchmarks.streams.scripts import WORDS


class BenchUser(FastHttpUser):
    """One stream after another."""

    @task
    def read(self) -> None:
        """Read one stream to its end and count its events."""
        events = 0
        for line in self.client.iter_lines("/agui"):
            if line.startswith("data: "):
                json.loads(line[6:])
                events += 1
        if events < WORDS:
            raise ValueError(f"only {events} events")
