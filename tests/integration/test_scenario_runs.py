"""The shipped scenarios with the shipped thresholds, as ``loadlib run`` runs them, against the real target.

What a result counts is what the target itself has counted, route by route, and nothing else is asked for.
"""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import pytest

from loadlib.core.verdict import Status
from tests.integration.bench import Bench, Ended, bench, fetch, interrupted_of, requests_of, samples_of
from tests.integration.scenario_routes import SCENARIOS, probes_of
from tests.support import TargetServer, start_target
from tests.support.process import REPOSITORY

QUICK: Final = {
    "LOADLIB_THINK_TIME_FACTOR": "0.1",
    "LOADLIB_POLLING_INTERVAL_S": "0.2",
    "LOADLIB_AGUI_SHARE": "1",
}
OPTIONS: Final = {"mixed": "--users 10 --duration 7s --seed 1"}
DEFAULT_OPTIONS: Final = "--users 6 --duration 4s --seed 1"
SHIPPED: Final = re.sub(
    r"(?<=\)<)([\d.]+)(?=m?s\")",
    lambda limit: f"{float(limit[1]) * 20:g}",
    (REPOSITORY / "thresholds.yaml").read_text(),
)
"""The shipped thresholds with times for a machine that is busy with many other processes."""


@dataclass(frozen=True)
class Run:
    """A finished run of a scenario and what the target counted meanwhile, by route."""

    ended: Ended
    truth: Mapping[str, int]

    @property
    def endpoints(self) -> set[str]:
        """The recorded endpoints."""
        return set(self.ended.result.snapshot().tag_values("endpoint", "http_reqs"))


def counts(server: TargetServer) -> dict[str, int]:
    """Return the target's own counts by route."""
    routes: dict[str, Any] = json.loads(fetch(f"{server.base_url}/__target/truth"))["routes"]
    return {key: int(entry["count"]) for key, entry in routes.items()}


def run_scenario(place: Bench, name: str, options: str = "", env: Mapping[str, str] | None = None) -> Ended:
    """Run a scenario with little think time to its end."""
    return place.ended(place.loadlib(name, options or DEFAULT_OPTIONS, {**QUICK, **(env or {})}))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """Return one run of every scenario, three at a time, each against a target of its own."""
    folders = {name: tmp_path_factory.mktemp(name) for name in SCENARIOS}

    def one(name: str) -> Run:
        with start_target() as server, bench(folders[name], server.env, SHIPPED) as place:
            return Run(run_scenario(place, name, OPTIONS.get(name, "")), counts(server))

    with ThreadPoolExecutor(3) as pool:
        return dict(zip(SCENARIOS, pool.map(one, SCENARIOS), strict=True))


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_passes_with_the_shipped_thresholds(runs: Mapping[str, Run], name: str) -> None:
    ended = runs[name].ended
    assert ended.code == 0, ended.stdout + ended.stderr
    assert {verdict.status for verdict in ended.result.verdicts} == {Status.PASS}
    assert ended.result.failures == ()
    assert samples_of(ended.result, "iterations") > 5
    assert ended.result.folded_tagsets == 0


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_asks_for_exactly_what_it_says(runs: Mapping[str, Run], name: str) -> None:
    routes, _ = SCENARIOS[name]
    expected = {endpoint for route in routes.values() for endpoint in route.endpoints}
    optional = {endpoint for route in routes.values() if route.sometimes for endpoint in route.endpoints}
    assert expected - optional <= runs[name].endpoints <= expected
    assert not set(runs[name].truth) - set(probes_of(name))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_count_is_the_targets_own(runs: Mapping[str, Run], name: str) -> None:
    """The difference is the preflight, whose requests are in no result."""
    run = runs[name]
    routes, _ = SCENARIOS[name]
    recorded = {
        key: samples_of(run.ended.result, route.counter)
        if route.counter
        else sum(requests_of(run.ended.result, endpoint=endpoint) for endpoint in route.endpoints)
        for key, route in routes.items()
    }
    seen = {key: recorded.get(key, 0) + probes for key, probes in probes_of(name).items()}
    assert interrupted_of(run.ended.result) == 0
    assert {key: count for key, count in seen.items() if count} == run.truth


@pytest.mark.parametrize("name", ["streaming", "mixed", "dashboard"])
def test_every_stream_of_a_scenario_has_an_outcome(runs: Mapping[str, Run], name: str) -> None:
    result = runs[name].ended.result
    started = samples_of(result, "streams")
    assert started > 0
    assert samples_of(result, "stream_failed") == samples_of(result, "stream_ttft") == started
    assert samples_of(result, "stream_duration") == started


def test_only_the_dashboard_agent_without_rpc_is_lacking(runs: Mapping[str, Run]) -> None:
    lacking = {name: [entry.endpoint for entry in runs[name].ended.result.unavailable] for name in SCENARIOS}
    dashboard = [f"POST /a2a/dashboard/rpc#{method}" for method in ("health", "run")]
    assert lacking == {
        "a2a": dashboard,
        "mixed": dashboard,
        "dashboard": [],
        "streaming": [],
        "ccr": [],
        "realtime": [],
    }


def test_scenarios_of_a_mixed_run_are_judged_apart(runs: Mapping[str, Run]) -> None:
    result = runs["mixed"].ended.result
    assert set(result.run.scenarios) == {"a2a", "ccr", "dashboard", "realtime", "streaming"}
    assert {verdict.section.partition(",")[0] for verdict in result.verdicts} >= {
        f"scenario {name}" for name in result.run.scenarios
    }
    assert set(result.snapshot().tag_values("scenario", "http_reqs")) == set(result.run.scenarios)
