"""What the Python generators leave is read, and anything that went wrong is a problem."""

import json
from pathlib import Path

import pytest

from benchmarks import own_readings, readings

TRACEBACK = (
    'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    raise\nKeyError: 7\n\nmore\n'
)


def entry(times: dict[str, int], failures: int = 0) -> dict[str, object]:
    """Return one entry of Locust's file."""
    return {"response_times": times, "num_failures": failures}


def test_locusts_quantiles_are_over_all_entries(tmp_path: Path) -> None:
    entries = [entry({"10": 1, "2": 97}), entry({"2": 1, "400": 1})]
    (tmp_path / "locust.json").write_text(json.dumps(entries))
    reading = readings.of_locust(tmp_path, "")
    assert (reading.p50_s, reading.p99_s, reading.problem) == (0.002, 0.01, "")


def test_locusts_failures_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "locust.json").write_text(json.dumps([entry({"1": 5}, 3)]))
    assert readings.of_locust(tmp_path, "").problem == "3 failed requests"


@pytest.mark.parametrize(
    "reader", [readings.of_locust, own_readings.of_loadlib, own_readings.of_loadlib_streams]
)
def test_generator_that_leaves_nothing_is_a_problem(tmp_path: Path, reader: type) -> None:
    problem = reader(tmp_path, "its last words").problem
    assert problem.endswith("its last words")


def test_exception_in_a_user_is_a_problem_by_its_last_line(tmp_path: Path) -> None:
    """A generator that raises and goes on is not measured as one that works."""
    (tmp_path / "locust.json").write_text(json.dumps([entry({"1": 5})]))
    assert readings.of_locust(tmp_path, TRACEBACK).problem == "KeyError: 7"
    assert readings.of_raising(tmp_path, TRACEBACK).problem == "KeyError: 7"
    assert readings.of_raising(tmp_path, "fine").problem == ""
