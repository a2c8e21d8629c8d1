"""Streams as the suite's users read them: parsed, verified by the protocol's rules, timed, recorded."""

import os

from locust import task

import loadlib
from benchmarks.streams.scripts import REQUEST, RUN, THREAD
from loadlib.protocols.a2a.dialect import Dialect, headers
from loadlib.protocols.a2a.requests import stream_request
from loadlib.protocols.a2a.stream import A2AStreamVerifier
from loadlib.protocols.agui.requests import HEADERS, text_run_input
from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.stream import StreamVerifier
from loadlib.users import PlatformUser
from loadlib.users.streams import StreamCall

loadlib.install()

KIND = os.environ.get("BENCH_STREAM", "agui")
IS_AGUI = KIND == "agui"
HEAD = HEADERS if IS_AGUI else headers(Dialect.V1_0, stream=True)
WORDS = "How is the launch doing?"


def verifier() -> StreamVerifier:
    """Return a verifier of one stream."""
    return AguiVerifier(THREAD, RUN) if IS_AGUI else A2AStreamVerifier(Dialect.V1_0, REQUEST)


class BenchUser(PlatformUser):
    """One stream after another."""

    scenario = "streams"

    def on_start(self) -> None:
        """Make the call and its body, which never change."""
        agui, a2a = text_run_input(THREAD, RUN, "m", WORDS), stream_request(Dialect.V1_0, WORDS, "m", REQUEST)
        self.body = agui if IS_AGUI else a2a
        self.call = StreamCall(self, protocol=KIND, path=f"/{KIND}", name=f"/{KIND}", headers=HEAD)

    @task
    def read(self) -> None:
        """Read one stream to its end."""
        self.call.run(self.body, verifier())
