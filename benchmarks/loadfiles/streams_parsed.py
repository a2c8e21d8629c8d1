"""Streams read with the suite's client and its parser of server-sent events, and no further."""

from locust import task

import loadlib
from benchmarks.streams.scripts import WORDS
from loadlib.protocols.sse import SseParser
from loadlib.users import HttpUser

loadlib.install()


class BenchUser(HttpUser):
    """One stream after another."""

    @task
    def read(self) -> None:
        """Read one stream to its end and count its events."""
        parser, events = SseParser(), 0
        with self.client.stream("GET", "/agui") as response:
            for _, data in response:
                events += len(list(parser.feed(data)))
        if events < WORDS:
            raise ValueError(f"only {events} events")
