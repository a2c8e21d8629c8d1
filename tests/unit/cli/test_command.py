"""The Locust command of a run: what is on it, and what never is."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from loadlib.cli.command import Launch, locust_command
from loadlib.settings import Settings

LAUNCH = Launch(Path("locustfiles/mixed.py"), ui=False, master_port=40123)
UI = Launch(Path("locustfiles/mixed.py"), ui=True, master_port=40123)
SECRET = "s3cret-value"


def options(settings: Settings, launch: Launch = LAUNCH) -> str:
    """Return what follows ``python -m loadlib.adapters`` as one text."""
    command = locust_command(settings, launch)
    assert command[:3] == [sys.executable, "-m", "loadlib.adapters"]
    return " ".join(command[3:])


HEADLESS = "-f locustfiles/mixed.py --headless --only-summary --loglevel WARNING"
DISTRIBUTED = (
    " --processes 4 --expect-workers-max-wait 30"
    " --master-bind-host 127.0.0.1 --master-bind-port 40123 --master-host 127.0.0.1 --master-port 40123"
)
COMMANDS = [
    (Settings(), LAUNCH, HEADLESS),
    (Settings(stop_timeout_s=2.5), LAUNCH, HEADLESS),
    (Settings(processes=4), LAUNCH, HEADLESS + DISTRIBUTED),
    (Settings(processes=-1), LAUNCH, HEADLESS + DISTRIBUTED.replace("--processes 4", "--processes -1")),
    (
        Settings(processes=4, worker_start_timeout_s=7.5),
        LAUNCH,
        HEADLESS + DISTRIBUTED.replace("wait 30", "wait 8"),
    ),
    (
        Settings(web_port=9089),
        UI,
        "-f locustfiles/mixed.py --web-host 127.0.0.1 --web-port 9089 --loglevel WARNING",
    ),
]


@pytest.mark.parametrize(("settings", "launch", "expected"), COMMANDS)
def test_command_follows_from_the_settings_alone(settings: Settings, launch: Launch, expected: str) -> None:
    assert options(settings, launch) == expected


def test_no_secret_is_an_argument() -> None:
    secret = SecretStr(SECRET)
    settings = Settings(
        auth_token=secret, session_token=secret, jwt_secret=secret, session_secret=secret, ccr_api_key=secret
    )
    assert SECRET not in options(settings)


def test_locust_knows_every_option_of_the_command(tmp_path: Path) -> None:
    """Locust itself parses the command, with --list in place of a run; an unknown option makes it exit 2."""
    locustfile = tmp_path / "mixed.py"
    locustfile.write_text("from locust import User\nclass Probe(User):\n    pass\n")
    for ui in (False, True):
        command = locust_command(Settings(), Launch(locustfile, ui, 40123))
        done = subprocess.run([*command, "--list"], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert "Probe" in done.stdout
