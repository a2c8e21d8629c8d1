"""A running AgentOS per test module, on ports of the system's choice."""

from collections.abc import Iterator

import httpx
import pytest

from loadlib.target.options import TargetOptions, port_layout
from loadlib.target.server import running_target
from tests.unit.target.client import Target


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    """Run an AgentOS with the switches of the module's ``OPTIONS``."""
    switches = getattr(request.module, "OPTIONS", {})
    options = TargetOptions(**port_layout(0), services=("agentos",), **switches)
    with running_target(options) as ctx, httpx.Client(base_url=ctx.urls.agentos, timeout=10) as http:
        yield Target(ctx, http)
