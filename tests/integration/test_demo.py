"""``loadlib demo``: all scenarios against its own platform, one verdict, and nothing left running."""

import os
import signal

import pytest

from loadlib.exitcodes import describe
from tests.integration.bench import (
    PATIENCE_S,
    Bench,
    Ended,
    Together,
    Truth,
    children_of,
    left_of,
    requests_of,
)
from tests.integration.scenario_routes import probes_of
from tests.support import Process, TargetServer, wait_until
from tests.support.process import REPOSITORY

SCENARIOS = ("a2a", "ccr", "dashboard", "realtime", "streaming")
QUICK = {"LOADLIB_THINK_TIME_FACTOR": "0.1", "LOADLIB_POLLING_INTERVAL_S": "0.1", "LOADLIB_BASE_URL": ""}

BEFORE_A_RUN = sum(probes_of("mixed").values())
"""How many requests the preflight of all scenarios sends."""


def demo(runs: Bench, duration: str) -> Process:
    runs.write("thresholds.yaml", (REPOSITORY / "thresholds.yaml").read_text())
    return runs.start(["loadlib", "demo", "--duration", duration], QUICK)


def finished(runs: Bench) -> Ended:
    process = demo(runs, "4s")
    process.wait_for("reference platform: http://127.0.0.1", PATIENCE_S)
    started = wait_until(lambda: len(found := children_of(process.pid)) >= 2 and found, PATIENCE_S, "it runs")
    ended = runs.ended(process)
    wait_until(lambda: not left_of(started), 10, "every process of the demo has ended")
    return ended


def signalled(number: signal.Signals, *, to_all: bool) -> object:
    """Return a case: a signal in the middle, to all processes of the run's group as a terminal sends it."""

    def case(runs: Bench) -> Ended:
        process = demo(runs, "60s")
        url = process.wait_for(r"reference platform: (http://127\.0\.0\.1:\d+)", PATIENCE_S)[1]
        started = wait_until(
            lambda: len(found := children_of(process.pid)) >= 2 and found, PATIENCE_S, "it runs"
        )
        truth = Truth(TargetServer(process, {"LOADLIB_BASE_URL": url}))
        wait_until(lambda: truth.total() > BEFORE_A_RUN, PATIENCE_S, "users send requests")
        group = [child for child in started if os.getpgid(child.pid) == os.getpgid(process.pid)]
        for child in group if to_all else ():
            child.send_signal(number)
        process.send_signal(number)
        ended = runs.ended(process)
        wait_until(lambda: not left_of(started), 10, "every process of the demo has ended")
        return ended

    return case


CASES = {
    "finished": finished,
    "SIGINT": signalled(signal.SIGINT, to_all=True),
    "SIGTERM": signalled(signal.SIGTERM, to_all=False),
}


def test_demo_runs_all_scenarios_and_ends_with_their_verdict(together: Together) -> None:
    ended = together["finished"]
    assert ended.code == ended.result.exit_code, ended.stderr
    assert ended.code in (0, 99)
    assert ended.result.run.scenarios == SCENARIOS
    assert [scenario for scenario in SCENARIOS if not requests_of(ended.result, scenario=scenario)] == []
    assert describe(ended.code) in ended.stdout
    for scenario in SCENARIOS:
        assert scenario in ended.stdout


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signal_ends_the_demo_with_105_and_a_result(together: Together, name: str) -> None:
    ended = together[name]
    assert ended.code == ended.result.exit_code == 105, ended.stdout + ended.stderr
    assert "INTERRUPTED" in ended.stdout
    assert "Traceback" not in ended.stderr
