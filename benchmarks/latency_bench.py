"""The benchmark ``latency``: what a generator sees of a server that answers at once, at a set rate.

The server takes well under 0.1 ms, so whatever stands in p(50) and p(99) above that is the generator's own
making. Each user begins one request a period, from a random moment on, or once its last one is answered.
"""

from collections.abc import Sequence
from typing import Any, Final

from benchmarks import turns
from benchmarks.generators import GENERATORS, OWN, Generator
from benchmarks.options import Options
from benchmarks.part import Part, Say
from benchmarks.session import Steady, Timing
from benchmarks.stats import Spread
from benchmarks.tables import table
from benchmarks.target import Target, running_target

USERS: Final = 100
RATES: Final = (1000, 3000)
"""Requests per second."""
KEYS: Final = (OWN, "fasthttp", "httpuser", "k6")
WINDOWS: Final = 5
"""A tail takes more requests than a mean: the window is so many times as long. One pause of the generator
must not be a hundredth of it."""


def latency_part(options: Options, deadline_s: float, say: Say) -> Part:
    """Measure the generators that are here and were asked for.

    Raises:
        MeasurementError, TargetError: something could not be measured.
    """
    wanted = [GENERATORS[key] for key in KEYS if key in options.generators and GENERATORS[key].available]
    record: dict[str, Any] = {}
    texts, problems, others = [], [], []
    with running_target() as target:
        for rate in RATES if wanted else ():
            say(f"latency: {rate:,} requests/s of {USERS} users, target {target.description}")
            measured = _at(rate, wanted, target, options, deadline_s, say)
            rows = turns.rows(measured, OWN)
            texts.append(latency_table(rate, rows))
            problems += turns.problems(rows)
            others += [one.others_cpu_ratio for one in measured]
            record[str(rate)] = {
                "rows": [row.record() for row in rows],
                "measurements": [one.record() for one in measured],
            }
        described = target.description
    text = "\n\n".join(texts) or "latency: none of the generators asked for is compared"
    return Part("latency", text, record, described, tuple(problems), others_cpu_ratios=tuple(others))


def latency_table(rate: int, rows: Sequence[turns.Row]) -> str:
    """Return the table of one rate; Locust's own statistics know whole milliseconds only."""
    head = ("generator", "p50 ms", "min..max", "p99 ms", "min..max", "requests/s", "cores")
    lines = [
        (
            GENERATORS[row.generator].title + (" !" if row.problems else ""),
            *_milliseconds(row.p50_s),
            *_milliseconds(row.p99_s),
            f"{row.requests_per_s.median:,.0f}",
            f"{row.cpu_us_per_request.median * row.requests_per_s.median / 1e6:.2f}",
        )
        for row in rows
    ]
    title = f"{rate:,} requests/s asked for, {USERS} users, as each generator reports it"
    return f"{title}\n{table(head, lines)}"


def _at(  # noqa: PLR0917 - passed on from one call
    rate: int, wanted: Sequence[Generator], target: Target, options: Options, deadline_s: float, say: Say
) -> list[Steady]:
    timing = Timing(window_s=WINDOWS * options.window_s, period_s=USERS / rate)
    return turns.run(turns.Plan(wanted, (USERS,), options.rounds, timing, deadline_s), target, say)


def _milliseconds(values: Spread | None) -> tuple[str, str]:
    if values is None:
        return "-", "-"
    return (
        f"{values.median * 1000:.3g}",
        f"{values.minimum * 1000:.3g}..{values.maximum * 1000:.3g}",
    )
