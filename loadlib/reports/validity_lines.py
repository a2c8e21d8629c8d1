"""Whether the measurement can be trusted, in lines: the generator's own CPU and timers, workers, losses.

The judgement is the run's: its problems say what was wrong. This file prints it beside the figures.
"""

from collections.abc import Sequence
from typing import Final

from loadlib.core.result import ProcessHealth, RunResult
from loadlib.reports.figures import percent_text, plural, time_text
from loadlib.reports.sheet import Sheet
from loadlib.reports.tables import table

MAX_PROCESSES: Final = 8
_HEADER: Final = (
    "process",
    "CPU\nmean",
    "\nmax",
    "timer late\np99",
    "\nmax",
    "lost\nreports",
    "last\nreport",
)


def validity_lines(result: RunResult, sheet: Sheet) -> list[str]:
    """Return the section on the generator: a plain sentence first, then a row for each process."""
    lines = sheet.heading("GENERATOR", _sentence(result))
    lines += _processes(result.processes, sheet)
    for text in (_workers(result), _folded(result), *_lost(result.processes)):
        lines += sheet.plain(text) if text else []
    return lines


def _sentence(result: RunResult) -> str:
    saturated = sum(problem.kind == "saturated" for problem in result.problems)
    if saturated:
        signs = plural(saturated, "sign")
        return f"the generator was saturated: times contain its own queueing ({signs}, see WHY)"
    if not any(process.cpu_max_ratio or process.loop_lag_max_s for process in result.processes):
        return "the generator's CPU and timers were not measured"
    return "the generator was not saturated"


def _processes(processes: Sequence[ProcessHealth], sheet: Sheet) -> list[str]:
    if not processes:
        return []
    worst = sorted(processes, key=lambda process: (process.final, -process.cpu_max_ratio, process.process))
    rows = [
        (
            process.process,
            percent_text(process.cpu_mean_ratio),
            percent_text(process.cpu_max_ratio),
            time_text(process.loop_lag_p99_s),
            time_text(process.loop_lag_max_s),
            f"{process.lost_deltas:,}",
            "yes" if process.final else "MISSING",
        )
        for process in worst[:MAX_PROCESSES]
    ]
    lines = table(_HEADER, rows, sheet.width)
    more = len(processes) - MAX_PROCESSES
    if more > 0:
        lines += sheet.plain(f"and {plural(more, 'more process', 'more processes')} with less CPU")
    return lines


def _workers(result: RunResult) -> str:
    final = sum(process.final for process in result.processes)
    workers = f", {plural(result.run.workers, 'worker')}" if result.run.workers else ""
    of = plural(len(result.processes), "process", "processes")
    return f"mode {result.run.mode}{workers}; {final} of {of} sent the last report"


def _lost(processes: Sequence[ProcessHealth]) -> list[str]:
    lost = sum(process.lost_deltas for process in processes)
    return [f"{plural(lost, 'report')} of recorded samples got lost on the way"] if lost else []


def _folded(result: RunResult) -> str:
    if not result.folded_tagsets:
        return ""
    times = plural(result.folded_tagsets, "time")
    return f"more tag sets than the limit: folded into (other) {times}; totals are exact"
