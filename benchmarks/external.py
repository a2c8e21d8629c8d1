"""The generators that are programs of their own: their command lines and how their reports are read."""

import json
import re
from pathlib import Path
from typing import Final

from benchmarks.readings import SPAWNING_S, Reading
from benchmarks.target import MARK, PATH

K6_SUMMARY: Final = "summary.json"
K6_STEADY: Final = "http_req_duration{steady:yes}"
"""The durations that the script tags: those of requests that began after `SPAWNING_S`."""
K6_SCRIPT: Final = """\
import exec from 'k6/execution';
import http from 'k6/http';
import {{ check, sleep }} from 'k6';

export const options = {{
  vus: {users},
  duration: '{limit_s}s',
  summaryTrendStats: ['p(50)', 'p(99)', 'count'],
  thresholds: {{ '{steady}': ['max>=0'] }},
}};

let steady = false;

export function setup() {{
  return Date.now();
}}

export default function (started) {{{begin}
  if (!steady && Date.now() - started >= {spawning_ms:g}) {{
    steady = true;
    exec.vu.metrics.tags.steady = 'yes';
  }}
  const response = http.get('{url}{path}');
  check(response, {{ answers: (r) => r.status === 200 && r.body.includes('{mark}') }});{pause}
}}

export function handleSummary(data) {{
  return {{ '{summary}': JSON.stringify(data) }};
}}
"""
K6_BEGIN: Final = """
  if (__ITER === 0) sleep(Math.random() * {period_s:g});
  const begun = Date.now();"""
K6_PACE: Final = """
  sleep(Math.max(0, {period_s:g} - (Date.now() - begun) / 1000));"""
K6_THINK: Final = """
  sleep({think_s:g});"""


def wrk(url: str, users: int, limit_s: int) -> list[str]:
    """Return the command line of wrk, one thread."""
    return ["wrk", "-t1", f"-c{users}", f"-d{limit_s}s", url + PATH]


def hey(url: str, users: int, limit_s: int) -> list[str]:
    """Return the command line of hey."""
    return ["hey", "-z", f"{limit_s}s", "-c", str(users), url + PATH]


def k6(
    url: str, users: int, limit_s: int, directory: Path, *, think_s: float = 0.0, period_s: float = 0.0
) -> list[str]:
    """Write k6's script into ``directory`` and return its command line; the suite's user does the same."""
    script = K6_SCRIPT.format(
        steady=K6_STEADY,
        spawning_ms=SPAWNING_S * 1000,
        users=users,
        limit_s=limit_s,
        url=url,
        path=PATH,
        mark=MARK.decode(),
        begin=K6_BEGIN.format(period_s=period_s) if period_s else "",
        pause=K6_PACE.format(period_s=period_s)
        if period_s
        else K6_THINK.format(think_s=think_s)
        if think_s
        else "",
        summary=K6_SUMMARY,
    )
    (directory / "script.js").write_text(script)
    return ["k6", "run", "--quiet", "--no-usage-report", "--log-output=none", "script.js"]


def read_wrk(directory: Path, output: str) -> Reading:  # noqa: ARG001 - what readers are called with
    """Read what wrk calls wrong; its latencies hold its start, which cannot be left out of them."""
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", output)
    return Reading(problem=bad[0] if bad else "")


def read_hey(directory: Path, output: str) -> Reading:  # noqa: ARG001 - what readers are called with
    """Read the statuses that hey saw; its latencies hold its start, which cannot be left out of them."""
    statuses = set(re.findall(r"^\s+\[(\d+)\]\s+\d+ responses$", output, re.MULTILINE))
    bad = sorted(statuses - {"200"})
    return Reading(problem=f"statuses {', '.join(bad)}" if bad else "")


def read_k6(directory: Path, output: str) -> Reading:
    """Read the summary that the script wrote; k6's times are milliseconds."""
    try:
        metrics = json.loads((directory / K6_SUMMARY).read_text())["metrics"]
        times = metrics[K6_STEADY]["values"]
        wrong = metrics["checks"]["values"]["fails"]
    except (OSError, ValueError, KeyError) as error:
        return Reading(problem=f"no summary: {error!r}; {output.strip()[-200:]}")
    problem = f"{wrong} failed checks" if wrong else ""
    if not times["count"]:
        return Reading(problem=problem)
    return Reading(times["p(50)"] / 1000, times["p(99)"] / 1000, problem)
