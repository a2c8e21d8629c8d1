"""The benchmark ``streams``: processor time of one server-sent event, from the socket to the record."""

from typing import Any

from benchmarks import tables, turns
from benchmarks.options import Options
from benchmarks.part import Part, Say
from benchmarks.session import Steady, Timing
from benchmarks.streams.generators import OWN, STREAM_GENERATORS
from benchmarks.streams.server import MODES, PERIOD_S
from benchmarks.target import running_module

USERS = 50
TITLES = {
    "paced": f"{USERS} streams, one event every {PERIOD_S * 1000:g} ms, each written by itself",
    "burst": f"{USERS} streams, each sent as a whole",
}


def streams_part(options: Options, deadline_s: float, say: Say) -> Part:
    """Measure all readers, with paced streams and with whole ones.

    Raises:
        MeasurementError, TargetError: something could not be measured.
    """
    record: dict[str, Any] = {}
    texts, problems, others = [], [], []
    for mode in MODES:
        rows, measured = _measured(mode, options, deadline_s, say)
        texts.append(tables.cost_table(TITLES[mode], rows, STREAM_GENERATORS, "event"))
        problems += [f"{mode} {line}" for line in turns.problems(rows)]
        others += [one.others_cpu_ratio for one in measured]
        record[mode] = {
            "rows": [row.record("event") for row in rows],
            "measurements": [one.record("event") for one in measured],
        }
    texts.append(tables.works(rows, STREAM_GENERATORS))
    return Part(
        "streams",
        "\n\n".join(texts),
        record,
        "asyncio server of this package",
        tuple(problems),
        others_cpu_ratios=tuple(others),
    )


def _measured(
    mode: str, options: Options, deadline_s: float, say: Say
) -> tuple[list[turns.Row], list[Steady]]:
    with running_module("benchmarks.streams.server", mode) as target:
        say(f"streams: {TITLES[mode]}")
        timing = Timing(window_s=options.window_s)
        generators = list(STREAM_GENERATORS.values())
        plan = turns.Plan(generators, (USERS,), options.rounds, timing, deadline_s, "event")
        measured = turns.run(plan, target, say)
    return turns.rows(measured, OWN), measured
