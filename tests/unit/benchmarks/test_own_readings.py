"""What the suite's own runs leave is read like any other's: failures first, the spawning left out."""

from pathlib import Path

import pytest

from benchmarks.own_readings import of_loadlib, of_loadlib_streams
from loadlib.core.metrics import BUILTIN
from loadlib.core.result import RunResult
from loadlib.core.result_series import SeriesRecord, WindowRecord
from loadlib.core.sketch import Sketch
from loadlib.core.store import Tags
from loadlib.core.values import AnyValue, Rate
from tests.unit.reports.results import RUN, START_S

HELD = ("checks", (), Rate(9, 9))


def sketch(*values_s: float) -> Sketch:
    """Return a trend of values."""
    made = Sketch()
    for value in values_s:
        made.add(value)
    return made


def save(
    folder: Path,
    *series: tuple[str, Tags, AnyValue],
    windows: tuple[tuple[float, Sketch], ...] = ((1.0, sketch(0.002)),),
) -> Path:
    """Save the result of a run with these series, and windows of durations by the second they began in."""
    result = RunResult(
        run=RUN,
        ended="completed",
        end_reason="",
        metrics=tuple(BUILTIN),
        series=tuple(SeriesRecord.of(*one) for one in series),
        window_s=1.0,
        windows=tuple(
            WindowRecord(START_S + at_s, (SeriesRecord.of("http_req_duration", (), value),))
            for at_s, value in windows
        ),
        failures=(),
        problems=(),
        processes=(),
        unavailable=(),
        available_feeds=(),
        folded_tagsets=0,
    )
    (folder / "results" / "run").mkdir(parents=True)
    (folder / "results" / "run" / "result.json").write_text(result.to_json())
    return folder


def test_latencies_leave_the_first_second_out(tmp_path: Path) -> None:
    spawning, steady, later = sketch(*[0.5] * 50), sketch(*[0.001] * 98), sketch(0.003, 0.003)
    save(tmp_path, HELD, windows=((0.0, spawning), (1.0, steady), (2.0, later)))
    reading = of_loadlib(tmp_path, "")
    assert reading.p50_s == pytest.approx(0.001, rel=0.01)
    assert reading.p99_s == pytest.approx(0.003, rel=0.01)
    assert reading.problem == ""


def test_run_of_less_than_a_second_has_no_latencies(tmp_path: Path) -> None:
    reading = of_loadlib(save(tmp_path, HELD, windows=((0.0, sketch(0.001)),)), "")
    assert (reading.p50_s, reading.p99_s, reading.problem) == (None, None, "")


@pytest.mark.parametrize(
    ("series", "problem"),
    [
        ([HELD, ("http_req_failed", (("expected_response", "false"),), Rate(2, 2))], "failed requests"),
        ([("checks", (), Rate(8, 9))], "failed checks"),
        ([], "failed checks"),
    ],
)
def test_run_that_did_not_do_its_work_is_a_problem(
    tmp_path: Path, series: list[tuple[str, Tags, AnyValue]], problem: str
) -> None:
    assert of_loadlib(save(tmp_path, *series), "").problem == problem


@pytest.mark.parametrize(
    ("series", "problem"),
    [
        ([("stream_failed", (), Rate(0, 7))], ""),
        ([("stream_failed", (), Rate(1, 7))], "1 failed streams"),
        ([], "no stream came to its end"),
    ],
)
def test_every_stream_must_have_come_to_its_good_end(
    tmp_path: Path, series: list[tuple[str, Tags, AnyValue]], problem: str
) -> None:
    assert of_loadlib_streams(save(tmp_path, *series), "").problem == problem


def test_result_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    path = save(tmp_path, HELD) / "results" / "run" / "result.json"
    path.write_text(path.read_text()[:100])
    assert "not JSON" in of_loadlib(tmp_path, "").problem
