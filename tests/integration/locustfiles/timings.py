"""Users that ask a server for known waits, and keep the timings of every request by the id the server knows.

Waits are of three lengths in fixed shares. ``TEST_ASKS`` is how often each user waits; after that it is
redirected once, and hung up on once. The file ``told.json`` holds the samples.
"""

import json
import os
from pathlib import Path
from typing import Any

import gevent
from locust import events, task
from locust.exception import StopUser

import loadlib
from loadlib.client.sample import HttpSample
from loadlib.users import HttpUser

loadlib.install()

ASKS = int(os.environ.get("TEST_ASKS", "1"))
WAITS_MS = (*[100] * 45, *[150] * 4, 250)
"""Their percentiles 50, 95 and 99 lie in the middle of what waits equally long."""
BEGIN_S = 0.5
APART_S = 0.11

kept: list[dict[str, Any]] = []
ended: list[int] = []


class Asker(HttpUser):
    """Asks ``TEST_ASKS`` times, then ends."""

    @task
    def ask(self) -> None:
        """Ask again and again."""
        runner = self.environment.runner
        users = runner.target_user_count if runner is not None else 1
        gevent.sleep(BEGIN_S + APART_S * self.index / users)
        for number in range(ASKS):
            wait_ms = WAITS_MS[(self.index * 7 + number * 3) % len(WAITS_MS)]
            self.keep(f"{self.index}x{number}", wait_ms, "wait", number)
        for kind in ("moved", "cut"):
            self.keep(f"{self.index}{kind}", 1, kind, ASKS)
        raise StopUser

    def keep(self, name: str, wait_ms: int, kind: str, number: int) -> None:
        """Ask once and keep what was measured."""
        path = "/cut" if kind == "cut" else f"/{kind}/{name}/{wait_ms}"
        response = self.client.get(path, name=f"/{kind}")
        for sample in (*(one.timings for one in response.history), response.timings):
            kept.append({"id": name, "kind": kind, "number": number, **phases(sample)})

    def on_stop(self) -> None:
        """End the run with its last user."""
        super().on_stop()
        ended.append(self.index)
        runner = self.environment.runner
        if runner is not None and len(ended) == runner.target_user_count:
            gevent.spawn(runner.quit)


def phases(sample: HttpSample) -> dict[str, Any]:
    """Return the times of a sample, the whole as its clocks have it, and how it ended."""
    names = ("blocked_s", "connecting_s", "tls_s", "sending_s", "waiting_s", "receiving_s", "duration_s")
    told = {name: getattr(sample, name) for name in names}
    whole_s = sample.ended_at_s - sample.started_at_s
    return {**told, "whole_s": whole_s, "status": sample.status, "error_kind": sample.error_kind}


@events.quitting.add_listener
def tell(**_: Any) -> None:
    """Write what was kept."""
    Path("told.json").write_text(json.dumps(kept))
