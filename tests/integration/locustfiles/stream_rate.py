"""Users that read streams together, phase by phase; they tell what each was recorded as, and what it cost.

``TEST_PHASES`` is a JSON list of phases, each with the ``protocol`` (``agui``, ``a2a``, or ``bare`` for
sockets that are only read), the ``words`` for the server, and optionally how many ``users`` take part, how
many ``streams`` each of them reads, and ``weigh`` to follow the process's memory. A phase begins when the
last one is over for everybody. The file ``told.json`` holds, by phase, the processor time it took, the
streams by their ids, and the weights: events read, blocks allocated by Python, resident bytes.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from time import perf_counter
from typing import Any

import gevent
from gevent import socket
from gevent.event import Event
from locust import events, task
from locust.exception import StopUser

import loadlib
from loadlib.core.sketch import Sketch
from loadlib.protocols.a2a.dialect import Dialect, headers
from loadlib.protocols.a2a.requests import stream_request
from loadlib.protocols.a2a.stream import A2AStreamVerifier
from loadlib.protocols.agui.requests import HEADERS, text_run_input
from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.sse import SseEvent
from loadlib.users import PlatformUser
from loadlib.users.streams import StreamCall

loadlib.install()

PHASES: list[dict[str, Any]] = json.loads(os.environ["TEST_PHASES"])
SPREAD_S = 0.2
"""Users begin a phase one after another, so that their streams do not beat in time."""
WEIGH_EVERY = 500
PAGE_BYTES = resource.getpagesize()

told: list[dict[str, Any]] = [{"cpu_s": 0.0, "streams": {}, "weights": []} for _ in PHASES]
begun: list[Event] = [Event() for _ in range(len(PHASES) + 1)]
spent_s: list[float] = []
waiting: list[int] = []


class Weighing(AguiVerifier):
    """Judges a stream, and weighs the process now and then."""

    seen = 0
    weights: list[tuple[int, int, int]]

    def on_event(self, event: SseEvent) -> int:
        """Check one event."""
        Weighing.seen += 1
        if Weighing.seen % WEIGH_EVERY == 0:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            Weighing.weights.append((Weighing.seen, sys.getallocatedblocks(), pages * PAGE_BYTES))
        return super().on_event(event)


class Reader(PlatformUser):
    """Takes part in every phase, then ends."""

    scenario = "streams"

    def on_start(self) -> None:
        """Prepare both kinds of stream."""
        self.current: dict[str, Any] = {}
        self.calls = {
            "agui": StreamCall(self, protocol="agui", path="/agui", name="/agui", headers=HEADERS),
            "a2a": StreamCall(
                self, protocol="a2a", path="/a2a", name="/a2a", headers=headers(Dialect.V1_0, stream=True)
            ),
        }

    @task
    def read(self) -> None:
        """Play all phases."""
        users = self.environment.runner.target_user_count if self.environment.runner else 1
        for number, phase in enumerate(PHASES):
            self.meet(number, users)
            if self.index < phase.get("users", users):
                gevent.sleep(SPREAD_S * self.index / users)
                for stream in range(phase.get("streams", 1)):
                    self.play(number, phase, f"{number}x{self.index}x{stream}")
        self.meet(len(PHASES), users)
        raise StopUser

    def meet(self, number: int, users: int) -> None:
        """Wait until everybody is here; the last one reads the processor's clock."""
        waiting.append(self.index)
        if len(waiting) == (number + 1) * users:
            spent_s.append(time.process_time())
            begun[number].set()
            if number == len(PHASES) and self.environment.runner is not None:
                gevent.spawn(self.environment.runner.quit)
        begun[number].wait()

    def play(self, number: int, phase: dict[str, Any], name: str) -> None:
        """Read one stream."""
        words, protocol = phase["words"], phase["protocol"]
        self.current = {}
        if not phase.get("weigh"):
            told[number]["streams"][name] = self.current
        if protocol == "bare":
            self.current["stream_events"] = self.read_bare(text_run_input("thread", name, "u", words))
            return
        if protocol == "agui":
            Weighing.weights = told[number]["weights"]
            verifier = (Weighing if phase.get("weigh") else AguiVerifier)("thread", name)
            verdict = self.calls["agui"].run(text_run_input("thread", name, "u", words), verifier)
        else:
            body = stream_request(Dialect.V1_0, words, "m", name)
            verdict = self.calls["a2a"].run(body, A2AStreamVerifier(Dialect.V1_0, name))
        assert verdict.outcome == "completed", verdict

    def read_bare(self, body: bytes) -> int:
        """Read a stream as cheaply as can be: wake up, receive, look at the clock."""
        address = self.settings.base_url.removeprefix("http://").split(":")
        with socket.create_connection((address[0], int(address[1]))) as connection:
            connection.sendall(b"POST /agui HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            count, data = 0, b""
            while not data.endswith(b"0\r\n\r\n"):
                data = connection.recv(65536)
                perf_counter()
                count += data.count(b"data: ")
        return count

    def measure(self, metric: str, value: float, **tags: object) -> None:
        """Keep what is recorded."""
        super().measure(metric, value, **tags)
        self.current[metric] = value

    def measure_all(self, metric: str, values: Sketch, **tags: object) -> None:
        """Keep what is recorded."""
        super().measure_all(metric, values, **tags)
        self.current[metric] = [values.count, values.minimum, values.maximum, values.sum]


@events.quitting.add_listener
def tell(**_: Any) -> None:
    """Write what was kept."""
    for number, phase in enumerate(told):
        phase["cpu_s"] = spent_s[number + 1] - spent_s[number]
    Path("told.json").write_text(json.dumps(told))
