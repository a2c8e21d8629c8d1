"""``python -m benchmarks``: measure, print tables, keep a JSON result, judge a required ratio."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks import machine, results
from benchmarks.generators import RIVAL
from benchmarks.http2_bench import http2_part
from benchmarks.http_bench import http_part
from benchmarks.latency_bench import latency_part
from benchmarks.memory_bench import memory_part
from benchmarks.options import Options, parse
from benchmarks.part import Part
from benchmarks.profile_bench import profile_part
from benchmarks.session import MeasurementError
from benchmarks.streams.bench import streams_part
from benchmarks.target import TargetError
from loadlib.exitcodes import ExitCode


def say(text: str) -> None:
    """Tell how far it is, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    options = parse(arguments)
    try:
        return _run(options)
    except (MeasurementError, TargetError) as error:
        say(f"error: {error}")
        return ExitCode.INVALID_EVIDENCE
    except KeyboardInterrupt:
        say("interrupted: nothing was saved")
        return ExitCode.INTERRUPTED


def _run(options: Options) -> int:
    started_at, load_before, facts = datetime.now(UTC), machine.load_average(), machine.facts()
    say(f"{facts['cpu_model']}, {facts['cores']} cores, {facts['python']}, load average {load_before:.2f}")
    parts = _parts(options)
    load = {"before": load_before, "after": machine.load_average()}
    warning = machine.busy_warning(share for part in parts for share in part.others_cpu_ratios)
    warnings = [line for line in (warning, *(line for part in parts for line in part.problems)) if line]
    unmet = [line for part in parts for line in part.unmet]
    content = results.document(
        options.what,
        started_at=started_at,
        machine=facts,
        load=load,
        gate={"rival": RIVAL, "required_ratio": options.require_ratio, "unmet": unmet},
        warnings=warnings,
        parts={part.key: {"target": part.target, **part.record} for part in parts},
    )
    print("\n\n".join(part.text for part in parts))
    for line in closing_lines(content):
        print(line)
    print(f"saved: {results.save(content, options.output)}")
    return verdict(options, parts)


def _parts(options: Options) -> list[Part]:
    deadline_s = time.monotonic() + options.budget_s
    parts = []
    if options.what in ("all", "memory"):
        parts.append(memory_part(options, say))
    if options.what in ("all", "http"):
        parts.append(http_part(options, deadline_s, say))
    if options.what == "latency":
        parts.append(latency_part(options, deadline_s, say))
    if options.what == "http2":
        parts.append(http2_part(options, deadline_s, say))
    if options.what == "profile":
        parts.append(profile_part(options, say))
    if options.what == "streams":
        parts.append(streams_part(options, deadline_s, say))
    return parts


def closing_lines(content: dict[str, Any]) -> list[str]:
    """Return what stands under the tables: the machine, its load, warnings."""
    facts, load = content["machine"], content["load_average"]
    versions = ", ".join(f"{name} {value}" for name, value in facts["versions"].items())
    return [
        "",
        f"{facts['cpu_model']}, {facts['cores']} cores, {facts['kernel']}, {facts['python']}; {versions}",
        f"load average {load['before']:.2f} before, {load['after']:.2f} after",
        *(f"! {line}" for line in content["warnings"]),
    ]


def verdict(options: Options, parts: Sequence[Part]) -> int:
    """Return the exit code: numbers that are no evidence come before a ratio that was not held."""
    if any(part.problems for part in parts):
        return ExitCode.INVALID_EVIDENCE
    unmet = [line for part in parts for line in part.unmet]
    if unmet:
        print("\n".join(f"FAIL  {line}" for line in unmet))
        return ExitCode.THRESHOLDS_FAILED
    if options.require_ratio:
        print(f"PASS  {RIVAL} costs at least {options.require_ratio:g} times as much")
    return ExitCode.PASS


if __name__ == "__main__":
    sys.exit(main())
