"""Runs of real Locust processes against a real target: how tests start them and read what they left.

Every run has a working directory of its own, with a thresholds file and a results directory in it.
"""

import json
import shlex
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

from loadlib.core.result import RunResult, from_json
from loadlib.core.values import Counter, sample_count
from tests.support import Process, TargetServer, free_port
from tests.support.process import BUSY_MACHINE

LOCUSTFILES: Final = Path(__file__).parent / "locustfiles"
RUN_TIMEOUT_S: Final = 100.0
PATIENCE_S: Final = 60.0
"""How long a test waits for what a process will do soon, on a machine that is busy with many others."""

LENIENT: Final = {**BUSY_MACHINE, "LOADLIB_DEPHASE_S": "0"}
"""Users start at once, and a busy machine does not invalidate a run."""

BEGUN: Final = "begins its first request"
"""What a user of ``plain.py`` writes to stderr under ``TEST_TELL``."""

PASSING: Final = 'version: 1\nthresholds:\n  http_reqs: ["count>0"]\n'
FAILING: Final = 'version: 1\nthresholds:\n  http_reqs: ["count<1"]\n'


@dataclass(frozen=True)
class Ended:
    """A process of a run after its end."""

    code: int
    stdout: str
    stderr: str
    results: list[RunResult]

    @property
    def result(self) -> RunResult:
        """The only result."""
        assert len(self.results) == 1, f"{len(self.results)} results\n{self.stdout}\n{self.stderr}"
        return self.results[0]


@dataclass
class Bench:
    """One working directory and what starts runs in it."""

    folder: Path
    env: Mapping[str, str]
    thresholds: str = PASSING
    _processes: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.write("thresholds.yaml", self.thresholds)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the working directory."""
        path = self.folder / name
        path.write_text(text)
        return path

    @property
    def port(self) -> int:
        """The port of the target's first service."""
        return int(self.env["LOADLIB_BASE_URL"].rpartition(":")[2])

    def start(self, args: Sequence[str], env: Mapping[str, str] | None = None) -> Process:
        """Start ``python -m args`` in the working directory; it ends with the bench."""
        process = Process(
            [sys.executable, "-m", *args],
            env={**LENIENT, **self.env, **(env or {})},
            cwd=self.folder,
            merge_output=False,
        )
        self._processes.append(process)
        return process

    def loadlib(self, locustfile: str, options: str = "", env: Mapping[str, str] | None = None) -> Process:
        """Start ``loadlib run`` on a file of ``locustfiles/``, or on a scenario by its name."""
        return self.start(["loadlib", "run", _path_of(locustfile), *shlex.split(options)], env)

    def locust(self, locustfile: str, options: str = "", env: Mapping[str, str] | None = None) -> Process:
        """Start Locust itself on a file of ``locustfiles/``."""
        quiet = ["--loglevel", "WARNING"]
        return self.start(["locust", "-f", _path_of(locustfile), *quiet, *shlex.split(options)], env)

    def ended(self, process: Process, timeout_s: float = RUN_TIMEOUT_S) -> Ended:
        """Wait for the end of a process and return all it left."""
        code = process.wait(timeout_s)
        return Ended(code, process.output(), process.errors(), self.results())

    def begun_users(self) -> int:
        """Return how many users of all the bench's processes have begun their first request."""
        return sum(process.errors().count(BEGUN) for process in self._processes)

    def results(self) -> list[RunResult]:
        """Return the results written so far, oldest first."""
        files = (self.folder / "results").glob("[!.]*/result.json")
        return sorted((from_json(file.read_text()) for file in files), key=lambda r: r.run.started_at_s)

    def close(self) -> None:
        """End what still runs, the workers of a master included."""
        for process in self._processes:
            descendants = children_of(process.pid)
            process.__exit__(None, None, None)
            for child in descendants:
                if child.is_running():
                    child.kill()


Case = Callable[[Bench], Ended]


class Together:
    """Runs that go on at the same time, as each of them mostly waits; a test asks for its own by name."""

    def __init__(self, cases: Mapping[str, Case], folder: Path, env: Mapping[str, str], at_once: int) -> None:
        self._pool = ThreadPoolExecutor(at_once)
        self._benches = {name: Bench(folder / name, env) for name in cases}
        self._futures: dict[str, Future[Ended]] = {
            name: self._pool.submit(case, self._benches[name]) for name, case in cases.items()
        }

    def __getitem__(self, name: str) -> Ended:
        """Wait for a run and return what it left; raises what went wrong with it."""
        return self._futures[name].result()

    def bench(self, name: str) -> Bench:
        """Return where a run took place."""
        return self._benches[name]

    def close(self) -> None:
        """End everything that still runs."""
        self._pool.shutdown(cancel_futures=True)
        for made in self._benches.values():
            made.close()


def _path_of(locustfile: str) -> str:
    return str(LOCUSTFILES / locustfile) if locustfile.endswith(".py") else locustfile


@contextmanager
def bench(folder: Path, env: Mapping[str, str], thresholds: str = PASSING) -> Iterator[Bench]:
    """Give a bench and end its processes afterwards."""
    made = Bench(folder, env, thresholds)
    try:
        yield made
    finally:
        made.close()


def children_of(pid: int) -> list[psutil.Process]:
    """Return all descendants of a process; none when it is gone."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def left_of(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return those of some processes that still run."""
    return [process for process in processes if process.is_running() and process.status() != "zombie"]


def listens(pid: int, port: int) -> bool:
    """Tell whether a process listens on a TCP port."""
    return port in {address.port for address in listening(pid)}


def listening(pid: int) -> list[Any]:
    """Return the addresses, each with ``ip`` and ``port``, that a process and its descendants listen on."""
    processes = [psutil.Process(pid), *children_of(pid)]
    return [
        connection.laddr
        for process in processes
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]


def master_ports() -> str:
    """Return the options that make a master and its workers meet on a free port of loopback."""
    port = free_port()
    return (
        f"--master-bind-host 127.0.0.1 --master-bind-port {port} --master-host 127.0.0.1 --master-port {port}"
    )


def requests_of(result: RunResult, **tags: str) -> int:
    """Return how many requests a result counts, all of them or those with some tags."""
    value = result.snapshot().select("http_reqs", tags)
    return int(value.total) if isinstance(value, Counter) else 0


def samples_of(result: RunResult, metric: str, **tags: str) -> int:
    """Return the number of samples of a metric in a result."""
    value = result.snapshot().select(metric, tags)
    return 0 if value is None else sample_count(value)


def interrupted_of(result: RunResult) -> int:
    """Return how many requests the end of the run cut off."""
    return samples_of(result, "http_reqs_interrupted")


def fetch(url: str, data: bytes | None = None, timeout_s: float = 10.0) -> bytes:
    """Return the body of a response; raises for a status that is an error."""
    with urllib.request.urlopen(url, data, timeout_s) as response:
        body: bytes = response.read()
        return body


@dataclass(frozen=True)
class Truth:
    """What the target itself has counted since the last ``reset``."""

    target: TargetServer

    def reset(self) -> None:
        """Forget all counts."""
        fetch(f"{self.target.base_url}/__target/truth/reset", b"")

    def count(self, route: str) -> int:
        """Return the number of requests of a route, such as ``agentos GET /metrics``."""
        return int(self._routes().get(route, {"count": 0})["count"])

    def total(self) -> int:
        """Return the number of requests of all routes and services."""
        return sum(int(entry["count"]) for entry in self._routes().values())

    def _routes(self) -> dict[str, Any]:
        routes: dict[str, Any] = json.loads(fetch(f"{self.target.base_url}/__target/truth"))["routes"]
        return routes
