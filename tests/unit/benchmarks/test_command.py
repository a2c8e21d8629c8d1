"""``python -m benchmarks``: tables, a saved document, and an exit code that fails closed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import machine
from benchmarks.__main__ import closing_lines
from loadlib.exitcodes import ExitCode
from tests.support.process import REPOSITORY, clean_environment

BRIEF = ("--users", "2", "--window-s", "0.2")


def bench(*arguments: str, output: Path) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run the command to its end; return it with the document it saved."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments, "--output", str(output)],
        cwd=REPOSITORY,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    files = list(output.glob("*.json"))
    assert len(files) == 1, done.stderr
    return done, json.loads(files[0].read_text())


def test_own_client_and_its_rival_are_measured_without_problems(tmp_path: Path) -> None:
    """The locustfiles work: both send requests, pass their checks, and have a ratio."""
    keys = ["loadlib", "loadlib-event", "fasthttp", "fasthttp-bare", "httpuser"]
    arguments = ("--users", "2", "--window-s", "1.5", "--rounds", "1", "--generators", ",".join(keys))
    done, content = bench("http", *arguments, output=tmp_path)
    assert done.returncode == ExitCode.PASS, done.stderr
    rows = {row["generator"]: row for row in content["http"]["rows"]}
    assert list(rows) == keys
    for row in rows.values():
        assert row["problems"] == []
        assert row["cpu_us_per_request"]["median"] > 0
        assert row["ratio"]["count"] == 1
        assert 0 <= row["p50_s"]["median"] <= row["p99_s"]["median"]
    assert rows["loadlib"]["ratio"]["median"] == 1
    assert "Locust FastHttpUser" in done.stdout


def test_document_has_the_machine_the_load_and_every_measurement(tmp_path: Path) -> None:
    done, content = bench("http", *BRIEF, "--rounds", "2", "--generators", "floor", output=tmp_path)
    assert done.returncode == ExitCode.PASS, done.stderr
    assert list(content) == [
        *("schema_version", "what", "started_at", "machine", "load_average", "warnings", "gate", "http")
    ]
    assert list(content["machine"]) == ["cores", "cpu_model", "kernel", "python", "versions"]
    assert [one["round"] for one in content["http"]["measurements"]] == [1, 2]
    assert content["http"]["rows"][0]["ratio"] is None
    assert next(tmp_path.glob("*.json")).name == f"{content['started_at'][:10]}-http.json"


def test_required_ratio_without_a_measured_one_fails(tmp_path: Path) -> None:
    arguments = ("--rounds", "1", "--generators", "floor", "--require-ratio", "4")
    done, content = bench("http", *BRIEF, *arguments, output=tmp_path)
    assert done.returncode == ExitCode.THRESHOLDS_FAILED
    assert "FAIL  no ratio to fasthttp was measured" in done.stdout
    assert content["gate"]["unmet"] == ["no ratio to fasthttp was measured"]


@pytest.mark.parametrize(
    ("shares", "warns"), [([], False), ([0.0, 0.0, 1.9], False), ([0.3, 0.3, 0.0], True)]
)
def test_busy_machine_is_told_by_what_strangers_used_most_of_the_time(
    shares: list[float], warns: bool
) -> None:
    assert bool(machine.busy_warning(shares)) is warns


def test_closing_lines_name_machine_versions_load_and_warnings() -> None:
    facts = machine.facts()
    text = "\n".join(
        closing_lines({"machine": facts, "load_average": {"before": 1, "after": 2}, "warnings": ["busy"]})
    )
    assert facts["cpu_model"] in text
    assert f"locust {facts['versions']['locust']}" in text
    assert "load average 1.00 before, 2.00 after" in text
    assert "! busy" in text
