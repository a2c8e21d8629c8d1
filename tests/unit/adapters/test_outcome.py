"""Which exit code follows from how a run ended, what was wrong with it, and what the thresholds say."""

from dataclasses import replace

import pytest

from loadlib.adapters.outcome import Ended, Ending, exit_code
from loadlib.core.result import Problem
from loadlib.core.verdict import Severity, Status
from tests.unit.reports.results import verdict

LOST = Problem("lost_worker", "worker-1 was lost", invalidates=True)
NOTE = Problem("note", "worth knowing", invalidates=False)
FAILED = verdict(status=Status.FAIL)
CODES = [
    (Ended.COMPLETED, (), (), 0),
    (Ended.COMPLETED, (NOTE,), (verdict(),), 0),
    (Ended.COMPLETED, (), (verdict(), FAILED), 99),
    (Ended.COMPLETED, (), (verdict(status=Status.NO_DATA),), 99),
    (Ended.COMPLETED, (), (verdict(status=Status.SKIPPED),), 0),
    (Ended.COMPLETED, (), (replace(FAILED, severity=Severity.WARN),), 0),
    (Ended.COMPLETED, (LOST,), (), 111),
    (Ended.COMPLETED, (NOTE, LOST), (FAILED,), 111),
    (Ended.INTERRUPTED, (LOST,), (FAILED,), 105),
    (Ended.SETUP_FAILED, (LOST,), (FAILED,), 107),
    (Ended.SCENARIO_ABORT, (LOST,), (FAILED,), 108),
    (Ended.NOT_STARTED, (), (), 111),
    (Ended.THRESHOLD_ABORT, (), (verdict(),), 99),
]


@pytest.mark.parametrize(("ended", "problems", "verdicts", "code"), CODES)
def test_ending_goes_before_validity_and_validity_before_thresholds(
    ended: Ended, problems: tuple[Problem, ...], verdicts: tuple[object, ...], code: int
) -> None:
    assert exit_code(Ending(ended), problems, verdicts) == code  # type: ignore[arg-type]


def test_every_ending_but_completion_has_a_code_that_is_no_pass() -> None:
    assert [ended for ended in Ended if exit_code(Ending(ended), (), ()) == 0] == [Ended.COMPLETED]
