"""What integration tests share: one target with slow and failing routes, and a bench for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.bench import Bench, Truth, bench
from tests.support import TargetServer, start_target

SLOW = "/ccr/metrics"
SLOW_LATENCY_S = 1.2
FAILING = "/knowledge/status"


@pytest.fixture(scope="session")
def platform() -> Iterator[TargetServer]:
    """Return a target whose ``SLOW`` route takes its time and whose ``FAILING`` route answers 500."""
    with start_target(
        *("--latency", f"GET {SLOW}=constant:{SLOW_LATENCY_S}s", "--error", f"GET {FAILING}=1:500")
    ) as server:
        yield server


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
