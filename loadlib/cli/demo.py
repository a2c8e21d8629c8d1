"""``loadlib demo``: the reference platform on loopback, one run of all scenarios against it, one verdict."""

import os
import re
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import FrameType
from typing import IO, Final

from loadlib.cli.parser import Parser
from loadlib.errors import ConfigurationError
from loadlib.exitcodes import ExitCode

DESCRIPTION: Final = """\
Start the reference platform on loopback, run all scenarios against it for some twenty
seconds, print the verdict and stop the platform. The exit code is the run's."""

EXAMPLES: Final = """\
  loadlib demo
  loadlib demo --users 20 --duration 60s
  loadlib demo --thresholds my-thresholds.yaml
"""

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0
_POLL_S: Final = 0.05
_READY: Final = re.compile(r"^# rate limits", re.MULTILINE)
_SETTING: Final = re.compile(r"^(LOADLIB_[A-Z_]+)=(.*)$", re.MULTILINE)


def add_arguments(parser: Parser) -> None:
    """Declare the options; they are those of ``loadlib run``."""
    for name, metavar, text in (
        ("users", "N", "peak number of users (8)"),
        ("duration", "D", "length of the run (20s)"),
        ("thresholds", "FILE", "rules that judge the run (thresholds.yaml)"),
    ):
        parser.add_argument(f"--{name}", metavar=metavar, help=text)


def main(args: Namespace) -> int:
    """Run the demo and return the run's exit code."""
    options = [
        part for name in ("users", "duration", "thresholds") for part in _option(name, getattr(args, name))
    ]
    command = [sys.executable, "-m", "loadlib", "run", "mixed", "--profile", "smoke", *options]
    signal.signal(signal.SIGTERM, _terminated)
    with reference_platform() as settings:
        print(f"reference platform: {settings['LOADLIB_BASE_URL']} (stops with the demo)", flush=True)
        with subprocess.Popen(command, env={**os.environ, **settings}) as run:  # noqa: S603 - our own command
            return _outcome(run)


@contextmanager
def reference_platform() -> Iterator[Mapping[str, str]]:
    """Start the reference platform in a process of its own; give the settings that point a run at it.

    Raises ``ConfigurationError`` with what it printed when it does not start.
    """
    command = [sys.executable, "-m", "loadlib", "target", "--port", "0"]
    with (
        TemporaryFile("w+", encoding="utf-8") as output,
        subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        ) as platform,
    ):
        try:
            yield _settings_of(platform, output)
        finally:
            _stop(platform)


def _settings_of(platform: subprocess.Popen[bytes], output: IO[str]) -> dict[str, str]:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        output.seek(0)
        text = output.read()
        if _READY.search(text):
            return dict(_SETTING.findall(text))
        if platform.poll() is not None:
            break
        time.sleep(_POLL_S)
    raise ConfigurationError("the reference platform did not start:", *text.splitlines()[-5:])


def _outcome(run: subprocess.Popen[bytes]) -> int:
    """Wait for the run and return its exit code; any signal is passed on, as one that ends it in order.

    From a terminal Ctrl-C reaches the run by itself, too: it takes both for one.
    """
    while True:
        try:
            code = run.wait()
        except (KeyboardInterrupt, SystemExit):
            run.terminate()
            continue
        if code in (-signal.SIGINT, -signal.SIGTERM):
            return int(ExitCode.INTERRUPTED)
        return code if code >= 0 else int(ExitCode.INTERNAL)


def _stop(platform: subprocess.Popen[bytes]) -> None:
    platform.terminate()
    try:
        platform.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        platform.kill()


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(int(ExitCode.INTERRUPTED))


def _option(name: str, value: str | None) -> list[str]:
    return [f"--{name}", str(Path(value)) if name == "thresholds" else value] if value else []
