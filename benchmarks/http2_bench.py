"""The benchmark ``http2``: what a request costs the suite's client over HTTP/2, beside HTTP/1.1.

Each user has one connection and one request at a time on it, in clear text: what is compared is the cost of
the protocol in the client, not what multiplexing saves a network.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from benchmarks import tables, turns
from benchmarks.generators import GENERATORS, OWN, Job
from benchmarks.options import Options
from benchmarks.part import Part, Say
from benchmarks.session import Timing
from benchmarks.target import TargetError, running_target

_OVER_1: Final = GENERATORS[OWN]


def _settings(job: Job) -> Mapping[str, str]:
    return {**_OVER_1.environment(job), "LOADLIB_HTTP_VERSION": "2"}


HTTP2_GENERATORS: Final = {
    OWN: replace(_OVER_1, title="loadlib, HTTP/1.1"),
    "loadlib-h2": replace(
        _OVER_1, key="loadlib-h2", title="loadlib, HTTP/2", environment=_settings, http2=True
    ),
}


def http2_part(options: Options, deadline_s: float, say: Say) -> Part:
    """Measure both versions.

    Raises:
        MeasurementError, TargetError: something could not be measured; without nginx nothing can.
    """
    with running_target() as target:
        if not target.http2_url:
            raise TargetError("http2 needs nginx on PATH")
        say(f"http2: target {target.description}")
        timing = Timing(window_s=options.window_s)
        generators = list(HTTP2_GENERATORS.values())
        plan = turns.Plan(generators, options.users, options.rounds, timing, deadline_s)
        measured = turns.run(plan, target, say)
        described = target.description
    rows = turns.rows(measured, OWN)
    return Part(
        "http2",
        tables.http_tables(rows, HTTP2_GENERATORS),
        {"rows": [row.record() for row in rows], "measurements": [one.record() for one in measured]},
        described,
        tuple(turns.problems(rows)),
        others_cpu_ratios=tuple(one.others_cpu_ratio for one in measured),
    )
