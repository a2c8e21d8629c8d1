"""What a run of this suite says itself when it is over, read from its saved result."""

from pathlib import Path

from benchmarks.readings import SPAWNING_S, Reading, raised
from loadlib.core.result import ResultFormatError, RunResult, from_json
from loadlib.core.sketch import Sketch
from loadlib.core.values import Rate


def of_loadlib(directory: Path, output: str) -> Reading:
    """Read latencies and failures of a run that sent requests."""
    result = _result(directory, output)
    if isinstance(result, Reading):
        return result
    snapshot = result.snapshot()
    checks = snapshot.select("checks")
    problem = raised(output)
    if not problem and snapshot.select("http_req_failed", {"expected_response": "false"}) is not None:
        problem = "failed requests"
    if not problem and not (isinstance(checks, Rate) and checks.passes == checks.samples > 0):
        problem = "failed checks"
    durations = steady_durations(result)
    if not durations.count:
        return Reading(problem=problem)
    return Reading(durations.quantile(0.5), durations.quantile(0.99), problem)


def of_loadlib_streams(directory: Path, output: str) -> Reading:
    """Read a run that read streams: every one must have come to its good end."""
    result = _result(directory, output)
    if isinstance(result, Reading):
        return result
    failed = result.snapshot().select("stream_failed")
    if not isinstance(failed, Rate) or not failed.samples:
        return Reading(problem=raised(output) or "no stream came to its end")
    return Reading(problem=raised(output) or (f"{failed.passes} failed streams" if failed.passes else ""))


def steady_durations(result: RunResult) -> Sketch:
    """Return the requests' durations from the second second on; empty for a run that had none."""
    metrics = {metric.name: metric for metric in result.metrics}
    begins_s = result.run.started_at_s + SPAWNING_S
    merged = Sketch()
    for window in result.windows:
        for record in window.series if window.start_s >= begins_s else ():
            value = record.read(metrics)
            if record.metric == "http_req_duration" and isinstance(value, Sketch):
                merged.merge(value)
    return merged


def _result(directory: Path, output: str) -> RunResult | Reading:
    """Return the run's one result, or what is wrong with it."""
    files = list((directory / "results").glob("*/result.json"))
    if len(files) != 1:
        return Reading(problem=raised(output) or f"{len(files)} results; {output.strip()[-200:]}")
    try:
        return from_json(files[0].read_text())
    except ResultFormatError as error:
        return Reading(problem=str(error))
