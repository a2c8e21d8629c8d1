"""What the Python generators say themselves when they are over: latencies as they saw them, and failures.

Request counts are not taken from here: those are the server's.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadlib.core.result import RunResult, from_json
from loadlib.core.sketch import Sketch
from loadlib.core.values import Rate

SPAWNING_S: Final = 1.0


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
    problem = _raised(output) or (f"{failures} failed requests" if failures else "")
    return Reading(_quantile_s(times, 0.5), _quantile_s(times, 0.99), problem)


def _raised(output: str) -> str:
    """Return the last line of a traceback in what was printed, empty when nothing raised."""
    _, found, after = output.rpartition("Traceback (most recent call last)")
    lines = [line for line in after.splitlines()[1:] if line and not line.startswith(" ")]
    return (lines[0] if lines else "an exception") if found else ""


def of_loadlib(directory: Path, output: str) -> Reading:
    """Read the saved result of the run."""
    files = list((directory / "results").glob("*/result.json"))
    if len(files) != 1:
        return Reading(problem=f"{len(files)} results; {output.strip()[-200:]}")
    result = from_json(files[0].read_text())
    snapshot = result.snapshot()
    durations = _steady_durations(result)
    failed = snapshot.select("http_req_failed", {"expected_response": "false"})
    checks = snapshot.select("checks")
    held = isinstance(checks, Rate) and checks.passes == checks.samples > 0
    problem = _raised(output) or (
        "failed requests" if failed is not None else "" if held else "failed checks"
    )
    return Reading(durations.quantile(0.5), durations.quantile(0.99), problem)


def _steady_durations(result: RunResult) -> Sketch:
    """Return the durations without the first second, in which users are spawned."""
    metrics = {metric.name: metric for metric in result.metrics}
    begins_s = min(window.start_s for window in result.windows) + SPAWNING_S
    merged = Sketch()
    for window in result.windows:
        for record in window.series:
            if record.metric == "http_req_duration" and window.start_s >= begins_s:
                value = record.read(metrics)
                assert isinstance(value, Sketch)  # noqa: S101 - a trend
                merged.merge(value)
    return merged


def of_raising(directory: Path, output: str) -> Reading:  # noqa: ARG001 - what readers are called with
    """Return no latencies, and the problem when anything raised."""
    return Reading(problem=_raised(output))


def of_loadlib_streams(directory: Path, output: str) -> Reading:
    """Read the saved result of a run that read streams: every one must have come to its good end."""
    files = list((directory / "results").glob("*/result.json"))
    if len(files) != 1:
        return Reading(problem=f"{len(files)} results; {output.strip()[-200:]}")
    failed = from_json(files[0].read_text()).snapshot().select("stream_failed")
    if not isinstance(failed, Rate) or not failed.samples:
        return Reading(problem=_raised(output) or "no stream came to its end")
    return Reading(problem=_raised(output) or (f"{failed.passes} failed streams" if failed.passes else ""))


def _quantile_s(times: dict[float, int], quantile: float) -> float | None:
    """Return the value in seconds below which a part of counted milliseconds lies."""
    wanted = quantile * sum(times.values())
    seen = 0
    for milliseconds in sorted(times):
        seen += times[milliseconds]
        if seen >= wanted:
            return milliseconds / 1000
    return None
