"""Offered more than one core can do, a run says that its generator was saturated, and is no evidence.

What it measures then is its own queueing: the server, which answers at once, has nothing to do with it. The
limits are the suite's own. On a busy machine the generator gets less of a core, and is as saturated.
"""

from typing import Final

import pytest

from loadlib.core.sketch import Sketch
from loadlib.exitcodes import ExitCode
from tests.integration.bench import Ended, bench
from tests.support.truth import truth_target

USERS: Final = 1000
RUN_S: Final = 4
LIMITS: Final = {"LOADLIB_MAX_CPU_RATIO": "0.9", "LOADLIB_MAX_LOOP_LAG_S": "0.25"}


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Offer 50,000 requests a second."""
    with truth_target() as target, bench(tmp_path_factory.mktemp("run"), target.env) as runs:
        options = f"--headless -u {USERS} -r {10 * USERS} -t {RUN_S}s"
        return runs.ended(runs.locust("flood.py", options, LIMITS))


def test_saturated_run_is_no_evidence_whatever_its_thresholds_say(flooded: Ended) -> None:
    """The only rule holds."""
    assert flooded.code == ExitCode.INVALID_EVIDENCE, flooded.stdout + flooded.stderr
    kinds = {problem.kind for problem in flooded.result.problems if problem.invalidates}
    assert kinds == {"saturated"}
    assert {verdict.status for verdict in flooded.result.verdicts} == {"pass"}


def test_summary_says_that_times_hold_the_generators_own_queueing(flooded: Ended) -> None:
    head, _, section = flooded.stdout.partition("GENERATOR")
    assert "latencies contain the generator's own queueing" in " ".join(head.split())
    assert "the generator was saturated: times contain its own queueing" in " ".join(section.split())


def test_cpu_and_timers_are_told_and_explain_the_times(flooded: Ended) -> None:
    """Timers were late by about what requests seemed to wait, as they stood in one queue."""
    (process,) = flooded.result.processes
    waiting = flooded.result.snapshot().select("http_req_waiting")
    assert isinstance(waiting, Sketch)
    assert 0 < process.cpu_mean_ratio <= process.cpu_max_ratio
    assert waiting.quantile(0.5) / 10 < process.loop_lag_p99_s <= process.loop_lag_max_s
