"""``loadlib run``: checks everything that can be wrong before a run, then becomes Locust.

The process is replaced, not wrapped: signals, output and the exit code are the run's own.
"""

import os
import shlex
import socket
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from loadlib.adapters.profiles import stages_for
from loadlib.cli.command import LOOPBACK, Launch, locust_command
from loadlib.cli.output import emit
from loadlib.cli.parser import Parser
from loadlib.cli.scenarios import FILES, Scenario, find_scenario
from loadlib.core.units import format_span
from loadlib.errors import ConfigurationError
from loadlib.exitcodes import ExitCode
from loadlib.settings import Settings, load_settings, masked, to_environment
from loadlib.settings.identity_file import read_identities
from loadlib.thresholds.loader import load as load_thresholds

DESCRIPTION: Final = """\
Run a scenario and judge it: exit code 0 when every threshold holds, 99 when one fails.
Settings come from these options, then the environment (LOADLIB_...), .env, a secrets
directory and loadlib.toml; .env.example lists them all. Secrets are never options."""

EXAMPLES: Final = """\
  loadlib run mixed
  loadlib run a2a --profile load --users 50 --duration 5m
  loadlib run dashboard --base-url https://agents.example.com --environment staging
  loadlib run streaming --processes 4
  loadlib run mixed --ui
  loadlib run ccr --dry-run
"""

_OPTIONS: Final = (
    ("--profile", "P", "profile", "shape of the load: smoke, load, stress, spike, soak"),
    ("--users", "N", "users", "peak number of users, in place of the profile's"),
    ("--duration", "D", "duration", "length of the run, such as 90s, 5m, 1h30m, or seconds"),
    ("--thresholds", "FILE", "thresholds", "rules that judge the run (thresholds.yaml)"),
    ("--base-url", "U", "base_url", "AgentOS (http://127.0.0.1:7777)"),
    ("--web-url", "U", "web_url", "web application"),
    ("--api-url", "U", "api_url", "REST API and websocket"),
    ("--ccr-url", "U", "ccr_url", "model router"),
    ("--environment", "E", "environment", "free word that names the platform in results"),
    ("--workspace", "W", "workspace_id", "workspace of every user"),
    ("--results-dir", "D", "results_dir", "directory that receives a folder per run (results)"),
    ("--processes", "N", "processes", "worker processes; -1 for one per core (1)"),
    ("--seed", "N", "seed", "makes the users' random choices repeatable"),
    ("--config", "FILE", "config", "settings file in place of ./loadlib.toml"),
    ("--web-port", "N", "web_port", "port of the web UI (8089)"),
)


def add_arguments(parser: Parser) -> None:
    """Declare the options; their values stay text, as the settings check them like any other source's."""
    names = ", ".join(FILES)
    parser.add_argument("scenario", metavar="SCENARIO", help=f"{names}, or a path to a locustfile")
    for flag, metavar, name, text in _OPTIONS:
        parser.add_argument(flag, metavar=metavar, dest=f"setting_{name}", help=text)
    parser.add_argument(
        "--require-all",
        dest="setting_require_all",
        action="store_const",
        const=True,
        help="a route that the target lacks fails the run, instead of being left out",
    )
    parser.add_argument("--ui", action="store_true", help="start Locust's web UI on loopback and wait there")
    parser.add_argument("--dry-run", action="store_true", help="print what would run; send nothing")


def main(args: Namespace) -> int:
    """Validate, then replace this process by Locust; returns only from a dry run."""
    cwd = Path.cwd()
    scenario = find_scenario(args.scenario, cwd)
    overrides = {**overrides_of(args), "scenario": scenario.name}
    settings = load_settings(overrides)
    load_thresholds(settings.thresholds)
    if settings.identities_file:
        read_identities(settings.identities_file)
    command = locust_command(settings, Launch(scenario.locustfile, args.ui, _free_port()))
    if args.dry_run:
        emit("\n".join(dry_run_lines(settings, scenario, command)))
        return int(ExitCode.PASS)
    handed = handed_over(overrides, settings, ui=args.ui)
    if args.ui:
        _require_free(settings.web_host, settings.web_port)
    return _become(command, {**os.environ, **to_environment(handed)})


def overrides_of(args: Namespace) -> dict[str, object]:
    """Return the settings that the options give, by setting name; ``None`` for those left out."""
    prefix = "setting_"
    return {key.removeprefix(prefix): value for key, value in vars(args).items() if key.startswith(prefix)}


def handed_over(overrides: Mapping[str, object], settings: Settings, *, ui: bool) -> dict[str, object]:
    """Return what Locust's process is given: the explicit values, and without a web UI always a profile.

    In the web UI people choose the number of users, unless a profile was asked for.
    """
    return dict(overrides) if ui else {**overrides, "profile": settings.profile}


def dry_run_lines(settings: Settings, scenario: Scenario, command: list[str]) -> list[str]:
    """Return what ``--dry-run`` prints: the run in a few lines, the command, every setting and its origin."""
    shown = masked(settings)
    width = max(map(len, shown))
    lines = [f"  {name:<{width}}  {value}  [{settings.origin(name)}]" for name, value in shown.items()]
    return [
        f"scenario: {scenario.name}",
        f"locustfile: {scenario.locustfile}",
        f"profile: {settings.profile}",
        f"users: {_load(settings, scenario)}",
        f"thresholds: {settings.thresholds}",
        f"command: {shlex.join(command)}",
        "settings:",
        *lines,
    ]


def _load(settings: Settings, scenario: Scenario) -> str:
    """Return a profile's stages, the users each one goes to: ``8, 20s to 8``."""
    stages = stages_for(scenario.name, settings.profile, users=settings.users, duration_s=settings.duration)
    return ", ".join(
        f"{format_span(stage.duration_s)} to {stage.users:g}" if stage.duration_s else f"{stage.users:g}"
        for stage in stages
    )


def _require_free(host: str, port: int) -> None:
    """Raise ``ConfigurationError`` when the web UI's address is taken."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise ConfigurationError(
            f"web UI: {host}:{port}: {error.strerror}; choose another with --web-port"
        ) from None


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _become(command: list[str], environ: Mapping[str, str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, dict(environ))  # noqa: S606 - no shell is wanted
