"""Measurements as the tests beside this file want them."""

from typing import Any

from benchmarks.session import Steady


def steady(generator: str = "loadlib", number: int = 1, cost_us: float = 25.0, **values: Any) -> Steady:
    """Return a measurement of 1000 requests that cost so many microseconds each."""
    given = {
        "users": 50,
        "requests": 1000,
        "window_s": 0.5,
        "cpu_s": cost_us / 1000,
        "target_cpu_ratio": 0.1,
        "others_cpu_ratio": 0.0,
        "start_wall_s": 1.0,
        "start_cpu_s": 0.5,
        "p50_s": 0.001,
        "p99_s": 0.002,
        "problem": "",
        **values,
    }
    return Steady(generator=generator, round=number, **given)
