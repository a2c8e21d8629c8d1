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
    color = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if color else 80
    print(render_summary(result, width=width, color=color, files=files), flush=True)
