"""``loadlib run``: what is checked before, what a dry run shows, and that Locust takes over."""

import json
import sys
from pathlib import Path

import pytest

from loadlib.cli.main import main
from loadlib.cli.run import handed_over
from loadlib.settings import Settings
from tests.support.net import free_port
from tests.support.process import Process, run_loadlib

SECRET = "s3cret-Value-0123456789"

THRESHOLDS = "version: 1\nthresholds:\n  http_req_failed:\n    - rate<1%\n"

PROBE = """
import json, os, sys
from locust import User, constant, events, task

class Probe(User):
    wait_time = constant(0.05)

    @task
    def nothing(self):
        pass

@events.init.add_listener
def tell(environment, **_):
    if not environment.parsed_options.worker:
        seen = {key: value for key, value in os.environ.items() if key.startswith("LOADLIB_")}
        with open("seen.json", "w") as file:
            json.dump({"pid": os.getpid(), "environ": seen, "argv": sys.argv}, file)
"""


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an own working directory with a mixed scenario that records how it was started."""
    (tmp_path / "locustfiles").mkdir()
    (tmp_path / "locustfiles" / "mixed.py").write_text(PROBE)
    (tmp_path / "thresholds.yaml").write_text(THRESHOLDS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


BAD_OPTIONS = [
    ("--users", "0", "users: must be greater than or equal to 1, not '0' (the command line)"),
    ("--duration", "soon", "duration: must be a duration such as 30s"),
    ("--profile", "smok", "did you mean 'smoke'?"),
    ("--base-url", "localhost", "base_url: must be a URL such as"),
    ("--web-url", "ftp://x", "web_url: must be a URL such as"),
    ("--api-url", "https://u:p@example.com", "api_url: must carry no credentials"),
    ("--ccr-url", "", "ccr_url: must be a URL such as"),
    ("--environment", "a b", "environment: must be one word"),
    ("--workspace", "", "workspace_id: must not be empty"),
    ("--thresholds", "", "thresholds: must name a file"),
    ("--results-dir", "", "results_dir: must name a file or directory"),
    ("--processes", "0", "processes: must be 1 or more, or -1"),
    ("--seed", "x", "seed: must be a whole number"),
    ("--config", "none.toml", "config: there is no file 'none.toml'"),
    ("--web-port", "0", "web_port: must be greater than or equal to 1"),
]


@pytest.mark.parametrize(("option", "value", "line"), BAD_OPTIONS)
def test_bad_option_is_one_line_and_104_before_anything_runs(
    workdir: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, line: str
) -> None:
    assert main(["run", "mixed", option, value]) == 104
    err = capsys.readouterr().err
    assert line in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_each_of_several_bad_options_is_a_line(workdir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "mixed", "--users", "0", "--seed", "x"]) == 104
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_broken_identities_file_stops_before_the_run(
    workdir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / "users.csv").write_text("user_id,token\nann,test-token\n")
    monkeypatch.setenv("LOADLIB_IDENTITIES_FILE", "users.csv")
    assert main(["run", "mixed", "--dry-run"]) == 104
    assert capsys.readouterr().err.startswith("error: users.csv:2: token must be a real token")


THRESHOLDS_FILES = [
    (None, "error: thresholds.yaml: can't be read"),
    (THRESHOLDS.replace("<1%", "<<1%"), "error: thresholds.yaml:4:"),
]


@pytest.mark.parametrize(("text", "line"), THRESHOLDS_FILES)
def test_missing_or_broken_thresholds_file_stops_before_the_run(
    workdir: Path, capsys: pytest.CaptureFixture[str], text: str | None, line: str
) -> None:
    (workdir / "thresholds.yaml").unlink()
    if text is not None:
        (workdir / "thresholds.yaml").write_text(text)
    assert main(["run", "mixed", "--dry-run"]) == 104
    err = capsys.readouterr().err
    assert err.startswith(line)
    assert err.count("error: ") == 1


def test_dry_run_shows_command_settings_and_origins_and_no_secret(
    workdir: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOADLIB_JWT_SECRET", SECRET)
    (workdir / ".env").write_text(f"AUTH_TOKEN={SECRET}\n")
    assert main(["run", "mixed", "--users", "3", "--require-all", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert SECRET not in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for line in (
        "scenario: mixed",
        f"locustfile: {workdir}/locustfiles/mixed.py",
        "profile: smoke",
        "thresholds: thresholds.yaml",
        "users 3 [the command line]",
        "require_all true [the command line]",
        "jwt_secret ******** [LOADLIB_JWT_SECRET in the environment]",
        "auth_token ******** [AUTH_TOKEN in .env]",
        "session_token not set [default]",
    ):
        assert line in lines
    assert (
        f"command: {sys.executable} -m loadlib.adapters -f {workdir}/locustfiles/mixed.py --headless" in out
    )
    assert not (workdir / "seen.json").exists()


def test_dry_run_needs_no_locust(workdir: Path) -> None:
    """Nothing is started: with an import of Locust that raises, a dry run still succeeds."""
    (workdir / "locust.py").write_text("raise RuntimeError('imported')")
    done = run_loadlib(["run", "mixed", "--dry-run"], {"PYTHONPATH": str(workdir)}, cwd=workdir)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_run_becomes_locust_with_the_options_as_environment(workdir: Path, processes: str) -> None:
    """The pid stays, and the exit code is the run's: nobody answers at the base URL."""
    nobody = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "loadlib", "run", "mixed", "--users", "3", "--processes", processes]
    options = ["--duration", "90s", "--base-url", nobody]
    with Process([*command, *options], {"LOADLIB_JWT_SECRET": SECRET}, cwd=workdir) as process:
        assert process.wait(timeout_s=30) == 111
    seen = json.loads((workdir / "seen.json").read_text())
    assert seen["pid"] == process.pid
    assert "--headless" in seen["argv"]
    assert SECRET not in " ".join(seen["argv"])
    assert seen["environ"] == {
        "LOADLIB_BASE_URL": nobody,
        "LOADLIB_USERS": "3",
        "LOADLIB_PROCESSES": processes,
        "LOADLIB_DURATION": "90s",
        "LOADLIB_PROFILE": "smoke",
        "LOADLIB_SCENARIO": "mixed",
        "LOADLIB_JWT_SECRET": SECRET,
    }


def test_profile_is_always_handed_over_but_to_a_web_ui() -> None:
    """Without one a headless Locust would run a single user for ever."""
    given = {"users": "3", "profile": None}
    assert handed_over(given, Settings(), ui=False) == {"users": "3", "profile": "smoke"}
    assert handed_over(given, Settings(), ui=True) == given


def test_free_port_is_asked_from_the_system_for_each_run(
    workdir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "mixed", "--processes", "2", "--dry-run"]) == 0
    words = capsys.readouterr().out.split()
    bind, connect = (words[words.index(flag) + 1] for flag in ("--master-bind-port", "--master-port"))
    assert bind == connect
    assert 1024 <= int(bind) <= 65535


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """``loadlib run mixed --dry-run | true`` ends quietly, though nobody reads it."""
    (tmp_path / "t.yaml").write_text(THRESHOLDS)
    command = f"{sys.executable} -m loadlib run mixed --thresholds {tmp_path}/t.yaml --dry-run | true"
    with Process(["bash", "-c", command], merge_output=True) as shell:
        shell.wait(60)
        assert shell.output() == ""
