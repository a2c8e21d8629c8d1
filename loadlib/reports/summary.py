"""The summary at the end of a run, for a terminal: the verdict, why, the traffic, whether to trust it.

It is put together here; its sections are made by the modules named ``..._lines``.
"""

from collections.abc import Sequence
from typing import Final

from loadlib.core.result import RunResult
from loadlib.core.units import format_span
from loadlib.exitcodes import ExitCode, describe
from loadlib.reports.colors import Paint
from loadlib.reports.figures import plural
from loadlib.reports.layout import to_ascii
from loadlib.reports.sheet import Sheet
from loadlib.reports.traffic_lines import check_lines, failure_lines, load_lines, request_lines, stream_lines
from loadlib.reports.validity_lines import validity_lines
from loadlib.reports.verdict_lines import threshold_lines, why_lines

MIN_WIDTH: Final = 80
_WORDS: Final = {
    ExitCode.PASS: "PASS",
    ExitCode.THRESHOLDS_FAILED: "FAIL",
    ExitCode.INVALID_CONFIGURATION: "INVALID CONFIGURATION",
    ExitCode.INTERRUPTED: "INTERRUPTED",
    ExitCode.SETUP_FAILED: "SET-UP FAILED",
    ExitCode.ABORTED_BY_SCENARIO: "ABORTED",
    ExitCode.INTERNAL: "ERROR",
    ExitCode.INVALID_EVIDENCE: "INVALID",
}


def render_summary(
    result: RunResult,
    *,
    width: int = 80,
    color: bool = False,
    files: Sequence[str] = (),
    unicode: bool = True,
) -> str:
    """Return the summary of a finished run.

    Args:
        result: the run with its verdicts.
        width: columns of the terminal; no line takes more. Less than 80 counts as 80.
        color: whether to use colour codes; without them the text holds no control character but line breaks.
        files: paths of what was written, named at the end.
        unicode: whether marks and names may be other than ASCII.
    """
    sheet = Sheet(max(width, MIN_WIDTH), Paint(color))
    snapshot = result.snapshot()
    lines = [
        *_head(result, sheet),
        *why_lines(result, sheet),
        *threshold_lines(result, sheet),
        *request_lines(result, snapshot, sheet),
        *stream_lines(result, snapshot, sheet),
        *check_lines(snapshot, sheet),
        *load_lines(snapshot, sheet),
        *failure_lines(result.failures, sheet),
        *validity_lines(result, sheet),
        *_files(files, sheet),
    ]
    text = "\n".join(lines) + "\n"
    return text if unicode else to_ascii(text)


def verdict_word(exit_code: int) -> str:
    """Return the word for how a run ended: ``PASS``, ``FAIL``, ``INVALID``; ``ERROR`` for unknown codes."""
    return _WORDS.get(exit_code, "ERROR")  # type: ignore[call-overload, no-any-return] # an int is its ExitCode


def _head(result: RunResult, sheet: Sheet) -> list[str]:
    brush = sheet.paint.good if result.exit_code == ExitCode.PASS else sheet.paint.bad
    run = result.run
    named = (("profile", run.profile), ("environment", run.environment))
    facts = [
        run.scenario,
        *(f"{label} {value}" for label, value in named if value),
        format_span(run.duration_s),
        plural(run.peak_users, "user"),
    ]
    targets = (url if name == url else f"{name} {url}" for name, url in run.targets.items())
    return [
        *sheet.led(f"{verdict_word(result.exit_code)}  ", describe(result.exit_code), brush),
        *sheet.plain(" · ".join(facts)),
        *sheet.plain(" · ".join([f"started {run.started_at}", *targets])),
        *sheet.plain(f"run {run.id}"),
    ]


def _files(files: Sequence[str], sheet: Sheet) -> list[str]:
    if not files:
        return []
    return [*sheet.heading("FILES"), *(line for file in files for line in sheet.plain(file))]
