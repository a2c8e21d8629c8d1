"""The exit codes of a run, one line of meaning each; the numbers are k6's where k6 has one.

This file does not decide which code a run gets: the gate does.
"""

from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """What a run tells the shell that started it."""

    PASS = 0
    THRESHOLDS_FAILED = 99
    INVALID_CONFIGURATION = 104
    INTERRUPTED = 105
    SETUP_FAILED = 107
    ABORTED_BY_SCENARIO = 108
    INTERNAL = 109
    INVALID_EVIDENCE = 111


MEANINGS: Final[dict[ExitCode, str]] = {
    ExitCode.PASS: "every threshold holds",
    ExitCode.THRESHOLDS_FAILED: "a threshold failed",
    ExitCode.INVALID_CONFIGURATION: "invalid configuration or thresholds file",
    ExitCode.INTERRUPTED: "interrupted from outside",
    ExitCode.SETUP_FAILED: "set-up or tear-down of a scenario raised",
    ExitCode.ABORTED_BY_SCENARIO: "a scenario asked for the abort",
    ExitCode.INTERNAL: "internal error",
    ExitCode.INVALID_EVIDENCE: "the run is not valid evidence",
}


def describe(code: int) -> str:
    """Return ``"exit 99: a threshold failed"`` for a code, unknown codes included."""
    try:
        return f"exit {code}: {MEANINGS[ExitCode(code)]}"
    except ValueError:
        return f"exit {code}: not a code of this suite"
