"""Why a run ended as it did, in lines: what failed and what is doubtful first, then the thresholds that hold.

Nothing is judged here: verdicts and problems are printed as they stand in the result.
"""

from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from typing import Final

from loadlib.core.result import Problem, RunResult
from loadlib.core.verdict import Severity, Status, Verdict
from loadlib.exitcodes import ExitCode
from loadlib.reports.figures import plural
from loadlib.reports.sheet import Brush, Sheet
from loadlib.reports.tables import Note, Row, table
from loadlib.thresholds.display import value_text

PASSED: Final = "✓"
FAILED: Final = "✗"
WARNED: Final = "!"
UNKNOWN: Final = "?"
SKIPPED: Final = "-"
_DETAIL_INDENT: Final = 4


def why_lines(result: RunResult, sheet: Sheet) -> list[str]:
    """Return the section that explains the verdict: problems, thresholds not passing, missing routes."""
    broken, doubtful = _not_passing(result.verdicts)
    invalid = [problem for problem in result.problems if problem.invalidates]
    notes = [problem for problem in result.problems if not problem.invalidates]
    lines = [
        *_ending(result, sheet),
        *_problems(invalid, FAILED, sheet.paint.bad, sheet),
        *(_most_frequent(result, sheet) if broken else ()),
        *(line for verdict in (*broken, *doubtful) for line in _explained(verdict, sheet)),
        *_problems(notes, WARNED, sheet.paint.doubtful, sheet),
        *_unavailable(result, sheet),
    ]
    return [*sheet.heading("WHY"), *(lines or _nothing_wrong(result, sheet))]


def _most_frequent(result: RunResult, sheet: Sheet) -> list[str]:
    """Return the failure that was seen most, which is often why the thresholds below do not hold."""
    if not result.failures:
        return []
    most = max(result.failures, key=lambda group: group.count)
    text = f"most frequent failure, {most.count:,} times: {most.kind} · {most.endpoint}"
    return sheet.marked(FAILED, text, sheet.paint.bad) + sheet.plain(most.example, _DETAIL_INDENT)


def threshold_lines(result: RunResult, sheet: Sheet) -> list[str]:
    """Return the section of the skipped thresholds and of those that hold, with what is to spare."""
    skipped = [verdict for verdict in result.verdicts if verdict.status is Status.SKIPPED]
    passed = [verdict for verdict in result.verdicts if verdict.status is Status.PASS]
    lines = sheet.heading("THRESHOLDS", tally(result.verdicts))
    for verdict in skipped:
        lines += sheet.marked(SKIPPED, f"{_title(verdict)}: skipped, {_reason(verdict)}", sheet.paint.dim)
    return [*lines, *_passing_table(passed, sheet)]


def tally(verdicts: Iterable[Verdict]) -> str:
    """Return how many thresholds ended how: ``1 failed, 2 warned, 14 passed``."""
    words = [_word(verdict) for verdict in verdicts]
    order = ("failed", "without data", "warned", "skipped", "passed")
    counts = [f"{words.count(word):,} {word}" for word in order if word in words]
    return ", ".join(counts) or "none was judged"


def measured_text(verdict: Verdict) -> str:
    """Return what was measured, with its unit; a value that is no number reads as no data."""
    known = verdict.value is not None and isfinite(verdict.value)
    return value_text(verdict if known else replace(verdict, value=None))


def spare_text(verdict: Verdict) -> str:
    """Return how far a passing value is from its bound: ``54% to spare``; empty where that has no meaning."""
    ratio = verdict.headroom_ratio
    if ratio is None or not isfinite(ratio):
        return ""
    percent = "<1" if 0 < ratio < 0.01 else f"{ratio * 100:.0f}" if ratio < 10 else ">999"
    return f"{percent}% to spare"


def _not_passing(verdicts: Iterable[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    order = {"failed": 0, "without data": 1, "warned": 2}
    found = sorted((v for v in verdicts if _word(v) in order), key=lambda verdict: order[_word(verdict)])
    return [v for v in found if v.fails_run], [v for v in found if not v.fails_run]


def _word(verdict: Verdict) -> str:
    if verdict.status is Status.PASS:
        return "passed"
    if verdict.status is Status.SKIPPED:
        return "skipped"
    if verdict.severity is Severity.WARN:
        return "warned"
    return "failed" if verdict.status is Status.FAIL else "without data"


def _explained(verdict: Verdict, sheet: Sheet) -> list[str]:
    mark, word, brush = _look(verdict, sheet)
    samples = f" ({plural(verdict.samples, 'sample')})" if verdict.value is not None else ""
    lines = sheet.marked(mark, f"{word}  {_title(verdict)}", brush)
    lines += sheet.plain(f"{_reason(verdict)}{samples}", _DETAIL_INDENT)
    return lines + sheet.plain(verdict.source, _DETAIL_INDENT)


def _look(verdict: Verdict, sheet: Sheet) -> tuple[str, str, Brush]:
    if verdict.severity is Severity.WARN:
        return WARNED, "WARN", sheet.paint.doubtful
    if verdict.status is Status.NO_DATA:
        return UNKNOWN, "NO DATA", sheet.paint.bad
    return FAILED, "FAIL", sheet.paint.bad


def _title(verdict: Verdict) -> str:
    section = f" · {verdict.section}" if verdict.section else ""
    return f"{verdict.selector}: {verdict.expression}{section}"


def _reason(verdict: Verdict) -> str:
    measured = measured_text(verdict)
    reason = verdict.reason or "no reason was given"
    return reason if verdict.value is None or measured in reason else f"{measured}; {reason}"


def _passing_table(passed: Iterable[Verdict], sheet: Sheet) -> list[str]:
    rows: list[Row | Note] = []
    section = ""
    for verdict in passed:
        if verdict.section != section:
            section = verdict.section
            rows.append(Note(section or "whole run", "  "))
        name = f"{PASSED} {verdict.selector}: {verdict.expression}"
        rows.append((name, measured_text(verdict), spare_text(verdict)))
    lines = table(("", "", ""), rows, sheet.width, indent=4 if section else 2) if rows else []
    return [line.replace(PASSED, sheet.paint.good(PASSED), 1) for line in lines]


def _ending(result: RunResult, sheet: Sheet) -> list[str]:
    if result.ended == "completed":
        return []
    reason = f": {result.end_reason}" if result.end_reason else ""
    return sheet.marked(FAILED, f"the run did not complete ({result.ended}){reason}", sheet.paint.bad)


def _problems(problems: Iterable[Problem], mark: str, brush: Brush, sheet: Sheet) -> list[str]:
    return [
        line
        for problem in problems
        for line in sheet.marked(mark, f"{problem.kind.replace('_', ' ')}: {problem.detail}", brush)
    ]


def _unavailable(result: RunResult, sheet: Sheet) -> list[str]:
    return [
        line
        for route in result.unavailable
        for line in sheet.marked(
            WARNED,
            f"the target lacks {route.endpoint}, which {route.scenario} needs: {route.reason}",
            sheet.paint.doubtful,
        )
    ]


def _nothing_wrong(result: RunResult, sheet: Sheet) -> list[str]:
    if result.exit_code != ExitCode.PASS:
        return sheet.marked(FAILED, "nothing that was recorded explains this exit code", sheet.paint.bad)
    if not result.verdicts:
        return sheet.marked(WARNED, "no threshold was set, so nothing could fail", sheet.paint.doubtful)
    return sheet.marked(PASSED, "every threshold holds", sheet.paint.good)
