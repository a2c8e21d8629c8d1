"""``loadlib run realtime``: gated by its own rules, against a gateway that works and ones that do not."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from loadlib.core.verdict import Status
from tests.integration.bench import Ended, bench, requests_of, samples_of
from tests.integration.test_scenario_runs import SHIPPED, counts, run_scenario
from tests.support import start_target

SYNC = "api /realtime/dashboard.state.sync"
OPTIONS = "--users 4 --duration 3s --seed 1"
STRICT = re.sub(r"(realtime_delivery_duration: ).*", r"\1[p(95)<100ms]", SHIPPED)


@dataclass(frozen=True)
class Case:
    """A platform and a way to run against it."""

    target: tuple[str, ...] = ()
    options: str = OPTIONS
    env: Mapping[str, str] | None = None
    rules: str = SHIPPED


CASES: Mapping[str, Case] = {
    "lossy": Case(("--error", f"{SYNC}=0.3:cut"), env={"LOADLIB_REALTIME_DELIVERY_TIMEOUT_S": "0.5"}),
    "slow": Case(("--latency", f"{SYNC}=constant:300ms"), rules=STRICT),
    "refusing": Case(("--error", "api /realtime/connect=1:503")),
    "full": Case(("--sockets-per-user", "1")),
    "one session": Case(env={"LOADLIB_SESSION_TOKEN": "ref-session.one.user.0123456789abcdef"}),
    "two processes": Case(options=f"{OPTIONS} --processes 2"),
    "without": Case(env={"LOADLIB_REALTIME_PATH": "/elsewhere"}),
}


@dataclass(frozen=True)
class Run:
    """How a case ended, and what the platform counted."""

    ended: Ended
    truth: Mapping[str, int]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Run]:
    """Return one run of every case, two at a time."""
    folders = {name: tmp_path_factory.mktemp(name.replace(" ", "-")) for name in CASES}

    def one(name: str) -> Run:
        case = CASES[name]
        target = start_target("--services", "agentos,api", *case.target)
        with target as server, bench(folders[name], server.env, case.rules) as place:
            return Run(run_scenario(place, "realtime", case.options, case.env), counts(server))

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(CASES, pool.map(one, CASES), strict=True))


def failed_rules(ended: Ended) -> set[str]:
    """Return the metrics whose rules failed."""
    return {verdict.metric for verdict in ended.result.verdicts if verdict.status is Status.FAIL}


def test_lost_updates_fail_the_run_and_are_counted_exactly(runs: Mapping[str, Run]) -> None:
    run = runs["lossy"]
    assert run.ended.code == 99, run.ended.stdout + run.ended.stderr
    assert failed_rules(run.ended) == {"realtime_lost"}
    updates = samples_of(run.ended.result, "realtime_lost")
    delivered = samples_of(run.ended.result, "realtime_delivery_duration")
    assert updates == run.truth["api WS /realtime/dashboard.state.sync"]
    assert 0 < delivered < updates
    assert {failure.kind: failure.count for failure in run.ended.result.failures} == {
        "lost": updates - delivered
    }


def test_slow_delivery_fails_the_run_and_nothing_is_lost(runs: Mapping[str, Run]) -> None:
    run = runs["slow"]
    assert run.ended.code == 99, run.ended.stdout + run.ended.stderr
    assert failed_rules(run.ended) == {"realtime_delivery_duration"}


@pytest.mark.parametrize(
    ("name", "kind"), [("refusing", "connection_failed"), ("full", "too_many_connections")]
)
def test_a_gateway_that_refuses_fails_the_run(runs: Mapping[str, Run], name: str, kind: str) -> None:
    ended = runs[name].ended
    assert ended.code == 99, ended.stdout + ended.stderr
    assert {"realtime_failed", "http_req_failed"} <= failed_rules(ended)
    assert {failure.kind for failure in ended.result.failures} == {kind}
    assert "WS api:/socket.io/" in ended.stdout


def test_more_users_than_the_identities_allow_is_said_and_is_no_run(runs: Mapping[str, Run]) -> None:
    ended = runs["one session"].ended
    assert ended.code == 107, ended.stdout + ended.stderr
    assert "realtime_sockets_per_user" in ended.stdout + ended.stderr


def test_two_processes_count_as_one(runs: Mapping[str, Run]) -> None:
    run = runs["two processes"]
    assert run.ended.code == 0, run.ended.stdout + run.ended.stderr
    assert requests_of(run.ended.result) == run.truth["api WS /realtime/connect"] == 8
    assert (
        samples_of(run.ended.result, "realtime_delivery_duration")
        == run.truth["api WS /realtime/dashboard.state.sync"]
    )


def test_a_platform_without_a_gateway_is_said_to_lack_it(runs: Mapping[str, Run]) -> None:
    """Nothing was asked for, so nothing was proved."""
    ended = runs["without"].ended
    assert ended.code == 111, ended.stdout + ended.stderr
    assert [entry.endpoint for entry in ended.result.unavailable] == ["WS api:/socket.io/"]
