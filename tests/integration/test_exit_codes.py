"""Every exit code is reached by what it stands for, and nothing that went wrong ends with 0."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from loadlib.exitcodes import describe
from tests.integration.bench import (
    FAILING,
    PASSING,
    PATIENCE_S,
    Bench,
    Case,
    Ended,
    Together,
    children_of,
    interrupted_of,
    listens,
    requests_of,
    samples_of,
)
from tests.support import clean_environment, free_port, wait_until

ABORTING = """\
version: 1
thresholds:
  http_req_failed:
    - threshold: rate<1%
      abort_on_fail: true
"""
NO_SUCH_TAG = 'version: 1\nthresholds:\n  "http_reqs{method:PATCH}": ["count>0"]\n'
SHORT = "--users 3 --duration 2s"
LONG = "--users 3 --duration 60s"
NOBODY = "http://127.0.0.1:1"


def run(
    locustfile: str,
    options: str = SHORT,
    *,
    thresholds: str = PASSING,
    env: Mapping[str, str] | None = None,
) -> Case:
    def case(runs: Bench) -> Ended:
        runs.write("thresholds.yaml", thresholds)
        return runs.ended(runs.loadlib(locustfile, options, env))

    return case


def one_worker_gets(number: signal.Signals) -> Case:
    """Return a case that sends a signal to one of two workers in the middle of the run."""

    def case(runs: Bench) -> Ended:
        master = runs.loadlib("plain.py", "--users 4 --duration 8s --processes 2", {"TEST_TELL": "1"})
        wait_until(lambda: runs.begun_users() == 4, PATIENCE_S, "all users send requests")
        children_of(master.pid)[0].send_signal(number)
        return runs.ended(master)

    return case


def web_ui_without_a_run(runs: Bench) -> Ended:
    port = free_port()
    process = runs.loadlib("plain.py", f"--ui --web-port {port}")
    wait_until(lambda: listens(process.pid, port), PATIENCE_S, "the web UI listens")
    process.send_signal(signal.SIGTERM)
    return runs.ended(process)


CASES = {
    "killed worker": one_worker_gets(signal.SIGKILL),
    "terminated worker": one_worker_gets(signal.SIGTERM),
    "users that leave": run("leaving.py", "--users 3 --duration 4s", env={"TEST_LEAVE": "StopUser"}),
    "users that leave, processes": run(
        "leaving.py", "--users 3 --duration 4s --processes 2", env={"TEST_LEAVE": "StopUser"}
    ),
    "task that stops the test": run("leaving.py", "--users 3 --duration 4s", env={"TEST_LEAVE": "StopTest"}),
    "passed": run("plain.py"),
    "threshold": run("plain.py", thresholds=FAILING),
    "tag without data": run("plain.py", thresholds=NO_SUCH_TAG),
    "abort on fail": run("plain.py", LONG, thresholds=ABORTING, env={"TEST_PATH": "/none"}),
    "abort on fail, processes": run(
        "plain.py", f"{LONG} --processes 2", thresholds=ABORTING, env={"TEST_PATH": "/none"}
    ),
    "on_start": run("failing_setup.py", LONG),
    "on_start, processes": run("failing_setup.py", f"{LONG} --processes 2"),
    "on_stop": run("failing_teardown.py"),
    "abort in a task": run("aborting.py", LONG),
    "abort in a task, processes": run("aborting.py", f"{LONG} --processes 2"),
    "abort in on_start": run("aborting.py", LONG, env={"TEST_WHERE": "on_start"}),
    "evaluator": run("broken_suite.py", env={"TEST_BREAK": "evaluator"}),
    "publisher": run("broken_suite.py", env={"TEST_BREAK": "publisher"}),
    "start": run("broken_suite.py", env={"TEST_BREAK": "start"}),
    "preflight": run("broken_suite.py", env={"TEST_BREAK": "preflight"}),
    "unreachable": run("plain.py", LONG, env={"LOADLIB_BASE_URL": NOBODY}),
    "unreachable, processes": run("plain.py", f"{LONG} --processes 2", env={"LOADLIB_BASE_URL": NOBODY}),
    "CPU": run("plain.py", "--users 3 --duration 4s", env={"LOADLIB_MAX_CPU_RATIO": "0.0001"}),
    "lag": run("plain.py", env={"LOADLIB_MAX_LOOP_LAG_S": "0.0000001"}),
    "web UI without a run": web_ui_without_a_run,
}

CODES = [
    ("passed", 0, "every threshold holds"),
    ("threshold", 99, "http_reqs: count<1"),
    ("tag without data", 99, "http_reqs{method:PATCH}"),
    ("abort on fail", 99, "crossed: http_req_failed rate<1%"),
    ("abort on fail, processes", 99, "crossed: http_req_failed rate<1%"),
    ("on_start", 107, "Unprepared.on_start: RuntimeError: no account for this user"),
    ("on_start, processes", 107, "Unprepared.on_start: RuntimeError: no account for this user"),
    ("on_stop", 107, "Untidy.on_stop: RuntimeError: could not log out"),
    ("abort in a task", 108, "the tenant is suspended"),
    ("abort in a task, processes", 108, "the tenant is suspended"),
    ("abort in on_start", 108, "the tenant is suspended"),
    ("evaluator", 109, "a bug in the suite"),
    ("publisher", 109, "a bug in the suite"),
    ("start", 109, "a bug in the suite"),
    ("preflight", 109, "a bug in the suite"),
    ("unreachable", 111, f"{NOBODY}: "),
    ("unreachable, processes", 111, f"{NOBODY}: "),
    ("CPU", 111, "of a core or more for 20% of the run (limit 0%)"),
    ("lag", 111, "at p(95)"),
    ("killed worker", 111, "was lost: its last numbers never came"),
    ("terminated worker", 111, "left before the end"),
    ("users that leave", 111, "every user had ended before the run did"),
    ("users that leave, processes", 111, "every user had ended before the run did"),
    ("task that stops the test", 111, "every user had ended before the run did"),
    ("web UI without a run", 111, "no run was made"),
]


@pytest.mark.parametrize(("name", "code", "words"), CODES)
def test_exit_code_says_how_the_run_ended_and_the_output_says_why(
    together: Together, name: str, code: int, words: str
) -> None:
    ended = together[name]
    assert ended.code == code, ended.stdout + ended.stderr
    output = " ".join((ended.stdout + ended.stderr).split())
    assert describe(code) in output
    assert words in output
    assert all(result.exit_code == code for result in ended.results)


@pytest.mark.parametrize(
    "name",
    [
        *("abort on fail", "abort on fail, processes", "on_start", "on_start, processes"),
        *("abort in a task", "abort in a task, processes", "abort in on_start"),
    ],
)
def test_what_decides_a_run_ends_it_before_its_time(together: Together, name: str) -> None:
    assert together[name].result.run.duration_s < 30


@pytest.mark.parametrize("name", ["unreachable", "unreachable, processes"])
def test_unreachable_target_ends_the_run_at_once_without_a_request_or_a_verdict(
    together: Together, name: str
) -> None:
    result = together[name].result
    assert result.ended == "not started"
    assert requests_of(result) == samples_of(result, "iterations") == 0
    assert result.verdicts == ()
    assert result.run.duration_s < 10


def test_killed_worker_is_named_and_the_others_numbers_are_kept(together: Together) -> None:
    result = together["killed worker"].result
    lost = [problem.detail.split()[0] for problem in result.problems if problem.kind == "lost_worker"]
    final = [process.process for process in result.processes if process.final]
    assert sorted([*lost, *final]) == ["master", "worker-0", "worker-1"]
    assert lost[0].startswith("worker-")
    assert requests_of(result) > 0


def test_terminated_worker_is_named_and_none_of_its_requests_is_lost(together: Together) -> None:
    result = together["terminated worker"].result
    (left,) = [problem.detail.split()[0] for problem in result.problems if problem.kind == "left_early"]
    assert left in ("worker-0", "worker-1")
    assert all(process.final and process.lost_deltas == 0 for process in result.processes)
    assert interrupted_of(result) == 0


@pytest.mark.parametrize(("name", "code"), [("threshold", 99), ("passed", 0)])
def test_reader_that_went_away_does_not_change_the_code_of_a_check(
    together: Together, name: str, code: int
) -> None:
    """As in a pipeline: a program that reads no more, or only the first lines."""
    assert together[name].code == code
    folder = together.bench(name).folder
    (result,) = (folder / "results").iterdir()
    assert without_a_reader(["check", str(result)], folder) == (code, "")


def without_a_reader(args: list[str], folder: Path) -> tuple[int, str]:
    """Run ``loadlib`` with a standard output that nobody reads; return its code and what it complains of."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "loadlib", *args],
            env=clean_environment(),
            cwd=folder,
            stdout=write_end,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write_end)
    return done.returncode, done.stderr
