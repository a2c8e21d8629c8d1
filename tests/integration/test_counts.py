"""No completed request is lost: what a result counts is what the target itself has counted."""

import pytest

from tests.integration.bench import Bench, Truth, interrupted_of, master_ports, requests_of, samples_of
from tests.integration.conftest import SLOW, SLOW_LATENCY_S
from tests.support import free_port, wait_until

FAST = "/.well-known/agents"


def test_local_run_counts_what_the_target_counted(runs: Bench, truth: Truth) -> None:
    ended = runs.ended(runs.loadlib("plain.py", "--users 5 --duration 2s"))
    assert ended.code == 0, ended.stderr
    assert requests_of(ended.result) == truth.count(f"agentos GET {FAST}") > 20
    assert interrupted_of(ended.result) == 0


def test_requests_in_flight_at_the_end_of_a_local_run_are_counted(runs: Bench, truth: Truth) -> None:
    ended = runs.ended(runs.loadlib("plain.py", "--users 6 --duration 2s", {"TEST_PATH": SLOW}))
    assert requests_of(ended.result) == truth.count(f"agentos GET {SLOW}") >= 6
    assert interrupted_of(ended.result) == 0


def test_processes_count_together_what_the_target_counted(runs: Bench, truth: Truth) -> None:
    ended = runs.ended(runs.loadlib("plain.py", "--users 6 --duration 3s --processes 2"))
    assert ended.code == 0, ended.stderr
    assert requests_of(ended.result) == truth.count(f"agentos GET {FAST}") > 20
    assert interrupted_of(ended.result) == 0


def test_requests_in_flight_at_the_end_of_a_run_of_processes_are_counted(runs: Bench, truth: Truth) -> None:
    ended = runs.ended(
        runs.loadlib("plain.py", "--users 6 --duration 3s --processes 2", {"TEST_PATH": SLOW})
    )
    assert requests_of(ended.result) == truth.count(f"agentos GET {SLOW}") >= 6
    assert interrupted_of(ended.result) == 0


def test_master_and_separate_workers_count_what_the_target_counted(runs: Bench, truth: Truth) -> None:
    ports = master_ports()
    master = runs.locust("plain.py", f"--master --headless --expect-workers 2 -u 6 -r 50 -t 3s {ports}", {"TEST_PATH": SLOW})
    workers = [runs.locust("plain.py", f"--worker {ports}", {"TEST_PATH": SLOW}) for _ in range(2)]
    ended = runs.ended(master)
    assert ended.code == 0, ended.stderr
    assert [worker.wait(20) for worker in workers] == [0, 0]
    assert requests_of(ended.result) == truth.count(f"agentos GET {SLOW}") >= 6
    assert ended.result.run.workers == 2
    assert ended.result.problems == ()
