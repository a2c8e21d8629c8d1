"""``python -m benchmarks``: measure, print tables, keep a JSON result, judge a required ratio."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks import http_bench, machine, results, tables
from benchmarks.generators import GENERATORS, RIVAL
from benchmarks.options import Options, parse
from benchmarks.session import MeasurementError, Timing
from benchmarks.target import TargetError, running_target
from loadlib.exitcodes import ExitCode


def say(text: str) -> None:
    """Tell how far it is, beside the tables."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; return the exit code."""
    options = parse(arguments)
    try:
        return _measure(options)
    except (MeasurementError, TargetError) as error:
        say(f"error: {error}")
        return ExitCode.INVALID_EVIDENCE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _measure(options: Options) -> int:
    started_at, deadline_s = datetime.now(UTC), time.monotonic() + options.budget_s
    facts, load_before = machine.facts(), machine.load_average()
    say(f"{facts['cpu_model']}, {facts['cores']} cores, {facts['python']}, load average {load_before:.2f}")
    missing = [key for key in options.generators if not GENERATORS[key].available]
    if missing:
        say(f"not on PATH and left out: {', '.join(missing)}")
    with running_target() as target:
        say(f"target: {target.description}")
        plan = http_bench.Plan(
            [GENERATORS[key] for key in options.generators if key not in missing],
            options.users,
            options.rounds,
            Timing(window_s=options.window_s),
            deadline_s,
        )
        measured = http_bench.run(plan, target, say)
        described = target.description
    found = http_bench.rows(measured)
    print(tables.http_tables(found))
    load = {"before": load_before, "after": machine.load_average()}
    warning = machine.busy_warning(one.others_cpu_ratio for one in measured)
    problems = [f"{row.generator}, {row.users} users: {text}" for row in found for text in row.problems]
    unmet = http_bench.unmet(found, RIVAL, options.require_ratio) if options.require_ratio else []
    gate: dict[str, Any] = {"rival": RIVAL, "required_ratio": options.require_ratio, "unmet": unmet}
    parts = {
        "http": {"rows": [row.record() for row in found], "measurements": [one.record() for one in measured]}
    }
    content = results.document(
        options.what,
        started_at=started_at,
        machine=facts,
        load=load,
        target=described,
        parts=parts,
        gate=gate,
        warnings=[line for line in (warning, *problems) if line],
    )
    print(f"\nload average {load['before']:.2f} before, {load['after']:.2f} after; target: {described}")
    for line in content["warnings"]:
        print(f"! {line}")
    print(f"saved: {results.save(content, options.output)}")
    return _verdict(options, unmet, problems)


def _verdict(options: Options, unmet: list[str], problems: list[str]) -> int:
    if problems:
        return ExitCode.INVALID_EVIDENCE
    if unmet:
        print("\n".join(f"FAIL  {line}" for line in unmet))
        return ExitCode.THRESHOLDS_FAILED
    if options.require_ratio:
        print(f"PASS  {RIVAL} costs at least {options.require_ratio:g} times as much")
    return ExitCode.PASS


if __name__ == "__main__":
    sys.exit(main())
