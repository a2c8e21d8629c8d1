"""A finished run handed to the user: files in the results directory, summary on standard output."""

import logging
import shutil
import sys
from pathlib import Path

from loadlib.adapters.artifacts import run_name, write_folder
from loadlib.core.result import RunResult
from loadlib.reports.summary import render_summary

_log = logging.getLogger(__name__)


def publish(result: RunResult, results_dir: Path) -> None:
    """Write and print a result. A disk that refuses costs a warning: the verdict stands."""
    files: tuple[str, ...] = ()
    try:
        folder = write_folder(
            results_dir,
            run_name(result.run.scenario, result.run.started_at_s),
            {"result.json": result.to_json(), "summary.txt": render_summary(result)},
        )
        files = tuple(str(folder / name) for name in ("result.json", "summary.txt"))
    except OSError as error:
        _log.warning("the result could not be written to %s: %s", results_dir, error)
        files = (f"none: {error}",)
    if sys.stdout is None:  # a process started without one
        return
    try:
        print(_for_stdout(result, files), flush=True)
    except (OSError, ValueError) as error:
        _log.warning("the summary could not be printed: %s", error)


def _for_stdout(result: RunResult, files: tuple[str, ...]) -> str:
    """Return the summary as standard output can show it: its width, its colours, its characters."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else 80
    text = render_summary(result, width=width, color=terminal, files=files)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return render_summary(result, width=width, color=terminal, files=files, unicode=False)
    return text
