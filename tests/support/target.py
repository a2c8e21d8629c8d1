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

LAST_LINE: Final = r"^# rate limits: .*\n"
"""What ``loadlib target`` prints last, once it accepts connections, after its ``LOADLIB_...=...`` lines."""

START_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True)
class TargetServer:
    """A running reference platform.

    ``env`` is what a run against it needs, by variable name: ``LOADLIB_BASE_URL``, ``LOADLIB_WEB_URL``,
    ``LOADLIB_API_URL``, ``LOADLIB_CCR_URL``, ``LOADLIB_JWT_SECRET``, ``LOADLIB_SESSION_SECRET`` and what
    else it announces.
    """

    process: Process
    env: Mapping[str, str]

    @property
    def base_url(self) -> str:
        """The URL of the agents' API, without a trailing slash."""
        return self.env["LOADLIB_BASE_URL"]


@contextmanager
def start_target(*args: str, env: Mapping[str, str] | None = None) -> Iterator[TargetServer]:
    """Run ``loadlib target --port 0 *args`` for the length of the block; skip without its extra.

    ``env`` is added to the platform's environment, for the secrets it reads there.
    """
    found = all(
        importlib.util.find_spec(name) for name in ("a2a", "ag_ui", "socketio", "starlette", "uvicorn")
    )
    require_or_skip(found, "the reference platform", "install loadlib[target] (`make setup` does)")
    with Process([sys.executable, "-m", "loadlib", "target", "--port", "0", *args], env=env) as process:
        process.wait_for(LAST_LINE, START_TIMEOUT_S)
        yield TargetServer(process, _announced(process.output()))


def _announced(output: str) -> dict[str, str]:
    """Return the shell assignments among the printed lines."""
    lines = [line for line in output.splitlines() if line.removeprefix("export ").startswith("LOADLIB_")]
    return dict(word.split("=", 1) for line in lines for word in shlex.split(line) if "=" in word)
