"""The web UI: where it listens, runs started and stopped over HTTP, and the exit code at its end."""

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.integration.bench import (
    FAILING,
    PATIENCE_S,
    Bench,
    Case,
    Ended,
    Together,
    Truth,
    fetch,
    interrupted_of,
    listening,
    requests_of,
)
from tests.integration.conftest import SLOW
from tests.support import Process, TargetServer, free_port, wait_until

CARD = "/.well-known/agent.json"


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


def start(runs: Bench, env: dict[str, str] | None = None, *, locustfile: str = "plain.py") -> Ui:
    port = free_port()
    process = runs.loadlib(locustfile, f"--ui --web-port {port}", env)
    wait_until(lambda: answers(port), PATIENCE_S, "the web UI answers")
    return Ui(process, port)


def answers(port: int) -> bool:
    try:
        return bool(fetch(f"http://127.0.0.1:{port}/"))
    except OSError:
        return False


def two_runs(runs: Bench) -> Ended:
    """Start and stop twice; each result has what the target counted of its run."""
    ui = start(runs, env={"TEST_PATH": CARD})
    counts = Truth(TargetServer(ui.process, runs.env))
    before = 0
    for number in (1, 2):
        ui.swarm()
        wait_until(
            lambda c=before: counts.count(f"agentos GET {CARD}") > c + 20, PATIENCE_S, "requests arrive"
        )
        ui.stop()
        result = wait_until(
            lambda n=number: len(found := runs.results()) == n and found, PATIENCE_S, "it is written"
        )[-1]
        counted = counts.count(f"agentos GET {CARD}")
        assert requests_of(result) == counted - before
        assert ui.process.poll() is None
        before = counted
    return terminated(runs, ui)


def terminated(runs: Bench, ui: Ui) -> Ended:
    ui.process.send_signal(signal.SIGTERM)
    return runs.ended(ui.process)


def failed_then_ctrl_c(runs: Bench) -> Ended:
    runs.write("thresholds.yaml", FAILING)
    ui = start(runs)
    ui.swarm()
    wait_until(lambda: ui.state() == "running", PATIENCE_S, "the users run")
    ui.stop()
    ui.process.send_signal(signal.SIGINT)
    return runs.ended(ui.process)


def terminated_in_a_run(runs: Bench) -> Ended:
    ui = start(runs, env={"TEST_PATH": SLOW[0], "TEST_TELL": "1"})
    ui.swarm()
    wait_until(lambda: runs.begun_users() == 3, PATIENCE_S, "every user waits for an answer")
    return terminated(runs, ui)


def aborted(runs: Bench) -> Ended:
    """Let a scenario abort its run; the UI goes on."""
    ui = start(runs, locustfile="aborting.py")
    ui.swarm()
    wait_until(runs.results, PATIENCE_S, "the result is written")
    assert ui.state() in ("stopped", "cleanup")
    return terminated(runs, ui)


def unreachable_then_there(runs: Bench) -> Ended:
    ui = start(runs, env={"LOADLIB_BASE_URL": "http://127.0.0.1:1"})
    ui.swarm()
    wait_until(runs.results, PATIENCE_S, "the result is written")
    assert ui.process.poll() is None
    ui.swarm(host=runs.env["LOADLIB_BASE_URL"])
    wait_until(lambda: ui.state() == "running", PATIENCE_S, "the users of the second run run")
    ui.stop()
    wait_until(lambda: len(runs.results()) == 2, PATIENCE_S, "the second result is written")
    return terminated(runs, ui)


def listening_on(host: str, begin: Callable[[Bench, int], Process]) -> Case:
    """Return a case: a process with a web UI that listens on one address, and on no other."""

    def case(runs: Bench) -> Ended:
        port = free_port()
        process = begin(runs, port)
        wait_until(
            lambda: any(a.port == port for a in listening(process.pid)), PATIENCE_S, "the web UI listens"
        )
        assert {address.ip for address in listening(process.pid)} == {host}
        return terminated(runs, Ui(process, port))

    return case


def suites(**env: str) -> Callable[[Bench, int], Process]:
    return lambda runs, port: runs.loadlib("plain.py", f"--ui --web-port {port}", env)


def locusts(options: str) -> Callable[[Bench, int], Process]:
    return lambda runs, port: runs.locust("plain.py", f"--web-port {port} {options}")


LISTENING = {
    "loopback": listening_on("127.0.0.1", suites()),
    "a host of the settings": listening_on("127.0.0.2", suites(LOADLIB_WEB_HOST="127.0.0.2")),
    "Locust, loopback": listening_on("127.0.0.1", locusts("")),
    "Locust, a host of its options": listening_on("127.0.0.3", locusts("--web-host 127.0.0.3")),
}
CASES = {
    "two runs": two_runs,
    "failed, Ctrl-C": failed_then_ctrl_c,
    "terminated": terminated_in_a_run,
    "aborted": aborted,
    "unreachable, then there": unreachable_then_there,
    **LISTENING,
}


def test_each_run_started_in_the_ui_has_its_own_result_and_the_last_verdict_is_the_exit_code(
    together: Together,
) -> None:
    ended = together["two runs"]
    assert ended.code == 0, ended.stderr
    first, second = ended.results
    assert first.run.id != second.run.id
    assert second.run.peak_users == 3
    assert second.run.started_at_s >= first.run.started_at_s + first.run.duration_s
    assert [result.exit_code for result in ended.results] == [0, 0]
    assert ended.stdout.count("PASS  ") == 2


def test_failed_last_run_of_the_ui_is_its_exit_code_on_ctrl_c(together: Together) -> None:
    ended = together["failed, Ctrl-C"]
    assert ended.code == ended.result.exit_code == 99
    assert ended.result.ended == "completed"


def test_ui_that_is_terminated_in_the_middle_of_a_run_drains_it_and_ends_with_105(
    together: Together, platform: TargetServer
) -> None:
    ended = together["terminated"]
    assert ended.code == ended.result.exit_code == 105
    assert requests_of(ended.result) == Truth(platform).count(f"agentos GET {SLOW[0]}") >= 3
    assert interrupted_of(ended.result) == 0


def test_abort_ends_the_run_of_a_ui_but_not_the_ui(together: Together) -> None:
    ended = together["aborted"]
    assert ended.code == ended.result.exit_code == 108


def test_unreachable_target_refuses_the_run_and_the_ui_goes_on(together: Together) -> None:
    ended = together["unreachable, then there"]
    assert [(result.exit_code, result.ended) for result in ended.results] == [
        (111, "not started"),
        (0, "completed"),
    ]
    assert ended.code == 0


@pytest.mark.parametrize("name", LISTENING)
def test_ui_listens_on_loopback_unless_told_otherwise_whoever_starts_it(
    together: Together, name: str
) -> None:
    """A process that made no run did not pass."""
    assert together[name].code == 111
