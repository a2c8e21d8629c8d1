"""The generators: what each is, what it does per request, how it is started. Starts nothing itself."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import external, own_readings, readings
from benchmarks.readings import Reading
from benchmarks.target import PATH, ROOT

LOADFILES: Final = Path(__file__).resolve().parent / "loadfiles"
FOREIGN_PREFIXES: Final = ("LOADLIB_", "LOCUST_", "OTEL_", "K6_")
OWN: Final = "loadlib"
OWN_KEYS: Final = (OWN, "loadlib-event")
"""The suite's own rows: each of them must hold a required ratio."""
RIVAL: Final = "fasthttp"


@dataclass(frozen=True, slots=True)
class Job:
    """One start of a generator: ``limit_s`` ends it if nothing else does, ``directory`` is its own.

    A user thinks for ``think_s`` after each request, or begins one every ``period_s``; 0 for neither.
    """

    url: str
    users: int
    directory: Path
    limit_s: int
    think_s: float = 0.0
    period_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Generator:
    """One row of the table.

    Attributes:
        key: its name in options and results.
        title: its name in tables; ``work``: what it does per request besides sending and receiving.
        command: the command line of a job.
        read: what the generator itself says when it is over, from its directory and its output.
        environment: variables it is given.
        program: what must be on PATH, empty for what comes with Python.
        stop_signal: ends it in order, so that it still reports.
        paced: whether ``Job.think_s`` and ``Job.period_s`` are kept.
        http2: whether it is sent to the server's port for HTTP/2.
    """

    key: str
    title: str
    work: str
    command: Callable[[Job], list[str]]
    read: Callable[[Path, str], Reading]
    environment: Callable[[Job], Mapping[str, str]] = lambda job: {}  # noqa: ARG005 - nothing to add
    program: str = ""
    stop_signal: signal.Signals = signal.SIGTERM
    paced: bool = False
    http2: bool = False

    @property
    def available(self) -> bool:
        """Whether it can be started here."""
        return not self.program or shutil.which(self.program) is not None


def locust_command(loadfile: str) -> Callable[[Job], list[str]]:
    """Return what makes the command line of Locust with one of the locustfiles."""

    def command(job: Job) -> list[str]:
        options = f"--headless --loglevel ERROR --only-summary --reset-stats -u {job.users} -r {job.users}"
        return [
            *(sys.executable, "-m", "locust", "-f", str(LOADFILES / loadfile), *options.split()),
            *("--host", job.url, "-t", f"{job.limit_s}s", "--json-file", "locust"),
        ]

    return command


def _pace(job: Job) -> Mapping[str, str]:
    return {"BENCH_THINK_S": str(job.think_s), "BENCH_PERIOD_S": str(job.period_s)}


def settings_of_loadlib(job: Job) -> Mapping[str, str]:
    """Return this suite's settings: users start at once, files go into the job's directory."""
    return {
        **_pace(job),
        "LOADLIB_BASE_URL": job.url,
        "LOADLIB_THRESHOLDS": str(LOADFILES / "thresholds.yaml"),
        "LOADLIB_RESULTS_DIR": str(job.directory / "results"),
        "LOADLIB_DEPHASE_S": "0",
        "LOADLIB_STOP_TIMEOUT_S": "1",
    }


def _floor(job: Job) -> list[str]:
    return [sys.executable, "-m", "benchmarks.floor", job.url, PATH, str(job.users), str(job.limit_s)]


GENERATORS: Final = {
    generator.key: generator
    for generator in (
        Generator(
            OWN,
            "loadlib HttpUser",
            "phases, tags, recording, thresholds, check, Locust's tables",
            locust_command("loadlib_http.py"),
            own_readings.of_loadlib,
            settings_of_loadlib,
            paced=True,
        ),
        Generator(
            "loadlib-event",
            "  with a listener",
            "the same, and Locust's event, fired for a listener",
            locust_command("loadlib_event.py"),
            own_readings.of_loadlib,
            settings_of_loadlib,
        ),
        Generator(
            RIVAL,
            "Locust FastHttpUser",
            "check, Locust's event and tables",
            locust_command("locust_fast.py"),
            readings.of_locust,
            _pace,
            paced=True,
        ),
        Generator(
            "fasthttp-bare",
            "  without check",
            "Locust's event and tables",
            locust_command("locust_fast_bare.py"),
            readings.of_locust,
            _pace,
            paced=True,
        ),
        Generator(
            "httpuser",
            "Locust HttpUser",
            "check, Locust's event and tables",
            locust_command("locust_requests.py"),
            readings.of_locust,
            _pace,
            paced=True,
        ),
        Generator(
            "k6",
            "k6",
            "check, its metrics and tags",
            lambda job: external.k6(
                job.url, job.users, job.limit_s, job.directory, think_s=job.think_s, period_s=job.period_s
            ),
            external.read_k6,
            program="k6",
            stop_signal=signal.SIGINT,
            paced=True,
        ),
        Generator(
            "hey",
            "hey",
            "status, times",
            lambda job: external.hey(job.url, job.users, job.limit_s),
            external.read_hey,
            program="hey",
            stop_signal=signal.SIGINT,
        ),
        Generator(
            "wrk",
            "wrk",
            "status, times (C)",
            lambda job: external.wrk(job.url, job.users, job.limit_s),
            external.read_wrk,
            program="wrk",
            stop_signal=signal.SIGINT,
        ),
        Generator(
            "floor",
            "gevent socket",
            "none: fixed bytes out, recv in",
            _floor,
            readings.of_nothing,
        ),
    )
}


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without settings of the generators, ``extra`` added, this package importable."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN_PREFIXES)}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}
