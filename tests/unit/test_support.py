"""The shared test helpers: what they promise every other test."""

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.support import (
    Process,
    TargetServer,
    assert_golden,
    clean_environment,
    free_port,
    require_or_skip,
    run_loadlib,
    wait_until,
)

SLEEPER = "import signal, sys; print('ready'); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); signal.pause()"


def python(code: str) -> list[str]:
    """Return the command that runs ``code`` in a fresh interpreter."""
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    """Tell whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_server_can_listen_on_a_free_port() -> None:
    """Nobody listens on it before."""
    port = free_port()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()
    with socket.create_server(("127.0.0.1", port)):
        socket.create_connection(("127.0.0.1", port)).close()


def test_free_port_is_kept_from_whoever_does_not_ask_for_it_by_number_as_servers_do() -> None:
    """So the system gives it neither to a server that asks for any port nor to an outgoing connection."""
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))


def test_wait_until_returns_what_the_condition_gave() -> None:
    """The awaited thing itself is the result."""
    answers = iter([None, "", "there"])
    assert wait_until(lambda: next(answers), 5, "an answer") == "there"


def test_wait_until_names_what_did_not_happen() -> None:
    """A deadline is a failure with words."""
    with pytest.raises(AssertionError, match="the moon is full"):
        wait_until(lambda: False, 0.05, "the moon is full")


def test_missing_tool_skips_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a developer's machine a missing tool is a skip."""
    monkeypatch.delenv("LOADLIB_TEST_REQUIRE_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match="a frobnicator is not available; build one"):
        require_or_skip(None, "a frobnicator", "build one")


def test_missing_tool_fails_where_all_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """In CI the same missing tool is a failure."""
    monkeypatch.setenv("LOADLIB_TEST_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="a frobnicator is not available; build one"):
        require_or_skip(None, "a frobnicator", "build one")


def test_present_tool_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is here is used, required or not."""
    monkeypatch.setenv("LOADLIB_TEST_REQUIRE_ALL", "1")
    require_or_skip("/usr/bin/true", "true", "install it")


def test_process_is_watched_by_its_output_and_ended_by_the_block() -> None:
    """A pattern is found while the process runs; afterwards the process is gone."""
    with Process(python(SLEEPER)) as process:
        assert process.wait_for(r"^re(ady)$", 30)[1] == "ady"
        assert process.poll() is None
    assert process.poll() == -signal.SIGTERM
    assert not is_alive(process.pid)


def test_process_that_ignores_sigterm_is_killed() -> None:
    """Nothing a test starts outlives it."""
    with Process(python(STUBBORN)) as process:
        process.wait_for("ready", 30)
        assert process.stop(grace_s=0.2) == -signal.SIGKILL


def test_process_that_ends_early_fails_with_its_output() -> None:
    """A crash at start is shown at once, not after the deadline."""
    with (
        Process(python("raise SystemExit('no such setting')")) as process,
        pytest.raises(AssertionError, match="exit code 1; output:\nno such setting"),
    ):
        process.wait_for("ready", 600)


def test_process_that_runs_too_long_fails_with_its_output() -> None:
    """A hang is ended and explained."""
    with Process(python(SLEEPER)) as process:
        process.wait_for("ready", 30)
        with pytest.raises(AssertionError, match=r"not finished within 0\.1 s.*(?s:.)*ready"):
            process.wait(0.1)
        assert process.poll() is not None


def test_outputs_are_kept_apart_on_request() -> None:
    """A test can tell what went to stderr."""
    code = "import sys; print('out'); print('err', file=sys.stderr)"
    with Process(python(code), merge_output=False) as process:
        assert process.wait(30) == 0
        assert (process.output(), process.errors()) == ("out\n", "err\n")


def test_process_runs_in_an_empty_folder_unless_told_otherwise(tmp_path: Path) -> None:
    """A developer's .env is not read, and results do not land in the checkout."""
    code = "import os; print(os.getcwd(), os.listdir())"
    with Process(python(code)) as process:
        assert process.wait(30) == 0
        folder, found = process.output().split()
        assert (Path(folder) != Path.cwd(), found) == (True, "[]")
    assert not Path(folder).exists()
    with Process(python(code), cwd=tmp_path) as process:
        assert process.wait(30) == 0
        assert process.output().split()[0] == str(tmp_path)


def test_settings_of_the_shell_are_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's exported settings change no test; what a test gives arrives."""
    monkeypatch.setenv("LOADLIB_USERS", "500")
    monkeypatch.setenv("LOCUST_HOST", "http://example.com")
    environment = clean_environment({"LOADLIB_PROFILE": "smoke"})
    assert {key for key in environment if key.startswith(("LOADLIB_", "LOCUST_"))} == {"LOADLIB_PROFILE"}
    assert environment["PATH"] == os.environ["PATH"]


def test_golden_file_that_differs_fails_with_the_diff(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The difference is shown, line ends included."""
    monkeypatch.delenv("LOADLIB_UPDATE_GOLDEN", raising=False)
    golden = tmp_path / "summary.txt"
    golden.write_bytes(b"one\ntwo\n")
    assert_golden(golden, "one\ntwo\n")
    with pytest.raises(AssertionError, match=r"-two\\n\n\+two\\r\\n"):
        assert_golden(golden, "one\ntwo\r\n")


def test_missing_golden_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renderer without its expected output is not tested."""
    monkeypatch.delenv("LOADLIB_UPDATE_GOLDEN", raising=False)
    with pytest.raises(AssertionError, match="make golden"):
        assert_golden(tmp_path / "summary.txt", "one\n")


def test_golden_file_is_rewritten_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command accepts the present output, byte for byte."""
    monkeypatch.setenv("LOADLIB_UPDATE_GOLDEN", "1")
    assert_golden(tmp_path / "new" / "summary.txt", "one\r\n")
    assert (tmp_path / "new" / "summary.txt").read_bytes() == b"one\r\n"


def test_target_server_announces_everything_a_run_needs(target_server: TargetServer) -> None:
    """The shared platform runs, and its variables are read from what it prints."""
    assert target_server.process.poll() is None
    assert target_server.base_url.startswith("http://127.0.0.1:")
    assert target_server.env.keys() >= {
        *("LOADLIB_BASE_URL", "LOADLIB_WEB_URL", "LOADLIB_API_URL", "LOADLIB_CCR_URL"),
        *("LOADLIB_JWT_SECRET", "LOADLIB_SESSION_SECRET"),
    }


def test_run_loadlib_returns_code_and_both_outputs() -> None:
    """The command line is judged by what a shell would see."""
    done = run_loadlib(["no-such-command"])
    assert (done.returncode, done.stdout) == (104, "")
    assert "no-such-command" in done.stderr
