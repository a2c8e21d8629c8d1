"""Builds the Locust command line of a run from the settings: a pure function; starts nothing."""

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadlib.settings import Settings

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Launch:
    """What the command line depends on besides the settings.

    ``master_port`` is a free port for the processes to talk over; it is used only when there are several.
    """

    locustfile: Path
    ui: bool
    master_port: int


def locust_command(settings: Settings, launch: Launch) -> list[str]:
    """Return the arguments of Locust with the suite installed; no secret is ever among them.

    Users, duration, profile, stop timeout and thresholds are not either: the plugin takes them from the
    environment. Locust's periodic table and its INFO log are off, as the suite prints a summary of its own.
    """
    return [
        sys.executable,
        *("-m", "loadlib.adapters"),
        *("-f", str(launch.locustfile)),
        *_front_end(settings, ui=launch.ui),
        *("--loglevel", "WARNING"),
        *_processes(settings, launch.master_port),
    ]


def _front_end(settings: Settings, *, ui: bool) -> list[str]:
    if ui:
        return ["--web-host", settings.web_host, "--web-port", str(settings.web_port)]
    return ["--headless", "--only-summary"]


def _processes(settings: Settings, port: int) -> list[str]:
    """Return nothing for one process, which needs no master.

    With several, both ports are named: with ``--master-bind-port`` alone the workers would go to the default
    port and the run would wait for ever. The messages are not authenticated, so they stay on loopback.
    """
    if settings.processes == 1:
        return []
    return [
        *("--processes", str(settings.processes)),
        *("--expect-workers-max-wait", str(math.ceil(settings.worker_start_timeout_s))),
        *("--master-bind-host", LOOPBACK, "--master-bind-port", str(port)),
        *("--master-host", LOOPBACK, "--master-port", str(port)),
    ]
