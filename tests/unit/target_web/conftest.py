"""Real servers for the tests of web, API and CCR: ports asked from the system, sessions minted."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from loadlib.target.context import TargetContext
from loadlib.target.options import TargetOptions
from loadlib.target.platform_web.callers import SESSION_COOKIE
from loadlib.target.server import running_target

TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Platform:
    """A running target with a client; paths are absolute URLs made by ``web``, ``api`` and ``ccr``."""

    ctx: TargetContext
    client: httpx.Client

    def web(self, path: str) -> str:
        return self.ctx.urls.web + path

    def api(self, path: str) -> str:
        return self.ctx.urls.api + self.ctx.options.api_prefix + path

    def ccr(self, path: str) -> str:
        return self.ctx.urls.ccr + path

    def token(self, user: str, workspace: str) -> str:
        return self.ctx.credentials.session_token(user, workspace)

    def bearer(self, user: str = "owner-1", workspace: str = "ws-1") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(user, workspace)}"}

    def cookie(self, user: str = "owner-1", workspace: str = "ws-1") -> dict[str, str]:
        return {"Cookie": f"{SESSION_COOKIE}={self.token(user, workspace)}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOptions(TargetOptions):
    """The target's options with every switch of web, API and CCR named."""

    web_demo_data: bool = True
    web_mocks: bool = True
    approvals_proxy_literal: bool = False
    state_updates_literal: bool = False
    sockets_per_user: int = 5
    sockets_per_workspace: int = 100
    state_updates_per_minute: int = 100
    ccr_unavailable: tuple[str, ...] = ()
    ccr_rate_limited: tuple[str, ...] = ()
    ccr_daily_token_limit: int = 0


StartPlatform = Callable[..., AbstractContextManager[Platform]]


@contextmanager
def running_platform(**switches: Any) -> Iterator[Platform]:
    ports = {"port": 0, "web_port": 0, "api_port": 0, "ccr_port": 0}
    options = SwitchedOptions(**{"services": ("web", "api", "ccr"), **ports, **switches})
    with (
        running_target(options) as ctx,
        httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client,
    ):
        yield Platform(ctx, client)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """Run the platform with default switches for all tests: each uses workspaces of its own."""
    with running_platform() as shared:
        yield shared


@pytest.fixture(scope="session")
def start_platform() -> StartPlatform:
    """Start a platform with other switches for a ``with`` block."""
    return running_platform
