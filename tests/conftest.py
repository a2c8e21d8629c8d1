"""What the whole test-suite shares: workers, seeds, a hermetic environment and one reference platform."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support import TargetServer, start_target
from tests.support.process import FOREIGN_PREFIXES

TEST_SWITCHES = ("LOADLIB_TEST_", "LOADLIB_UPDATE_GOLDEN")
MOST_WORKERS = 8

os.environ.setdefault("LOCUST_SKIP_MONKEY_PATCH", "1")  # tests that import Locust share a process with others

settings.register_profile(
    "repeatable", database=None, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")  # the same examples every time, however busy the machine is


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return what ``-n auto`` means: one more than the cores, as many tests wait for runs they started."""
    return min(len(os.sched_getaffinity(0)) + 1, MOST_WORKERS)


@pytest.fixture(scope="session", autouse=True)
def _environment_without_settings() -> Iterator[None]:
    """No test sees a setting of the developer's shell; the switches of the test-suite itself stay."""
    with pytest.MonkeyPatch.context() as patch:
        for key in list(os.environ):
            if key.startswith(FOREIGN_PREFIXES) and not key.startswith(TEST_SWITCHES):
                patch.delenv(key)
        yield


@pytest.fixture(scope="session")
def target_server() -> Iterator[TargetServer]:
    """One reference platform for the session; a test that changes its state starts its own."""
    with start_target() as server:
        yield server
