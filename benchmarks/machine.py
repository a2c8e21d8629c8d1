"""The machine that a result was measured on, and whether it was busy with something else."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, Final

BUSY_CORES: Final = 0.15
"""Cores that strangers may use, in the median of the measurements, before the result is called noisy."""
PACKAGES: Final = ("locust", "gevent", "geventhttpclient", "requests", "httptools", "loadlib")
_VERSION: Final = re.compile(r"\bv?\d+\.\d[\w.+-]*")
_VERSION_OF: Final = {"wrk": ["wrk", "-v"], "k6": ["k6", "version"], "hey": ["hey", "-h"]}


def facts() -> dict[str, Any]:
    """Return what the machine is: cores, processor, kernel, Python, versions of the generators."""
    return {
        "cores": os.cpu_count() or 0,
        "cpu_model": _cpu_model(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: _package(name) for name in PACKAGES}
        | {name: _program(command) for name, command in _VERSION_OF.items() if shutil.which(name)},
    }


def load_average() -> float:
    """Return the machine's load of the last minute."""
    return os.getloadavg()[0]


def busy_warning(others_cpu_ratios: Iterable[float]) -> str:
    """Return a line when strangers used the machine during the measurements, empty when they did not."""
    shares = list(others_cpu_ratios)
    if not shares or median(shares) <= BUSY_CORES:
        return ""
    return (
        f"the machine was busy: other processes used {median(shares):.2f} cores (up to {max(shares):.2f}) "
        "during the measurements; costs and ratios may be off: measure again when it is quiet"
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"


def _program(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 - listed above
    found = _VERSION.search(done.stdout or done.stderr)
    return found[0] if found else "?"
