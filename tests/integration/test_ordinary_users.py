"""Ordinary Locust users in a file that only calls ``loadlib.install()``: recorded once, named, judged."""

import json
from functools import partial

import pytest

from loadlib.core.result import RunResult
from loadlib.core.values import Counter, Rate
from tests.integration.bench import Bench, Ended, Together, master_ports, requests_of, samples_of

OPTIONS = "--headless -u 6 -r 50 -t 6s"
JUDGING = """\
version: 1
endpoints:
  "GET /knowledge/status":
    http_req_failed: ["rate<1%"]
  "GET /.well-known/agents":
    http_req_failed: ["rate<1%"]
    http_req_duration: ["p(95)<30s"]
"""


def ordinary(options: str, runs: Bench) -> Ended:
    runs.write("thresholds.yaml", JUDGING)
    return runs.ended(runs.locust("ordinary.py", f"{OPTIONS} {options} {host(runs)}"))


def host(runs: Bench) -> str:
    return f"--host {runs.env['LOADLIB_BASE_URL']}"


CASES = {
    "local": partial(ordinary, ""),
    "processes": lambda runs: ordinary(f"--processes 2 {master_ports()}", runs),
}
MODES = pytest.mark.parametrize("mode", CASES)


def counts_of_locust(ended: Ended) -> dict[str, list[int]]:
    line = next(line for line in ended.stdout.splitlines() if line.startswith("LOCUST "))
    counted: dict[str, list[int]] = json.loads(line.removeprefix("LOCUST "))
    return counted


def by_endpoint(result: RunResult) -> dict[str, int]:
    groups = result.snapshot().group("http_reqs", "endpoint")
    return {name: int(value.total) for name, value in groups.items() if isinstance(value, Counter)}


def failures(result: RunResult, **tags: str) -> int:
    value = result.snapshot().select("http_req_failed", tags)
    return value.passes if isinstance(value, Rate) else 0


@MODES
def test_every_request_is_recorded_once_whoever_sent_it(together: Together, mode: str) -> None:
    ended = together[mode]
    counted = counts_of_locust(ended)
    assert requests_of(ended.result) == sum(requests for requests, _ in counted.values()) > 20
    assert failures(ended.result) == sum(failed for _, failed in counted.values()) > 0
    assert requests_of(ended.result, scenario="fast") > 0
    assert requests_of(ended.result, scenario="Requests") > 0
    assert requests_of(ended.result, scenario="Suites") == counted["GET /health"][0] > 0


@MODES
def test_endpoints_are_templates_and_names_that_the_user_gave(together: Together, mode: str) -> None:
    ended = together[mode]
    counted, recorded = counts_of_locust(ended), by_endpoint(ended.result)
    assert set(recorded) == {
        "GET /agents/{id}/none",
        "GET /.well-known/agents",
        "GET /health",
        "GET /.well-known/agent.json",
        "GET /agents/pm/a2a/status",
        "GET /knowledge/status",
        "GET /listing",
    }
    assert recorded["GET /agents/{id}/none"] == sum(
        requests for name, (requests, _) in counted.items() if name.startswith("GET /agents/471")
    )
    assert recorded["GET /listing"] == counted["GET /listing"][0]


@MODES
@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("GET /knowledge/status", "server_error"),
        ("GET /agents/{id}/none", "not_found"),
        ("GET /.well-known/agent.json", "scenario_failure"),
    ],
)
def test_failure_has_the_kind_of_its_cause(together: Together, mode: str, endpoint: str, kind: str) -> None:
    result = together[mode].result
    assert failures(result, endpoint=endpoint) == requests_of(result, endpoint=endpoint, error_kind=kind) > 0
    assert {group.kind for group in result.failures if group.endpoint == endpoint} == {kind}


@MODES
def test_thresholds_judge_ordinary_requests(together: Together, mode: str) -> None:
    ended = together[mode]
    assert ended.code == 99, ended.stderr
    verdicts = {(v.section, v.metric): v.status for v in ended.result.verdicts}
    assert verdicts == {
        ("endpoint GET /knowledge/status", "http_req_failed"): "fail",
        ("endpoint GET /.well-known/agents", "http_req_failed"): "pass",
        ("endpoint GET /.well-known/agents", "http_req_duration"): "pass",
    }


@MODES
def test_iterations_are_tasks_however_they_are_nested(together: Together, mode: str) -> None:
    """A visit's tasks count, not the visit; a task that raises counts and is an iteration error."""
    result = together[mode].result
    ordinary = requests_of(result, endpoint="GET /agents/pm/a2a/status")
    raised = requests_of(result, endpoint="GET /knowledge/status", scenario="Requests")
    listing = requests_of(result, endpoint="GET /listing")
    iterations = result.snapshot().select("iterations", {"scenario": "Requests"})
    errors = result.snapshot().select("iteration_errors", {"scenario": "Requests"})
    assert iterations.total >= ordinary + raised + listing > 0
    assert errors.total == raised > 0
    assert samples_of(result, "iteration_duration", scenario="Requests") == iterations.total
    assert samples_of(result, "iterations", scenario="Suites") == requests_of(result, scenario="Suites")
