"""What integration tests share: one target with slow and failing routes, and a bench for each test."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.bench import Bench, Case, Together, Truth, bench
from tests.support import TargetServer, start_target

AT_ONCE = 3 if "PYTEST_XDIST_WORKER" in os.environ else 6
"""How many runs of a module go on at once; fewer where other modules' runs go on beside them."""

SLOW = ("/ccr/metrics", "/docs", "/redoc", "/openapi.json", "/metrics", "/knowledge/search")
SLOW_LATENCY_S = 1.2
FAILING = "/knowledge/status"


@pytest.fixture(scope="session")
def platform() -> Iterator[TargetServer]:
    """Return a target whose ``SLOW`` routes take their time and whose ``FAILING`` route answers 500."""
    slow = [part for path in SLOW for part in ("--latency", f"GET {path}=constant:{SLOW_LATENCY_S}s")]
    with start_target(*slow, "--error", f"GET {FAILING}=1:500") as server:
        yield server


@pytest.fixture(scope="module")
def together(
    request: pytest.FixtureRequest, platform: TargetServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Together]:
    """Start the runs of a module's ``CASES`` against the target, some at a time; its counts start at none."""
    Truth(platform).reset()
    cases: Mapping[str, Case] = request.module.CASES
    begun = Together(cases, tmp_path_factory.mktemp("runs"), platform.env, AT_ONCE)
    yield begun
    begun.close()


@pytest.fixture
def truth(platform: TargetServer) -> Truth:
    """Return the target's own counts, starting at none."""
    counts = Truth(platform)
    counts.reset()
    return counts


@pytest.fixture
def runs(platform: TargetServer, tmp_path: Path) -> Iterator[Bench]:
    """Return a bench whose runs go against the target."""
    with bench(tmp_path, platform.env) as made:
        yield made
