"""No completed request is lost: what a result counts is what the target itself has counted.

Each run asks for a route of its own, so that all of them may go on at the same time.
"""

import json
from collections.abc import Mapping
from functools import partial

import pytest

from loadlib.core.result import RunResult
from tests.integration.bench import (
    BEGUN,
    PASSING,
    PATIENCE_S,
    Bench,
    Ended,
    Together,
    Truth,
    fetch,
    interrupted_of,
    master_ports,
    requests_of,
)
from tests.integration.conftest import SLOW, SLOW_LATENCY_S
from tests.support import Process, TargetServer, free_port, wait_until

FAST = "/.well-known/agents"
LATE = "/.well-known/agent.json"
USERS = 6
ABORTING = """\
version: 1
thresholds:
  http_reqs:
    - threshold: count<1
      abort_on_fail: true
"""


def run(path: str, options: str, thresholds: str, runs: Bench) -> Ended:
    runs.write("thresholds.yaml", thresholds)
    return runs.ended(runs.loadlib("plain.py", f"--users {USERS} {options}", {"TEST_PATH": path}))


def workers(path: str, runs: Bench) -> Ended:
    """Run a master and two workers, started by hand."""
    ports, env = master_ports(), {"TEST_PATH": path}
    master = runs.locust(
        "plain.py", f"--master --headless --expect-workers 2 -u {USERS} -r 50 -t 3s {ports}", env
    )
    others = [runs.locust("plain.py", f"--worker {ports}", env) for _ in range(2)]
    ended = runs.ended(master)
    assert [worker.wait(PATIENCE_S) for worker in others] == [0, 0]
    return ended


def web_ui_of_workers(path: str, runs: Bench) -> Ended:
    """Run a master with a web UI and two workers, started and stopped over HTTP."""
    ports, env = master_ports(), {"TEST_PATH": path}
    master, url = web_ui_of(runs, ports, env)
    others = [runs.locust("plain.py", f"--worker {ports}", env) for _ in range(2)]
    wait_until(lambda: workers_of(url) == 2, PATIENCE_S, "both workers are there")
    swarm(url)
    return stopped(runs, url, master, others)


def late_worker(path: str, runs: Bench) -> Ended:
    """Let a second worker join when the run is on already, and stop when it has users of its own."""
    ports, env = master_ports(), {"TEST_PATH": path}
    master, url = web_ui_of(runs, ports, env)
    first = runs.locust("plain.py", f"--worker {ports}", env)
    wait_until(lambda: workers_of(url) == 1, PATIENCE_S, "the first worker is there")
    swarm(url)
    second = runs.locust("plain.py", f"--worker {ports}", {**env, "TEST_TELL": "1"})
    wait_until(lambda: BEGUN in second.errors(), PATIENCE_S, "the second worker sends requests")
    return stopped(runs, url, master, [first, second])


def web_ui_of(runs: Bench, ports: str, env: Mapping[str, str]) -> tuple[Process, str]:
    """Start a master with a web UI; return it and its URL."""
    port = free_port()
    return runs.locust("plain.py", f"--master --web-port {port} {ports}", env), f"http://127.0.0.1:{port}"


def swarm(url: str) -> None:
    """Start all users, and wait until they run."""
    fetch(f"{url}/swarm", f"user_count={USERS}&spawn_rate=50".encode())
    wait_until(lambda: state_of(url)["user_count"] == USERS, PATIENCE_S, "all users run")


def stopped(runs: Bench, url: str, master: Process, workers: list[Process]) -> Ended:
    """Stop the run, then the master; every worker follows it."""
    fetch(f"{url}/stop", b"", timeout_s=40)
    wait_until(runs.results, PATIENCE_S, "the result is written")
    master.stop()
    ended = runs.ended(master)
    assert [worker.wait(PATIENCE_S) for worker in workers] == [0, 0]
    return ended


def state_of(url: str) -> dict[str, object]:
    try:
        state: dict[str, object] = json.loads(fetch(f"{url}/stats/requests"))
    except OSError:
        return {"user_count": None, "workers": []}
    return state


def workers_of(url: str) -> int:
    return sum(worker["state"] == "ready" for worker in state_of(url).get("workers", []))  # type: ignore[attr-defined]


CASES = {
    "late worker": partial(late_worker, LATE),
    "local": partial(run, FAST, "--duration 3s", PASSING),
    "local, slow": partial(run, SLOW[0], "--duration 3s", PASSING),
    "local, slow, aborted": partial(run, SLOW[4], "--duration 60s", ABORTING),
    "processes, slow": partial(run, SLOW[1], "--duration 4s --processes 2", PASSING),
    "processes, slow, aborted": partial(run, SLOW[5], "--duration 60s --processes 2", ABORTING),
    "workers, slow": partial(workers, SLOW[2]),
    "web UI of workers, slow": partial(web_ui_of_workers, SLOW[3]),
}
ROUTES = {name: case.args[0] for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_result_counts_what_the_target_counted_and_nothing_was_cut_off(
    together: Together, platform: TargetServer, name: str
) -> None:
    """The slow routes take longer than what is left of the run when their last requests begin."""
    ended = together[name]
    assert ended.code == (99 if "aborted" in name else 0), ended.stdout + ended.stderr
    counted = Truth(platform).count(f"agentos GET {ROUTES[name]}")
    assert requests_of(ended.result) == counted >= USERS
    assert interrupted_of(ended.result) == 0


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("processes, slow, aborted", ["master", "worker-0", "worker-1"]),
        ("processes, slow", ["master", "worker-0", "worker-1"]),
        ("workers, slow", ["master", "worker-0", "worker-1"]),
        ("web UI of workers, slow", ["master", "worker-0", "worker-1"]),
        ("late worker", ["master", "worker-0", "worker-1"]),
        ("local", ["local"]),
    ],
)
def test_every_process_sent_its_last_report_and_none_was_lost(
    together: Together, name: str, names: list[str]
) -> None:
    result = together[name].result
    assert [process.process for process in result.processes] == names
    assert all(process.final and process.lost_deltas == 0 for process in result.processes)
    assert result.problems == ()
    assert result.run.workers == len(names) - 1


def test_distributed_run_has_the_metrics_and_tags_of_a_local_one(together: Together) -> None:
    distributed, alone = together["workers, slow"].result, together["local, slow"].result
    assert {metric.name for metric in distributed.metrics} == {metric.name for metric in alone.metrics}
    assert tags_of(distributed) == tags_of(alone)


def tags_of(result: RunResult) -> set[tuple[str, tuple[str, ...]]]:
    return {(series.metric, tuple(sorted(series.tags))) for series in result.series}


def test_merged_sketches_hold_every_request(together: Together) -> None:
    result = together["workers, slow"].result
    durations = result.snapshot().select("http_req_duration")
    assert durations.count == requests_of(result)
    assert durations.minimum > 0.9 * SLOW_LATENCY_S
    windows = [s.value[0] for w in result.windows for s in w.series if s.metric == "http_req_duration"]
    assert sum(windows) == requests_of(result)
