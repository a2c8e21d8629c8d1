"""Command lines of the programs that are not Python, and how their reports are read."""

from pathlib import Path

import pytest

from benchmarks import external
from benchmarks.readings import Reading
from benchmarks.target import BODY, MARK

URL = "http://127.0.0.1:1234"
WRK = """\
Running 3s test @ http://127.0.0.1:1234/item
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     0.53ms  200.00us   5.00ms   90.00%
    Req/Sec   140.00k     2.00k  150.00k    90.00%
  Latency Distribution
     50%  529.00us
     75%    0.70ms
     90%    0.90ms
     99%    1.53ms
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


def test_wrk_has_one_thread_and_reports_latencies() -> None:
    assert external.wrk(URL, 50, 9) == ["wrk", "-t1", "-c50", "-d9s", "--latency", f"{URL}/item"]


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
def test_report_of_wrk_is_read(tmp_path: Path, line: str, problem: str) -> None:
    reading = external.read_wrk(tmp_path, WRK + line)
    assert reading.p50_s == pytest.approx(529e-6)
    assert reading.p99_s == pytest.approx(1.53e-3)
    assert reading.problem == problem


def test_report_of_hey_is_read(tmp_path: Path) -> None:
    assert external.read_hey(tmp_path, HEY) == Reading(0.0011, 0.0042)
    bad = external.read_hey(tmp_path, HEY + "  [503]\t4 responses\n")
    assert bad.problem == "statuses 503"


def test_summary_of_k6_is_read(tmp_path: Path) -> None:
    (tmp_path / external.K6_SUMMARY).write_text(
        '{"metrics": {"http_req_duration": {"values": {"p(50)": 0.5, "p(99)": 2.5}},'
        ' "checks": {"values": {"passes": 9, "fails": 1}}}}'
    )
    assert external.read_k6(tmp_path, "") == Reading(0.0005, 0.0025, "1 failed checks")


@pytest.mark.parametrize("reader", [external.read_wrk, external.read_hey])
def test_report_without_latencies_has_none(tmp_path: Path, reader: type) -> None:
    assert reader(tmp_path, "connection refused") == Reading()


def test_k6_without_a_summary_is_a_problem(tmp_path: Path) -> None:
    assert "no summary" in external.read_k6(tmp_path, "level=error").problem
