"""Ordinary users with a host of their own, ``TEST_HOST``, that asks for a user name and a password."""

import os

from locust import FastHttpUser, HttpUser, constant, task

import loadlib

loadlib.install()


class Fast(FastHttpUser):
    """Asks, some of it for nothing."""

    host = os.environ["TEST_HOST"]
    wait_time = constant(0.05)

    @task
    def ask(self) -> None:
        """Ask for what is there and for what is not."""
        self.client.get("/.well-known/agents")
        self.client.get(f"{self.host}/none")


class Requests(HttpUser):
    """Asks with Locust's slower client, and raises on an error."""

    host = os.environ["TEST_HOST"]
    wait_time = constant(0.05)

    @task
    def ask(self) -> None:
        """Ask for what is not there."""
        self.client.get("/none").raise_for_status()
