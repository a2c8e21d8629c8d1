"""The web UI: where it listens, runs started and stopped over HTTP, and the exit code at its end."""

import json
import signal
from dataclasses import dataclass

import pytest

from tests.integration.bench import (
    FAILING,
    Bench,
    Truth,
    fetch,
    interrupted_of,
    listening,
    requests_of,
)
from tests.integration.conftest import SLOW
from tests.support import Process, TargetServer, free_port, wait_until

SCHEMA = {"user_count", "state"}
PATH = "/.well-known/agents"


@dataclass(frozen=True)
class Ui:
    """A process with a web UI on a port of loopback."""

    process: Process
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def swarm(self, users: int = 3, **fields: str) -> dict[str, object]:
        form = "&".join(f"{k}={v}" for k, v in {"user_count": users, "spawn_rate": 50, **fields}.items())
        answer: dict[str, object] = json.loads(fetch(f"{self.url}/swarm", form.encode()))
        return answer

    def stop(self) -> None:
        fetch(f"{self.url}/stop", b"", timeout_s=40)

    def state(self) -> str:
        return str(json.loads(fetch(f"{self.url}/stats/requests"))["state"])


def start(runs: Bench, options: str = "", env: dict[str, str] | None = None) -> Ui:
    port = free_port()
    process = runs.loadlib("plain.py", f"--ui --web-port {port} {options}", env)
    wait_until(lambda: answers(port), 30, "the web UI answers")
    return Ui(process, port)


def answers(port: int) -> bool:
    try:
        return bool(fetch(f"http://127.0.0.1:{port}/"))
    except OSError:
        return False


def test_each_run_started_in_the_ui_has_its_own_result_and_the_last_verdict_is_the_exit_code(
    runs: Bench, truth: Truth
) -> None:
    ui = start(runs)
    counted = []
    for number in (1, 2):
        truth.reset()
        ui.swarm()
        wait_until(lambda: truth.count(f"agentos GET {PATH}") > 20, 20, "requests arrive")
        ui.stop()
        wait_until(lambda n=number: len(runs.results()) == n, 20, "the result is written")
        counted.append(truth.count(f"agentos GET {PATH}"))
        assert ui.process.poll() is None
    ui.process.send_signal(signal.SIGTERM)
    ended = runs.ended(ui.process)
    assert ended.code == 0, ended.stderr
    first, second = ended.results
    assert [requests_of(first), requests_of(second)] == counted
    assert first.run.id != second.run.id
    assert second.run.started_at_s >= first.run.started_at_s + first.run.duration_s
    assert second.run.peak_users == 3
    assert [result.exit_code for result in ended.results] == [0, 0]
    assert ended.stdout.count("PASS  ") == 2


def test_failed_last_run_of_the_ui_is_its_exit_code_on_ctrl_c(runs: Bench) -> None:
    runs.write("thresholds.yaml", FAILING)
    ui = start(runs)
    ui.swarm()
    wait_until(lambda: ui.state() == "running", 20, "the users run")
    ui.stop()
    ui.process.send_signal(signal.SIGINT)
    ended = runs.ended(ui.process)
    assert ended.code == ended.result.exit_code == 99
    assert ended.result.ended == "completed"


def test_ui_that_is_terminated_in_the_middle_of_a_run_drains_it_and_ends_with_105(
    runs: Bench, truth: Truth
) -> None:
    ui = start(runs, env={"TEST_PATH": SLOW[0], "TEST_TELL": "1"})
    ui.swarm()
    wait_until(lambda: runs.begun_users() == 3, 20, "every user waits for an answer")
    ui.process.send_signal(signal.SIGTERM)
    ended = runs.ended(ui.process)
    assert ended.code == ended.result.exit_code == 105
    assert requests_of(ended.result) == truth.count(f"agentos GET {SLOW[0]}") >= 3
    assert interrupted_of(ended.result) == 0


def test_abort_ends_the_run_of_a_ui_but_not_the_ui(runs: Bench) -> None:
    port = free_port()
    process = runs.loadlib("aborting.py", f"--ui --web-port {port}")
    wait_until(lambda: answers(port), 30, "the web UI answers")
    ui = Ui(process, port)
    ui.swarm()
    result = wait_until(runs.results, 20, "the result is written")[0]
    assert result.exit_code == 108
    assert ui.state() in ("stopped", "cleanup")
    ui.process.send_signal(signal.SIGTERM)
    assert runs.ended(ui.process).code == 108


def test_unreachable_target_refuses_the_run_and_the_ui_goes_on(runs: Bench, platform: TargetServer) -> None:
    ui = start(runs, env={"LOADLIB_BASE_URL": "http://127.0.0.1:1"})
    ui.swarm()
    refused = wait_until(runs.results, 20, "the result is written")[0]
    assert (refused.exit_code, refused.ended) == (111, "not started")
    assert ui.process.poll() is None
    ui.swarm(host=platform.base_url)
    wait_until(lambda: ui.state() == "running", 20, "the users of the second run run")
    ui.stop()
    wait_until(lambda: len(runs.results()) == 2, 20, "the second result is written")
    ui.process.send_signal(signal.SIGTERM)
    assert runs.ended(ui.process).code == 0


@pytest.mark.parametrize(
    ("env", "hosts"),
    [({}, {"127.0.0.1"}), ({"LOADLIB_WEB_HOST": "127.0.0.2"}, {"127.0.0.2"})],
)
def test_ui_listens_on_loopback_unless_told_otherwise(
    runs: Bench, env: dict[str, str], hosts: set[str]
) -> None:
    port = free_port()
    process = runs.loadlib("plain.py", f"--ui --web-port {port}", env)
    wait_until(lambda: any(a.port == port for a in listening(process.pid)), 30, "the web UI listens")
    assert {address.ip for address in listening(process.pid)} == hosts


@pytest.mark.parametrize(("options", "host"), [("", "127.0.0.1"), ("--web-host 127.0.0.3", "127.0.0.3")])
def test_locust_itself_listens_on_loopback_too_unless_told_otherwise(
    runs: Bench, options: str, host: str
) -> None:
    port = free_port()
    process = runs.locust("plain.py", f"--web-port {port} {options}")
    wait_until(lambda: any(a.port == port for a in listening(process.pid)), 30, "the web UI listens")
    assert {address.ip for address in listening(process.pid)} == {host}
