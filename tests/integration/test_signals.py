"""A signal in the middle of a run: what was measured is drained, judged, written, and the code is 105."""

import signal
from collections.abc import Callable

import pytest

from loadlib.exitcodes import describe
from tests.integration.bench import (
    PATIENCE_S,
    Bench,
    Case,
    Ended,
    Together,
    children_of,
    interrupted_of,
    left_of,
    master_ports,
    requests_of,
)
from tests.integration.conftest import SLOW
from tests.support import Process, wait_until

SLOW_PATH = {"TEST_PATH": SLOW[4], "TEST_TELL": "1"}
USERS = 4
LONG = f"--users {USERS} --duration 60s"
Start = Callable[[Bench], Process]


def with_a_profile(runs: Bench) -> Process:
    return runs.loadlib("plain.py", LONG, SLOW_PATH)


def without_a_shape(runs: Bench) -> Process:
    return runs.locust("plain.py", "--headless -u 4 -r 50", SLOW_PATH)


def processes(runs: Bench) -> Process:
    return runs.loadlib("plain.py", f"{LONG} --processes 2", SLOW_PATH)


def processes_without_a_shape(runs: Bench) -> Process:
    return runs.locust("plain.py", f"--headless -u 4 -r 50 --processes 2 {master_ports()}", SLOW_PATH)


def workers(runs: Bench) -> Process:
    ports = master_ports()
    master = runs.locust("plain.py", f"--master --headless --expect-workers 2 -u 4 -r 50 {ports}", SLOW_PATH)
    for _ in range(2):
        runs.locust("plain.py", f"--worker {ports}", SLOW_PATH)
    return master


def workers_with_a_profile(runs: Bench) -> Process:
    ports = master_ports()
    master = runs.locust(
        "plain.py",
        f"--master --headless --expect-workers 2 --load-profile smoke {ports}",
        {**SLOW_PATH, "LOADLIB_USERS": str(USERS), "LOADLIB_DURATION": "60s"},
    )
    for _ in range(2):
        runs.locust("plain.py", f"--worker {ports}", SLOW_PATH)
    return master


def ended_by(start: Start, number: signal.Signals, *, to_all: bool = False) -> Case:
    """Return a case that sends a signal when all users wait for answers; ``to_all``: as a terminal does."""

    def case(runs: Bench) -> Ended:
        process = start(runs)
        wait_until(lambda: runs.begun_users() >= USERS, PATIENCE_S, "every user waits for an answer")
        for child in children_of(process.pid) if to_all else ():
            child.send_signal(number)
        started = children_of(process.pid)
        process.send_signal(number)
        ended = runs.ended(process)
        wait_until(lambda: not left_of(started), 10, "no worker is left")
        return ended

    return case


STARTS: dict[str, Start] = {
    "profile": with_a_profile,
    "no shape": without_a_shape,
    "processes": processes,
    "processes, no shape": processes_without_a_shape,
    "workers": workers,
    "workers, profile": workers_with_a_profile,
}
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def while_waiting_for_workers(runs: Bench) -> Ended:
    options = f"--master --headless --expect-workers 9 -u 4 --loglevel INFO {master_ports()}"
    master = runs.locust("plain.py", options)
    wait_until(lambda: "Waiting for workers" in master.errors(), PATIENCE_S, "the master waits")
    master.send_signal(signal.SIGINT)
    return runs.ended(master)


def twice(runs: Bench) -> Ended:
    """Press Ctrl-C until the process ends, while all users wait for answers."""
    process = processes(runs)
    wait_until(lambda: runs.begun_users() >= USERS, PATIENCE_S, "every user waits for an answer")

    def ended_or_pressed_again() -> bool:
        process.send_signal(signal.SIGINT)
        return process.poll() is not None

    workers = children_of(process.pid)
    assert len(workers) == 2
    wait_until(ended_or_pressed_again, 10, "the process ends")
    wait_until(lambda: not left_of(workers), 10, "no worker is left")
    return runs.ended(process)


def while_publishing(options: str, number: signal.Signals) -> Case:
    """Return a case that sends a signal when the run is over and its result being written, for a while."""

    def case(runs: Bench) -> Ended:
        process = runs.loadlib("slow_publisher.py", f"--users 2 --duration 2s {options}")
        wait_until(lambda: "publishing" in process.errors(), PATIENCE_S, "publishing begins")
        process.send_signal(number)
        return runs.ended(process)

    return case


DRAINED = {
    **{f"SIGINT, {name}": ended_by(start, signal.SIGINT) for name, start in STARTS.items()},
    "SIGTERM, profile": ended_by(with_a_profile, signal.SIGTERM),
    "SIGTERM, no shape": ended_by(without_a_shape, signal.SIGTERM),
    "SIGTERM, processes": ended_by(processes, signal.SIGTERM),
    "SIGTERM, workers": ended_by(workers, signal.SIGTERM),
    "SIGINT, processes, all of them": ended_by(processes, signal.SIGINT, to_all=True),
    "SIGTERM, processes, all of them": ended_by(processes, signal.SIGTERM, to_all=True),
}
CASES = {
    **DRAINED,
    "waiting for workers": while_waiting_for_workers,
    "SIGINT, twice": twice,
    "SIGINT, publishing": while_publishing("", signal.SIGINT),
    "SIGTERM, publishing": while_publishing("", signal.SIGTERM),
    "SIGTERM, publishing, processes": while_publishing("--processes 2", signal.SIGTERM),
}


@pytest.mark.parametrize("name", DRAINED)
def test_signal_drains_the_run_and_ends_it_with_105_and_a_result(together: Together, name: str) -> None:
    ended = together[name]
    assert ended.code == 105, ended.stdout + ended.stderr
    result = ended.result
    assert (result.ended, result.exit_code) == ("interrupted", 105)
    assert requests_of(result) >= USERS
    assert interrupted_of(result) == 0
    assert result.problems == ()
    assert [verdict.status for verdict in result.verdicts] == ["pass"]
    assert "INTERRUPTED" in ended.stdout


@pytest.mark.parametrize("name", CASES)
def test_signal_leaves_no_traceback(together: Together, name: str) -> None:
    assert "Traceback" not in together[name].stderr


def test_signal_before_all_workers_are_there_is_105_without_a_result(together: Together) -> None:
    ended = together["waiting for workers"]
    assert (ended.code, ended.results) == (105, [])
    assert describe(105) in ended.stderr


def test_second_ctrl_c_does_not_wait_for_the_users(together: Together) -> None:
    ended = together["SIGINT, twice"]
    assert (ended.code, ended.results) == (105, [])


@pytest.mark.parametrize("name", [name for name in CASES if "publishing" in name])
def test_signal_during_publishing_does_not_change_or_lose_the_verdict(together: Together, name: str) -> None:
    ended = together[name]
    assert ended.code == ended.result.exit_code == 0, ended.stderr
    assert ended.stdout.count("PASS  ") == 1
