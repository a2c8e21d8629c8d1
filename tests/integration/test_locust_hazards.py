"""What Locust does that would mislead a run, each with the proof that it does not reach the result.

Hazards of Locust's HTTP clients are proven against the suite's own client, in ``tests/unit/client``.
"""

import json
import subprocess
import sys
from collections import Counter
from functools import partial

import pytest

from tests.integration.bench import (
    LOCUSTFILES,
    PATIENCE_S,
    Bench,
    Ended,
    Together,
    Truth,
    fetch,
    master_ports,
    requests_of,
    samples_of,
)
from tests.support import TargetServer, clean_environment, free_port, wait_until

SLOTS = 20
CARD, READY = "/.well-known/agent.json", "/ready"
"""Routes that one case alone asks for."""


def run(locustfile: str, options: str, env: dict[str, str], runs: Bench) -> Ended:
    return runs.ended(runs.locust(locustfile, f"--headless {options}", env))


def second_run_on_a_worker(runs: Bench) -> Ended:
    """Start, stop and start again with a stop timeout that Locust would have its worker wait for twice."""
    ports, port = master_ports(), free_port()
    url = f"http://127.0.0.1:{port}"
    master = runs.locust("plain.py", f"--master --web-port {port} {ports}", {"TEST_PATH": "/health"})
    worker = runs.locust("plain.py", f"--worker {ports}", {"TEST_PATH": "/health", "TEST_TELL": "1"})
    for number in (1, 2):
        wait_until(lambda: states_of_workers(url) == ["ready"], PATIENCE_S, "the worker is ready")
        fetch(f"{url}/swarm", b"user_count=2&spawn_rate=50")
        wait_until(lambda n=number: runs.begun_users() == 2 * n, PATIENCE_S, "the users send requests")
        fetch(f"{url}/stop", b"", timeout_s=40)
        wait_until(lambda n=number: len(runs.results()) == n, PATIENCE_S, "the result is written")
    master.stop()
    ended = runs.ended(master)
    assert worker.wait(PATIENCE_S) == 0
    return ended


def states_of_workers(url: str) -> list[str]:
    try:
        return [str(worker["state"]) for worker in json.loads(fetch(f"{url}/stats/requests"))["workers"]]
    except OSError:
        return []


CASES = {
    "in step": partial(run, "pacing.py", "-u 100 -r 100 -t 5s", {}),
    "out of step": partial(run, "pacing.py", "-u 100 -r 100 -t 5s", {"LOADLIB_DEPHASE_S": "1s"}),
    "failing requests": partial(run, "plain.py", "-u 2 -r 50 -t 2s", {"TEST_PATH": "/none"}),
    "run time": partial(run, "plain.py", "-u 2 -r 50 -t 3s", {}),
    "listeners": partial(run, "watched.py", "-u 2 -r 50 -t 2s", {}),
    "second run on a worker": second_run_on_a_worker,
    "json": partial(run, "plain.py", "-u 2 -r 50 -t 2s --json", {"TEST_PATH": CARD}),
    "reset stats": partial(run, "plain.py", "-u 2 -r 50 -t 3s --reset-stats", {"TEST_PATH": READY}),
}


def slots_of(ended: Ended) -> Counter[int]:
    """Return how many iterations began in which of the slots of a second, those of the ramp left out."""
    line = next(line for line in ended.stdout.splitlines() if line.startswith("STARTS "))
    starts: list[float] = json.loads(line.removeprefix("STARTS "))
    return Counter(int(start_s % 1 * SLOTS) for start_s in starts[100:])


def fullest_ratio(slots: Counter[int]) -> float:
    """Return the part of all iterations that began in the fullest quarter of a second."""
    quarters = [sum(slots[(first + slot) % SLOTS] for slot in range(SLOTS // 4)) for first in range(SLOTS)]
    return max(quarters) / slots.total()


def test_users_of_one_ramp_pace_out_of_step(together: Together) -> None:
    """Locust anchors pacing at a user's creation: without the suite's spread all fire at the same moment."""
    in_step, out_of_step = slots_of(together["in step"]), slots_of(together["out of step"])
    assert in_step.total() > 100 < out_of_step.total()
    assert fullest_ratio(in_step) > 1.5 * fullest_ratio(out_of_step)
    assert fullest_ratio(out_of_step) < 0.5
    assert len(out_of_step) >= 0.7 * SLOTS


def test_failed_requests_do_not_fail_a_run_whose_thresholds_hold(together: Together) -> None:
    """Locust would exit with 1."""
    ended = together["failing requests"]
    assert ended.code == 0
    assert samples_of(ended.result, "http_reqs", error_kind="not_found") == requests_of(ended.result) > 0


def test_run_time_is_not_shortened_by_the_time_that_imports_took(together: Together) -> None:
    """The event loop's clock stands still during imports, and Locust sets its timer by that clock."""
    assert together["run time"].result.run.duration_s > 2.6


def test_install_twice_registers_once_and_the_end_removes_all(together: Together) -> None:
    output = together["listeners"].stderr
    assert "INSTALLED init init_command_line_parser quit quitting test_start test_stop\n" in output
    assert "LEFT ." in output


def test_worker_is_ready_for_the_next_run_at_once_and_that_run_is_its_own(together: Together) -> None:
    ended = together["second run on a worker"]
    first, second = ended.results
    assert ended.code == second.exit_code == first.exit_code == 0
    assert first.run.id != second.run.id
    assert first.problems == second.problems == ()
    assert [process.process for process in second.processes] == ["master", "worker-0"]
    assert requests_of(second) > 0
    assert second.run.started_at_s > first.run.started_at_s + first.run.duration_s


@pytest.mark.parametrize(("name", "path"), [("json", CARD), ("reset stats", READY)])
def test_locusts_json_and_reset_of_its_statistics_take_nothing_from_the_result(
    together: Together, platform: TargetServer, name: str, path: str
) -> None:
    counted = requests_of(together[name].result)
    assert counted == Truth(platform).count(f"agentos GET {path}") > 0


IMPORT = """
import gc, socket, threading
import locust

def handlers():
    hooks = {name: hook for name, hook in vars(locust.events).items() if hasattr(hook, "_handlers")}
    return {name: len(hook._handlers) for name, hook in hooks.items()}

def started():
    return threading.active_count(), sum(isinstance(item, socket.socket) for item in gc.get_objects())

before, running = handlers(), started()
import plain
after = handlers()
plain.loadlib.install()
print(sorted(name for name in after if after[name] > before[name]))
print(handlers() == after, max(after[name] - before[name] for name in after))
print(started() == running)
from gevent._hub_local import get_hub_if_exists as hub
print(hub() is None or hub().loop.activecnt == 0)
"""


def test_importing_a_locustfile_registers_listeners_and_starts_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT],
        env=clean_environment({"PYTHONPATH": str(LOCUSTFILES)}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "['init', 'init_command_line_parser', 'quit', 'quitting', 'test_start', 'test_stop']",
        "True 1",
        "True",
        "True",
    ]
