"""The reference platform as a subprocess of the tests: its command line and the lines it prints first."""

import importlib.util
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tests.support.process import Process
from tests.support.require import require_or_skip
from tests.support.waiting import wait_until

ANNOUNCED: Final = (
    "LOADLIB_BASE_URL",
    "LOADLIB_WEB_URL",
    "LOADLIB_API_URL",
    "LOADLIB_CCR_URL",
    "LOADLIB_JWT_SECRET",
    "LOADLIB_SESSION_SECRET",
)
"""The variables ``loadlib target`` prints as shell assignments, one a line, once it accepts connections."""

START_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True)
class TargetServer:
    """A running reference platform. ``env`` is what a run against it needs, by variable name."""

    process: Process
    env: Mapping[str, str]

    @property
    def base_url(self) -> str:
        """The URL of the agents' API, without a trailing slash."""
        return self.env["LOADLIB_BASE_URL"]


@contextmanager
def start_target(*args: str) -> Iterator[TargetServer]:
    """Run ``loadlib target --port 0 *args`` for the length of the block; skip without its extra."""
    found = all(importlib.util.find_spec(name) for name in ("a2a", "ag_ui", "starlette", "uvicorn"))
    require_or_skip(found, "the reference platform", "install loadlib[target] (`make setup` does)")
    with Process([sys.executable, "-m", "loadlib", "target", "--port", "0", *args]) as process:
        env = wait_until(lambda: _announced(process), START_TIMEOUT_S, "the target printed all its variables")
        yield TargetServer(process, env)


def _announced(process: Process) -> dict[str, str]:
    """Return the printed assignments once all of them are there in whole lines, until then nothing."""
    process.wait_for(rf"^(export )?{ANNOUNCED[0]}=.*\n", START_TIMEOUT_S)
    whole_lines = process.output().rpartition("\n")[0].splitlines()
    assignments = [line for line in whole_lines if line.removeprefix("export ").startswith("LOADLIB_")]
    pairs = dict(word.split("=", 1) for line in assignments for word in shlex.split(line) if "=" in word)
    return pairs if pairs.keys() >= set(ANNOUNCED) else {}
