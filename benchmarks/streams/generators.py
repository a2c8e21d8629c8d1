"""The readers of streams: what each does with an event. Starts nothing itself."""

import sys
from collections.abc import Callable, Mapping
from typing import Final

from benchmarks import own_readings, readings
from benchmarks.generators import Generator, Job, locust_command, settings_of_loadlib

OWN: Final = "agui"
KIND: Final = "BENCH_STREAM"


def _settings(kind: str) -> Callable[[Job], Mapping[str, str]]:
    return lambda job: {**settings_of_loadlib(job), KIND: kind}


def _floor(job: Job) -> list[str]:
    return [sys.executable, "-m", "benchmarks.floor", job.url, "/agui", str(job.users), str(job.limit_s)]


STREAM_GENERATORS: Final = {
    generator.key: generator
    for generator in (
        Generator(
            OWN,
            "loadlib, AG-UI",
            "SSE parser, AG-UI verifier, times of every event, recording",
            locust_command("streams_verified.py"),
            own_readings.of_loadlib_streams,
            _settings("agui"),
        ),
        Generator(
            "a2a",
            "loadlib, A2A",
            "SSE parser, A2A 1.0 verifier, times of every event, recording",
            locust_command("streams_verified.py"),
            own_readings.of_loadlib_streams,
            _settings("a2a"),
        ),
        Generator(
            "sse",
            "loadlib, SSE only",
            "SSE parser; the request recorded, the AG-UI events not looked at",
            locust_command("streams_parsed.py"),
            readings.of_raising,
            settings_of_loadlib,
        ),
        Generator(
            "fasthttp-lines",
            "Locust FastHttpUser",
            "iter_lines, json.loads of every AG-UI event; no times, no verifier",
            locust_command("streams_fast.py"),
            readings.of_raising,
        ),
        Generator("floor", "gevent socket", "none: recv of the AG-UI bytes", _floor, readings.of_nothing),
    )
}
