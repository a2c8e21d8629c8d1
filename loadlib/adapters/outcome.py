"""How a run ended and which exit code follows: pure decisions, failing closed.

Whatever is not a completed evaluation of a complete run can't pass: the code starts as an internal error.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from loadlib.core.result import Problem
from loadlib.core.verdict import Verdict
from loadlib.exitcodes import ExitCode


class Ended(StrEnum):
    """Why the load stopped."""

    COMPLETED = "completed"
    INTERRUPTED = "interrupted"
    THRESHOLD_ABORT = "aborted by a threshold"
    SCENARIO_ABORT = "aborted by a scenario"
    SETUP_FAILED = "set-up failed"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the load stopped and, in a sentence, what about it."""

    ended: Ended = Ended.COMPLETED
    reason: str = ""


_CODES = {
    Ended.INTERRUPTED: ExitCode.INTERRUPTED,
    Ended.SETUP_FAILED: ExitCode.SETUP_FAILED,
    Ended.SCENARIO_ABORT: ExitCode.ABORTED_BY_SCENARIO,
    Ended.NOT_STARTED: ExitCode.INVALID_EVIDENCE,
    Ended.THRESHOLD_ABORT: ExitCode.THRESHOLDS_FAILED,
}


def exit_code(ending: Ending, problems: Iterable[Problem], verdicts: Iterable[Verdict]) -> ExitCode:
    """Return the code of a run that was judged.

    The ending decides first (as in k6, where 105, 107 and 108 go before 99), then whether the run is evidence
    at all, then the thresholds.
    """
    if ending.ended in _CODES:
        return _CODES[ending.ended]
    if any(problem.invalidates for problem in problems):
        return ExitCode.INVALID_EVIDENCE
    if any(verdict.fails_run for verdict in verdicts):
        return ExitCode.THRESHOLDS_FAILED
    return ExitCode.PASS
