"""One generator at work once: started, waited for, measured between two moments, ended, read.

Everything before the first moment (start-up, connections, spawning) and after the second is left out of the
steady numbers. Counts are the server's, processor time is the kernel's.
"""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from benchmarks.cpu import cpu_s, machine_cpu_s, own_cpu_s, tree
from benchmarks.generators import Generator, Job, clean_environment
from benchmarks.target import Target

START_WITHIN_S: Final = 45.0
READY_WITHIN_S: Final = 90.0
END_WITHIN_S: Final = 30.0
FIRST_REQUESTS: Final = 10
"""A generator has started when it has sent so many: more than what any asks before its users start."""
START_POLL_S: Final = 0.004


class MeasurementError(RuntimeError):
    """A generator did not start, did not connect or ended too early; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one measurement takes: ``settle_s`` after all users are connected, then the window.

    Users begin a request every ``period_s``; 0: as soon as they have the answer of the last.
    """

    settle_s: float = 0.5
    window_s: float = 1.5
    period_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Steady:
    """One generator in one round at one number of users.

    ``target_cpu_ratio`` and ``others_cpu_ratio`` are cores that the server and all strangers used meanwhile.
    """

    generator: str
    users: int
    round: int
    requests: int
    window_s: float
    cpu_s: float
    target_cpu_ratio: float
    others_cpu_ratio: float
    start_wall_s: float
    start_cpu_s: float
    p50_s: float | None
    p99_s: float | None
    problem: str

    @property
    def cpu_us_per_request(self) -> float:
        """Processor time of the generator for one request, microseconds."""
        return self.cpu_s / self.requests * 1e6

    @property
    def requests_per_cpu_s(self) -> float:
        """Requests for one second of processor time."""
        return self.requests / self.cpu_s

    @property
    def requests_per_s(self) -> float:
        """Requests for one second of the clock."""
        return self.requests / self.window_s

    def record(self, unit: str = "request") -> dict[str, Any]:
        """Return the measurement and what follows from it, as results keep them; ``unit`` is what counts."""
        values = {
            **asdict(self),
            "cpu_us_per_request": self.cpu_us_per_request,
            "requests_per_cpu_s": self.requests_per_cpu_s,
            "requests_per_s": self.requests_per_s,
        }
        return {name.replace("request", unit): value for name, value in values.items()}


class Session:
    """A generator's process and what it has used; made by `running`."""

    def __init__(
        self, generator: Generator, job: Job, target: Target, process: subprocess.Popen[bytes]
    ) -> None:
        self.generator = generator
        self.job = job
        self._target = target
        self._process = process
        self._started_s = time.monotonic()
        self._requests_before = target.counters().requests

    @property
    def pid(self) -> int:
        """The generator's process id."""
        return self._process.pid

    def cpu_s(self) -> float:
        """Return the processor time of the generator's processes so far."""
        return cpu_s(tree(self._process.pid))

    def requests(self) -> int:
        """Return how many requests the server has counted since the start."""
        return self._target.counters().requests - self._requests_before

    def wait_for_start(self) -> tuple[float, float]:
        """Wait for the first requests; return clock and processor seconds since the process began."""
        self._wait(lambda: self.requests() >= FIRST_REQUESTS, "it sent nothing", START_POLL_S, START_WITHIN_S)
        return time.monotonic() - self._started_s, self.cpu_s()

    def wait_for_users(self) -> None:
        """Wait until every user has its connection."""
        users = self.job.users
        self._wait(
            lambda: self._target.counters().connections >= users, f"{users} users never had connections", 0.02
        )

    def wait_for_requests(self, count: int) -> None:
        """Wait until the server has counted so many."""
        self._wait(lambda: self.requests() >= count, f"it never sent {count} requests", 0.02)

    def end(self) -> str:
        """Stop the generator in order and return what it printed.

        Raises:
            MeasurementError: it had ended by itself.
        """
        if self._process.poll() is not None:
            raise self._error("it ended before it was told to")
        self._process.send_signal(self.generator.stop_signal)
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            raise self._error("it did not end when told to") from None
        return self.output()

    def output(self) -> str:
        """Return what the generator has printed."""
        return (self.job.directory / "output").read_text(errors="replace")

    def resident_bytes(self) -> int:
        """Return the memory that the generator's processes hold resident now."""
        return sum(int(psutil.Process(pid).memory_info().rss) for pid in tree(self._process.pid))

    def _wait(
        self, condition: Callable[[], bool], complaint: str, poll_s: float, within_s: float = READY_WITHIN_S
    ) -> None:
        deadline_s = time.monotonic() + within_s
        while not condition():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise self._error(complaint)
            time.sleep(poll_s)

    def _error(self, complaint: str) -> MeasurementError:
        words = self.output().strip()[-600:]
        return MeasurementError(f"{self.generator.key}, {self.job.users} users: {complaint}\n{words}")


@contextmanager
def running(
    generator: Generator,
    target: Target,
    users: int,
    *,
    limit_s: int = 120,
    think_s: float = 0.0,
    period_s: float = 0.0,
) -> Iterator[Session]:
    """Run a generator for the length of the block, in an empty directory that goes with it."""
    with tempfile.TemporaryDirectory(prefix="loadlib-bench-") as folder:
        url = target.http2_url if generator.http2 else target.url
        job = Job(url, users, Path(folder), limit_s, think_s, period_s)
        with (job.directory / "output").open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own command
                _command(generator, job),
                cwd=job.directory,
                env=clean_environment(generator.environment(job)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Session(generator, job, target, process)
        finally:
            process.kill()
            process.wait()


def measure(generator: Generator, target: Target, users: int, number: int, timing: Timing) -> Steady:
    """Measure a generator once, in its steady state.

    Raises:
        MeasurementError: there was no steady state.
    """
    with running(generator, target, users, period_s=timing.period_s) as session:
        start_wall_s, start_cpu_s = session.wait_for_start()
        session.wait_for_users()
        time.sleep(timing.settle_s)
        before = _moment(session, target)
        time.sleep(timing.window_s)
        after = _moment(session, target)
        output = session.end()
        reading = generator.read(session.job.directory, output)
    at_s, requests, used_s, target_s, machine_s, own_s = (
        late - early for early, late in zip(before, after, strict=True)
    )
    if requests < 1 or used_s <= 0:
        raise MeasurementError(f"{generator.key}, {users} users: it stood still")
    return Steady(
        generator=generator.key,
        users=users,
        round=number,
        requests=int(requests),
        window_s=at_s,
        cpu_s=used_s,
        target_cpu_ratio=target_s / at_s,
        others_cpu_ratio=max(0.0, (machine_s - used_s - target_s - own_s) / at_s),
        start_wall_s=start_wall_s,
        start_cpu_s=start_cpu_s,
        p50_s=reading.p50_s,
        p99_s=reading.p99_s,
        problem=reading.problem,
    )


def _command(generator: Generator, job: Job) -> list[str]:
    command = generator.command(job)
    return [shutil.which(command[0]) or command[0], *command[1:]]


def _moment(session: Session, target: Target) -> tuple[float, ...]:
    """Return clock, requests, and seconds of the generator, the server, the machine and this process."""
    machine_s, server_s = machine_cpu_s(), cpu_s(target.pids)
    used_s, requests, at_s = session.cpu_s(), session.requests(), time.monotonic()
    return at_s, requests, used_s, server_s, machine_s, own_cpu_s()
