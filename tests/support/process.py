"""Subprocesses of tests: started with a clean environment, watched through a file, always ended by pid.

Nothing here interprets what a process prints beyond matching a pattern.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.support.waiting import POLL_INTERVAL_S

REPOSITORY: Final = Path(__file__).resolve().parents[2]
FOREIGN_PREFIXES: Final = ("LOADLIB_", "LOCUST_", "OTEL_", "K6_")
"""Environment variables a test must not inherit from the developer's shell."""

BUSY_MACHINE: Final = {
    "LOADLIB_MAX_LOOP_LAG_S": "30",
    "LOADLIB_MAX_CPU_RATIO": "64",
    "LOADLIB_WORKER_START_TIMEOUT_S": "90",
}
"""Settings under which a machine that is busy with other tests does not invalidate a run."""


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the current environment without settings of the suite or its libraries, ``extra`` added."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN_PREFIXES)}
    return {**kept, "PYTHONUNBUFFERED": "1", **(extra or {})}


def run_loadlib(
    args: Sequence[str],
    env: Mapping[str, str] | None = None,
    timeout_s: float = 60.0,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m loadlib *args`` to its end and return it with stdout and stderr as text.

    The inherited ``LOADLIB_*`` and ``LOCUST_*`` variables are removed first; ``env`` is added on top. Without
    ``cwd`` it runs in an empty folder of its own, so that no ``.env`` of a checkout is read and nothing is
    left behind. The exit code is the caller's to judge.

    Raises:
        AssertionError: the process was still running after ``timeout_s`` seconds (it has been ended: SIGTERM
            first, so that a run can end its own workers). The message holds its output.
    """
    with Process([sys.executable, "-m", "loadlib", *args], env=env, cwd=cwd, merge_output=False) as process:
        code = process.wait(timeout_s)
        return subprocess.CompletedProcess(process.args, code, process.output(), process.errors())


class Process:
    """A subprocess whose output goes to a file, so that a full pipe can never block it.

    Use it as a context manager; leaving the block ends the process and removes the output files.
    """

    def __init__(
        self,
        args: Sequence[str],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        merge_output: bool = True,
    ) -> None:
        """Start ``args`` with `clean_environment(env)` and no stdin; ``merge_output``: stderr into stdout.

        Without ``cwd`` the working directory is an empty folder that is removed with the process.
        """
        self.args = list(args)
        self._directory = tempfile.TemporaryDirectory(prefix="loadlib-test-")
        self._stdout = Path(self._directory.name, "stdout")
        self._stderr = Path(self._directory.name, "stderr")
        empty = Path(self._directory.name, "cwd")
        empty.mkdir()
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self._popen = subprocess.Popen(
                self.args,
                env=clean_environment(env),
                cwd=cwd or empty,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.STDOUT if merge_output else stderr,
            )

    @property
    def pid(self) -> int:
        """The process id, also after the end."""
        return self._popen.pid

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs; a signal's number is negative."""
        return self._popen.poll()

    def output(self) -> str:
        """Return everything printed so far (stdout, with stderr unless ``merge_output`` was off)."""
        return self._stdout.read_text(errors="replace")

    def errors(self) -> str:
        """Return what stderr received; empty if the outputs are merged."""
        return self._stderr.read_text(errors="replace")

    def wait_for(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """Wait until the output matches ``pattern`` (multi-line) and return the first match.

        Raises:
            AssertionError: the process ended, or ``timeout_s`` seconds passed, without a match.
        """
        compiled = re.compile(pattern, re.MULTILINE)
        deadline = time.monotonic() + timeout_s
        while True:
            last_look = self.poll() is not None or time.monotonic() >= deadline
            if match := compiled.search(self.output()):
                return match
            if last_look:
                raise AssertionError(f"no output matches {pattern!r}: {self._describe()}")
            time.sleep(POLL_INTERVAL_S)

    def wait(self, timeout_s: float) -> int:
        """Wait for the end and return the exit code.

        Raises:
            AssertionError: the process was still running after ``timeout_s`` seconds; it is ended first.
        """
        try:
            return self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.stop()
            raise AssertionError(f"not finished within {timeout_s:g} s: {self._describe()}") from None

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to this process alone."""
        self._popen.send_signal(number)

    def stop(self, grace_s: float = 10.0) -> int:
        """End the process with SIGTERM, after ``grace_s`` seconds with SIGKILL; return its exit code."""
        if self.poll() is None:
            self._popen.terminate()
        try:
            return self._popen.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            return self._popen.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._directory.cleanup()

    def _describe(self) -> str:
        state = "running" if (code := self.poll()) is None else f"exit code {code}"
        return f"{' '.join(self.args)}\n{state}; output:\n{self.output()}{self.errors()}"
