"""The benchmark ``http``: processor time of a request over HTTP/1.1, and of the start, per generator."""

from benchmarks import tables, turns
from benchmarks.generators import GENERATORS, OWN, OWN_KEYS, RIVAL
from benchmarks.options import Options
from benchmarks.part import Part, Say
from benchmarks.session import Timing
from benchmarks.target import running_target


def http_part(options: Options, deadline_s: float, say: Say) -> Part:
    """Measure the generators that are here.

    Raises:
        MeasurementError, TargetError: something could not be measured.
    """
    generators = [GENERATORS[key] for key in options.generators if GENERATORS[key].available]
    missing = [key for key in options.generators if not GENERATORS[key].available]
    if missing:
        say(f"not on PATH and left out: {', '.join(missing)}")
    with running_target() as target:
        say(f"http: target {target.description}")
        timing = Timing(window_s=options.window_s)
        plan = turns.Plan(generators, options.users, options.rounds, timing, deadline_s)
        measured = turns.run(plan, target, say)
        described = target.description
    rows = turns.rows(measured, OWN)
    wanted = options.require_ratio
    return Part(
        "http",
        tables.http_tables(rows, GENERATORS),
        {
            "rows": [row.record() for row in rows],
            "measurements": [one.record() for one in measured],
            "work": {generator.key: generator.work for generator in generators},
            "left_out": missing,
        },
        described,
        tuple(turns.problems(rows)),
        tuple(turns.unmet(measured, OWN_KEYS, RIVAL, wanted)) if wanted else (),
        tuple(one.others_cpu_ratio for one in measured),
    )
