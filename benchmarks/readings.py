"""What Locust says itself when it is over: latencies as it saw them, and failures.

Request counts are not taken from here: those are the server's.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SPAWNING_S: Final = 1.0
"""Left out of every generator's latencies; Locust's ``--reset-stats`` leaves out the spawning itself."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Latencies in seconds, ``None`` where the generator has none; ``problem`` says what went wrong."""

    p50_s: float | None = None
    p99_s: float | None = None
    problem: str = ""


def of_nothing(directory: Path, output: str) -> Reading:  # noqa: ARG001 - what readers are called with
    """Return an empty reading, for a generator that measures nothing."""
    return Reading()


def of_locust(directory: Path, output: str) -> Reading:
    """Read the file of Locust's ``--json-file``; its times are whole milliseconds."""
    try:
        entries = json.loads((directory / "locust.json").read_text())
    except (OSError, ValueError) as error:
        return Reading(problem=f"no statistics: {error}; {output.strip()[-200:]}")
    times: dict[float, int] = {}
    for entry in entries:
        for milliseconds, count in entry["response_times"].items():
            times[float(milliseconds)] = times.get(float(milliseconds), 0) + count
    failures = sum(entry["num_failures"] for entry in entries)
    problem = raised(output) or (f"{failures} failed requests" if failures else "")
    return Reading(_quantile_s(times, 0.5), _quantile_s(times, 0.99), problem)


def raised(output: str) -> str:
    """Return the last line of a traceback in what was printed, empty when nothing raised."""
    _, found, after = output.rpartition("Traceback (most recent call last)")
    lines = [line for line in after.splitlines()[1:] if line and not line.startswith(" ")]
    return (lines[0] if lines else "an exception") if found else ""


def of_raising(directory: Path, output: str) -> Reading:  # noqa: ARG001 - what readers are called with
    """Return no latencies, and the problem when anything raised."""
    return Reading(problem=raised(output))


def _quantile_s(times: dict[float, int], quantile: float) -> float | None:
    """Return the value in seconds below which a part of counted milliseconds lies."""
    wanted = quantile * sum(times.values())
    seen = 0
    for milliseconds in sorted(times):
        seen += times[milliseconds]
        if seen >= wanted:
            return milliseconds / 1000
    return None
