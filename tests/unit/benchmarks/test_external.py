"""Command lines of the programs that are not Python, and how their reports are read."""

import json
from pathlib import Path

import pytest

from benchmarks import external
from benchmarks.readings import Reading
from benchmarks.target import BODY, MARK

K6_VALUES = ("p(50)", "p(99)", "count")
URL = "http://127.0.0.1:1234"
WRK = """\
Running 3s test @ http://127.0.0.1:1234/item
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.53ms  200.00us   5.00ms   90.00%
    Req/Sec   140.00k     2.00k  150.00k    90.00%
  400000 requests in 3.00s, 100.00MB read
Requests/sec: 133333.33
Transfer/sec:     33.33MB
"""
HEY = """\
Summary:
  Total:	3.0012 secs
  Requests/sec:	50000.0000

Latency distribution:
  10% in 0.0005 secs
  50% in 0.0011 secs
  99% in 0.0042 secs

Status code distribution:
  [200]	150000 responses
"""


def test_wrk_has_one_thread() -> None:
    assert external.wrk(URL, 50, 9) == ["wrk", "-t1", "-c50", "-d9s", f"{URL}/item"]


def test_hey_keeps_connections_and_runs_for_a_time() -> None:
    assert external.hey(URL, 50, 9) == ["hey", "-z", "9s", "-c", "50", f"{URL}/item"]


def test_k6_does_the_same_work(tmp_path: Path) -> None:
    """The same request, and a check of status and body; connections and bodies as k6 has them by default."""
    command = external.k6(URL, 50, 9, tmp_path)
    assert command[:2] == ["k6", "run"]
    script = (tmp_path / command[-1]).read_text()
    assert "vus: 50," in script
    assert "duration: '9s'," in script
    assert f"http.get('{URL}/item')" in script
    assert f"r.status === 200 && r.body.includes('{MARK.decode()}')" in script
    assert "sleep(" not in script
    assert "NoConnectionReuse" not in script
    assert "discardResponseBodies" not in script
    assert MARK in BODY


def test_k6_thinks_when_asked_to(tmp_path: Path) -> None:
    external.k6(URL, 100, 9, tmp_path, think_s=3600.0)
    assert "sleep(3600);" in (tmp_path / "script.js").read_text()


def test_k6_begins_once_a_period_from_a_random_moment_on(tmp_path: Path) -> None:
    external.k6(URL, 100, 9, tmp_path, period_s=0.1)
    script = (tmp_path / "script.js").read_text()
    assert "if (__ITER === 0) sleep(Math.random() * 0.1);" in script
    begun, asked, slept = (
        script.index(text) for text in ("const begun", "http.get(", "sleep(Math.max(0, 0.1 -")
    )
    assert begun < asked < slept


def test_k6_tags_what_it_does_after_the_first_second(tmp_path: Path) -> None:
    """The second runs from where the first user begins, and the tag is on before the request is sent."""
    external.k6(URL, 500, 9, tmp_path)
    script = (tmp_path / "script.js").read_text()
    assert "return Date.now();" in script[script.index("export function setup()") :]
    assert f"thresholds: {{ '{external.K6_STEADY}': ['max>=0'] }}," in script
    tagged = script.index("if (!steady && Date.now() - started >= 1000) {")
    assert tagged < script.index("exec.vu.metrics.tags.steady = 'yes';") < script.index("http.get(")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", ""),
        ("  Non-2xx or 3xx responses: 7\n", "Non-2xx or 3xx responses: 7"),
        (
            "  Socket errors: connect 0, read 3, write 0, timeout 0\n",
            "Socket errors: connect 0, read 3, write 0, timeout 0",
        ),
    ],
)
def test_problems_of_wrk_are_read_and_no_latencies(tmp_path: Path, line: str, problem: str) -> None:
    """Its latencies hold the start, which others leave out."""
    assert external.read_wrk(tmp_path, WRK + line) == Reading(problem=problem)


def test_problems_of_hey_are_read_and_no_latencies(tmp_path: Path) -> None:
    """Its latencies hold the start, which others leave out."""
    assert external.read_hey(tmp_path, HEY) == Reading()
    bad = external.read_hey(tmp_path, HEY + "  [503]\t4 responses\n")
    assert bad == Reading(problem="statuses 503")


def summary(folder: Path, *, steady: int) -> Path:
    """Write a summary of k6 whose first second was slow."""
    durations = {"p(50)": 0.5, "p(99)": 2.5, "count": steady} if steady else dict.fromkeys(K6_VALUES, 0)
    metrics = {
        "http_req_duration": {"values": {"p(50)": 9.0, "p(99)": 99.0, "count": 500}},
        external.K6_STEADY: {"values": durations},
        "checks": {"values": {"passes": 9, "fails": 1}},
    }
    (folder / external.K6_SUMMARY).write_text(json.dumps({"metrics": metrics}))
    return folder


def test_summary_of_k6_is_read_from_the_second_second_on(tmp_path: Path) -> None:
    assert external.read_k6(summary(tmp_path, steady=400), "") == Reading(0.0005, 0.0025, "1 failed checks")


def test_k6_that_ended_within_a_second_has_no_latencies(tmp_path: Path) -> None:
    assert external.read_k6(summary(tmp_path, steady=0), "") == Reading(problem="1 failed checks")


def test_k6_without_a_summary_is_a_problem(tmp_path: Path) -> None:
    assert "no summary" in external.read_k6(tmp_path, "level=error").problem
