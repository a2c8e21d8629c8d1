"""One generator at work: measured in its steady state only, and never when it has none."""

import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmarks.generators import GENERATORS, Generator, clean_environment
from benchmarks.readings import Reading, of_nothing
from benchmarks.session import MeasurementError, Timing, measure, running
from benchmarks.target import Target, running_target
from tests.unit.benchmarks.builders import steady

FLOOR = GENERATORS["floor"]
BRIEF = Timing(settle_s=0.0, window_s=0.1)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """Return a server."""
    with running_target(nginx="") as running_one:
        yield running_one


def script(code: str) -> Generator:
    """Return a generator that is a piece of Python."""
    return Generator("script", "script", "none", lambda _: [sys.executable, "-c", code], of_nothing)


def test_steady_numbers_are_differences_within_the_window(target: Target) -> None:
    one = measure(FLOOR, target, 2, 7, BRIEF)
    assert (one.generator, one.users, one.round) == ("floor", 2, 7)
    assert one.window_s >= 0.1
    assert 0 < one.requests < target.counters().requests
    assert one.cpu_s > 0
    assert one.start_wall_s > 0
    assert one.start_cpu_s > 0
    assert one.target_cpu_ratio > 0


def test_costs_follow_from_counts() -> None:
    one = steady(cost_us=25.0)
    assert one.cpu_us_per_request == pytest.approx(25.0)
    assert one.requests_per_cpu_s == pytest.approx(40_000)
    assert one.requests_per_s == 2000
    assert one.record()["cpu_us_per_request"] == pytest.approx(25.0)
    record = one.record("event")
    assert record["events"] == 1000
    assert not [name for name in record if "request" in name]


def test_measuring_waits_for_every_user(target: Target) -> None:
    """Users that connect late are not in the window's start."""
    with running(FLOOR, target, 20) as session:
        session.wait_for_users()
        assert target.counters().connections >= 20
        session.wait_for_requests(100)
        assert session.requests() >= 100
        assert session.resident_bytes() > 1_000_000


def test_generator_is_gone_after_its_block(target: Target) -> None:
    with running(FLOOR, target, 1) as session:
        session.wait_for_start()
        pid = session.pid
    assert not psutil.pid_exists(pid)


def test_generator_that_ends_early_is_an_error_with_its_last_words(target: Target) -> None:
    with pytest.raises(MeasurementError, match=r"(?s)script, 3 users: it sent nothing.*no module named x"):
        measure(script("raise SystemExit('no module named x')"), target, 3, 1, BRIEF)


def test_generator_that_ends_within_the_window_is_an_error(target: Target) -> None:
    brief = replace(FLOOR, command=lambda job: [*FLOOR.command(job)[:-1], "0.5"])
    with pytest.raises(MeasurementError, match="ended before it was told to"):
        measure(brief, target, 1, 1, Timing(settle_s=0.0, window_s=1.0))


def test_generator_is_told_to_end_in_order_and_read_then(target: Target) -> None:
    """Its own numbers are written when it ends; the reader gets its directory and what it printed."""
    code = """
import http.client, signal, sys, time
def leave(*_):
    open("left", "w").write("by signal")
    print("bye", flush=True)
    sys.exit(3)
signal.signal(signal.SIGINT, leave)
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
while True:
    connection.request("GET", "/item")
    connection.getresponse().read()
"""

    def read(directory: Path, output: str) -> Reading:
        return Reading(problem=f"{(directory / 'left').read_text()}, {output.strip()}")

    polite = replace(
        script(code),
        command=lambda job: [sys.executable, "-c", code, job.url.rpartition(":")[2]],
        read=read,
        stop_signal=signal.SIGINT,
    )
    assert measure(polite, target, 1, 1, BRIEF).problem == "by signal, bye"


def test_generators_do_not_inherit_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's LOCUST_USERS or LOADLIB_PROFILE changes no measurement."""
    monkeypatch.setenv("LOCUST_USERS", "3")
    monkeypatch.setenv("LOADLIB_PROFILE", "soak")
    environment = clean_environment({"BENCH_THINK_S": "1"})
    assert "LOCUST_USERS" not in environment
    assert "LOADLIB_PROFILE" not in environment
    assert environment["BENCH_THINK_S"] == "1"
