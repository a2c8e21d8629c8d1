"""How often the measured users act: at once, after a think time, or once a period from a random moment on.

``BENCH_THINK_S`` and ``BENCH_PERIOD_S`` in the environment say it, seconds; the same for every client.
"""

import os
from collections.abc import Callable
from random import Random

import gevent
from locust import User, constant, constant_pacing

THINK_S = float(os.environ.get("BENCH_THINK_S", "0"))
PERIOD_S = float(os.environ.get("BENCH_PERIOD_S", "0"))
_random = Random(7)  # noqa: S311 - the same moments for every client


def wait_time() -> Callable[[User], float]:
    """Return what a user class takes as its ``wait_time``."""
    wait: Callable[[User], float] = constant_pacing(PERIOD_S) if PERIOD_S else constant(THINK_S)
    return wait


def spread() -> None:
    """Let a user begin at a random moment of the period, so that users do not act in step."""
    if PERIOD_S:
        gevent.sleep(_random.uniform(0, PERIOD_S))
