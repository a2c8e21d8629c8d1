"""A result handed over: files first, then standard output, whatever state that is in."""

import io
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from loadlib.adapters.publishing import publish
from loadlib.core.result import from_json
from tests.unit.reports.results import passing


def saved(results_dir: Path) -> list[str]:
    """Return the files of the only result; it must be readable."""
    (folder,) = results_dir.iterdir()
    assert from_json((folder / "result.json").read_text("utf-8")) == passing()
    return sorted(path.name for path in folder.iterdir())


def ascii_stdout() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="ascii")


def test_output_that_takes_ascii_alone_gets_ascii_and_the_files_stay_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stdout, results_dir = ascii_stdout(), tmp_path / "größe"
    monkeypatch.setattr(sys, "stdout", stdout)
    publish(passing(), results_dir)
    shown = stdout.buffer.getvalue()  # type: ignore[attr-defined] # the BytesIO above
    assert shown.startswith(b"PASS ")
    assert b"FILES" in shown
    assert shown.isascii()
    assert saved(results_dir) == ["result.json", "summary.txt"]
    (summary,) = results_dir.glob("*/summary.txt")
    assert not summary.read_text("utf-8").isascii()


@pytest.fixture
def closed_pipe() -> Iterator[io.TextIOWrapper]:
    """Return a pipe that nobody reads."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    stdout = io.TextIOWrapper(os.fdopen(write_end, "wb"), encoding="utf-8")
    yield stdout
    with suppress(BrokenPipeError):
        stdout.close()


def closed_file() -> io.StringIO:
    file = io.StringIO()
    file.close()
    return file


def test_reader_that_went_away_costs_a_warning_and_the_result_is_kept(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    closed_pipe: io.TextIOWrapper,
) -> None:
    monkeypatch.setattr(sys, "stdout", closed_pipe)
    with caplog.at_level(logging.WARNING):
        publish(passing(), tmp_path)
    assert "the summary could not be printed: [Errno 32] Broken pipe" in caplog.text
    assert saved(tmp_path) == ["result.json", "summary.txt"]


@pytest.mark.parametrize("stdout", [None, closed_file()], ids=["none", "closed"])
def test_process_without_standard_output_keeps_its_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stdout: io.StringIO | None
) -> None:
    """Started with ``>&-``, Python has none."""
    monkeypatch.setattr(sys, "stdout", stdout)
    publish(passing(), tmp_path)
    assert saved(tmp_path) == ["result.json", "summary.txt"]


def test_disk_that_refuses_still_gets_the_summary_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    (tmp_path / "taken").write_text("")
    with caplog.at_level(logging.WARNING):
        publish(passing(), tmp_path / "taken")
    assert "could not be written" in caplog.text
    assert stdout.getvalue().startswith("PASS ")
    assert "none: " in stdout.getvalue()
