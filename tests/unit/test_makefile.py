"""The Makefile: its help is complete, and values reach ``loadlib`` exactly as they were typed.

The real ``make`` runs on a copy of the Makefile whose ``.venv/bin`` holds a recorder in place of ``loadlib``.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import require_or_skip
from tests.support.process import REPOSITORY, clean_environment

RECORDER = f"""#!{sys.executable}
import json, os, sys
settings = {{key: value for key, value in os.environ.items() if key.startswith("LOADLIB_")}}
json.dump([sys.argv[1:], settings], open("seen", "w"))
sys.exit(int(os.environ.get("RECORDER_EXIT", "0")))
"""
URLS = ["BASE_URL", "WEB_URL", "API_URL", "CCR_URL"]
SETTINGS = [*URLS, "PROFILE", "USERS", "DURATION", "THRESHOLDS", "ENVIRONMENT"]
NASTY = [
    "two words",
    'it\'s "quoted"',
    "$(shell touch pwned)",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "${HOME}",
    "a#b",
    "$$",
    "100%",
    "back\\slash",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder in which ``make`` believes that set-up is done."""
    require_or_skip(shutil.which("make"), "GNU make", "install make")
    for name in ("pyproject.toml", "constraints.txt", "Makefile"):
        shutil.copyfile(REPOSITORY / name, tmp_path / name)
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name in ("loadlib", "pip"):
        (binaries / name).write_text(RECORDER)
        (binaries / name).chmod(0o755)
    (tmp_path / ".venv" / ".ready").touch()
    return tmp_path


def make(
    checkout: Path, *args: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``make`` in a copy, without the settings of the shell the tests run in."""
    environment = {key: value for key, value in clean_environment(env).items() if not key.startswith("MAKE")}
    if env is None:
        environment = {
            key: value for key, value in environment.items() if key not in (*SETTINGS, "PORT", "SCENARIO")
        }
    return subprocess.run(
        ["make", *args],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def seen(checkout: Path) -> tuple[list[str], dict[str, str]]:
    """Return the arguments and the LOADLIB_ variables the recorder got."""
    arguments, environment = json.loads((checkout / "seen").read_text())
    return arguments, environment


def targets() -> set[str]:
    """Return every target of the Makefile a person can name."""
    lines = (REPOSITORY / "Makefile").read_text().splitlines()
    heads = [match[1] for line in lines if (match := re.match(r"([a-z0-9 ]+):(?!=)", line))]
    return {name for head in heads for name in head.split()}


def test_help_lists_every_target_and_no_other(checkout: Path) -> None:
    """What help promises exists, and what exists is promised."""
    listed = re.findall(r"^  make ([a-z0-9]+) +\S", make(checkout).stdout, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) | {"help"} == targets()


def test_every_target_is_phony() -> None:
    """A file called `target` or `test` does not switch a target off."""
    phony = re.search(r"^\.PHONY: (.*)$", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == targets()


def test_help_is_the_default_and_fits_80_columns(checkout: Path) -> None:
    """Plain `make` explains; it starts nothing and needs no set-up."""
    shutil.rmtree(checkout / ".venv")
    done = make(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == make(checkout, "help").stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert not (checkout / ".venv").exists()


def test_help_names_every_setting_a_scenario_takes(checkout: Path) -> None:
    """The variables in help are the variables that are passed on."""
    assert set(re.findall(r"\b([A-Z_]{4,})= ", make(checkout).stdout + " ")) <= set(SETTINGS)
    assert all(f"{name}=" in make(checkout).stdout for name in SETTINGS)


@pytest.mark.parametrize("scenario", ["dashboard", "a2a", "streaming", "ccr", "realtime", "mixed"])
def test_scenario_target_runs_its_scenario_without_settings_of_its_own(checkout: Path, scenario: str) -> None:
    """A variable that is not given is not passed: the suite's own defaults and files decide."""
    assert make(checkout, scenario).returncode == 0
    assert seen(checkout) == (["run", scenario], {})


@pytest.mark.parametrize("name", SETTINGS)
def test_setting_is_passed_on_by_name(checkout: Path, name: str) -> None:
    """Each variable becomes the LOADLIB_ variable of the same name."""
    make(checkout, "a2a", f"{name}=value")
    assert seen(checkout)[1] == {f"LOADLIB_{name}": "value"}


def test_empty_setting_is_not_passed(checkout: Path) -> None:
    """`USERS=` means "not given"."""
    make(checkout, "a2a", "USERS=")
    assert seen(checkout)[1] == {}


@pytest.mark.parametrize("value", NASTY)
def test_value_is_never_expanded_on_the_command_line(checkout: Path, value: str) -> None:
    """Neither make nor the shell reads a value: what was typed arrives."""
    assert make(checkout, "a2a", f"BASE_URL={value}").returncode == 0
    assert seen(checkout)[1] == {"LOADLIB_BASE_URL": value}
    assert not (checkout / "pwned").exists()


@pytest.mark.parametrize("value", NASTY)
def test_value_is_never_expanded_from_the_environment(checkout: Path, value: str) -> None:
    """A variable set for make in the shell is treated alike."""
    assert make(checkout, "a2a", env={"THRESHOLDS": value}).returncode == 0
    assert seen(checkout)[1]["LOADLIB_THRESHOLDS"] == value
    assert not (checkout / "pwned").exists()


@pytest.mark.parametrize("value", NASTY)
def test_scenario_and_port_are_one_argument(checkout: Path, value: str) -> None:
    """Values that become arguments are not split or read either."""
    make(checkout, "ui", f"SCENARIO={value}")
    assert seen(checkout)[0] == ["run", value, "--ui"]
    make(checkout, "target", f"PORT={value}")
    assert seen(checkout)[0] == ["target", "--port", value]
    assert not (checkout / "pwned").exists()


def test_ui_and_target_have_defaults(checkout: Path) -> None:
    """`make ui` opens the mixed scenario; `make target` takes the platform's own port."""
    make(checkout, "ui")
    assert seen(checkout)[0] == ["run", "mixed", "--ui"]
    make(checkout, "target")
    assert seen(checkout)[0] == ["target"]


def test_failing_run_exits_2_and_prints_the_real_code(checkout: Path) -> None:
    """Make has one code for every failure; the run's own stays readable."""
    done = make(checkout, "a2a", env={"RECORDER_EXIT": "99"})
    assert done.returncode == 2
    assert "Error 99" in done.stderr


@pytest.mark.parametrize(
    ("version", "message"), [("(3, 10)", "needs Python 3.11 or newer"), ("(3, 11)", "venv module")]
)
def test_unfit_python_is_refused_in_words(checkout: Path, version: str, message: str) -> None:
    """An old Python, or one without venv, is named before anything is written."""
    shutil.rmtree(checkout / ".venv")
    fake = checkout / "fake python"
    fake.write_text(f"""#!{sys.executable}
import sys
sys.version_info = {version}
if sys.argv[1] == "-c":
    sys.modules["venv"] = None
    exec(sys.argv[2])
print("Python of the test")
""")
    fake.chmod(0o755)
    done = make(checkout, "setup", f"PYTHON={fake}")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (checkout / ".venv").exists()


def test_missing_python_is_refused_in_words(checkout: Path) -> None:
    """A PYTHON that is not there is named, with the way to give another."""
    shutil.rmtree(checkout / ".venv")
    done = make(checkout, "setup", "PYTHON=no-such-python")
    assert done.returncode == 2
    assert "No no-such-python here" in done.stderr
    assert "make setup PYTHON=" in done.stderr
