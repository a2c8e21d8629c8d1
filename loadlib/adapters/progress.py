"""Progress while a run is on: a bar on a terminal, a plain line every ten seconds elsewhere, on stderr."""

import shutil
import sys
import time
from typing import Any, Final

import gevent

from loadlib.adapters.profiles import Stages, total_duration_s
from loadlib.adapters.run import Run
from loadlib.adapters.runtime import Runtime
from loadlib.core.snapshot import Snapshot
from loadlib.reports.progress import progress_line

TERMINAL_INTERVAL_S: Final = 1.0
LOG_INTERVAL_S: Final = 10.0
CLEAR_LINE: Final = "\r\x1b[2K"


class Progress:
    """Prints how a run goes until it is stopped."""

    def __init__(self, runtime: Runtime, scenario: str, stages: Stages | None, run: Run) -> None:
        self._runtime = runtime
        self._scenario = scenario
        self._total_s = total_duration_s(stages) if stages else self._run_time_s()
        self._run = run
        self._terminal = sys.stderr.isatty()
        self._before: Snapshot | None = None
        self._greenlet: gevent.Greenlet[..., Any] | None = None

    def start(self) -> None:
        """Begin printing."""
        self._greenlet = gevent.spawn(self._print_lines)

    def stop(self) -> None:
        """End printing and leave the terminal's line clean."""
        if self._greenlet is not None:
            self._greenlet.kill()
            if self._terminal:
                sys.stderr.write(CLEAR_LINE)
                sys.stderr.flush()
        self._greenlet = None

    def _print_lines(self) -> None:
        while True:
            gevent.sleep(TERMINAL_INTERVAL_S if self._terminal else LOG_INTERVAL_S)
            line = self._line()
            sys.stderr.write(f"{CLEAR_LINE}{line}" if self._terminal else f"{line}\n")
            sys.stderr.flush()

    def _line(self) -> str:
        runner = self._runtime.environment.runner
        now = self._run.snapshot()
        before, self._before = self._before, now
        return progress_line(
            scenario=self._scenario,
            elapsed_s=time.time() - self._run.plan.started_at_s,
            total_s=self._total_s,
            users=runner.user_count if runner is not None else 0,
            snapshot_now=now,
            snapshot_before=before,
            width=shutil.get_terminal_size().columns,
            bar=self._terminal,
        )

    def _run_time_s(self) -> float | None:
        options = self._runtime.environment.parsed_options
        run_time = getattr(options, "run_time", None)
        return float(run_time) if run_time else None
