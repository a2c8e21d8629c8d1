"""The summary as it is printed, byte for byte; ``make golden`` accepts a change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from loadlib.core.result import RunResult
from loadlib.reports.summary import render_summary
from tests.support import assert_golden
from tests.unit.reports import results

FOLDER = Path(__file__).parent / "summary"
FILES = ("results/20260921T141320Z-a2a/result.json", "results/20260921T141320Z-a2a/report.html")
RUNS: dict[str, Callable[[], RunResult]] = {
    "pass": results.passing,
    "fail": results.failing,
    "no_data": results.without_data,
    "invalid": results.invalid,
    "interrupted": results.interrupted,
    "mixed_with_streams": results.mixed,
    "hostile_names": results.hostile,
}


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("name", RUNS)
def test_summary(name: str, width: int) -> None:
    """Every ending of a run, on a narrow and on a wide terminal."""
    text = render_summary(RUNS[name](), width=width, files=FILES)
    assert_golden(FOLDER / f"{name}_{width}.txt", text)


def test_summary_in_colour() -> None:
    """Only marks, verdicts and headings are coloured."""
    assert_golden(FOLDER / "fail_colour.txt", render_summary(results.failing(), color=True))


def test_summary_in_ascii() -> None:
    """For terminals and logs that know nothing else."""
    assert_golden(FOLDER / "mixed_ascii.txt", render_summary(results.mixed(), unicode=False))
