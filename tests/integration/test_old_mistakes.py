"""Mistakes that load tests of this platform have made before, each held off by a test of the rule it broke.

They are of four kinds: asking for what does not exist, or not asking for what one claims to measure; wrong
or shared credentials; numbers that mix unlike things or cannot see failures; and thresholds that cannot fail.
A fifth, runners whose options mean something else than they say, is in ``test_old_mistakes_of_runners``.
"""

import base64
import json
import re
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from ag_ui.core import RunAgentInput

from loadlib.adapters.identities import IdentityPool
from loadlib.adapters.run_plan import RunPlan
from loadlib.core.metrics import BUILTIN, Contains, Kind, MetricRegistry
from loadlib.core.snapshot import Snapshot
from loadlib.core.verdict import Status
from loadlib.protocols.platform_rpc import judge as judge_rpc
from loadlib.settings import load_settings
from loadlib.thresholds.evaluator import evaluate
from loadlib.thresholds.loader import load
from loadlib.thresholds.rule import RuleSet
from loadlib.thresholds.rules import resolve
from tests.integration.capture import Received, capture
from tests.integration.protocol_calls import Call, Case, Recorded, play
from tests.integration.scenario_routes import SCENARIOS
from tests.support import TargetServer, run_loadlib
from tests.support.process import REPOSITORY

SOURCES: Final = [
    *(REPOSITORY / "loadlib" / "users").glob("*.py"),
    *(REPOSITORY / "locustfiles").glob("*.py"),
]
SHIPPED: Final = REPOSITORY / "thresholds.yaml"
DASHBOARD_RPC: Final = [f"POST /a2a/dashboard/rpc#{method}" for method in ("health", "run")]
NO_WAIT: Final = {"think_time_factor": 0, "polling_interval_s": 0.001, "seed": 3, "agui_share": 1}
ITERATIONS: Final = 4
IGNORED_HEADERS: Final = ("x-workspace-id", "x-requested-model", "x-quota-check", "x-a2a-protocol")
IGNORED_PREFIXES: Final = ("x-widget-", "x-poll-")
BOUNDED_TAGS: Final = {
    *("scenario", "service", "endpoint", "method", "name", "status", "expected_response", "error_kind"),
    *("protocol", "agent", "operation", "task_type"),
}


@pytest.fixture(scope="module")
def visits(target_server: TargetServer) -> Mapping[str, Recorded]:
    """Return some iterations of each scenario by one user, the dashboard's rpc found lacking."""
    names = ("a2a", "dashboard", "streaming", "ccr")
    cases = [
        Case([["iterate", ITERATIONS]], NO_WAIT, unavailable=DASHBOARD_RPC, scenario=name) for name in names
    ]
    return dict(zip(names, play(target_server.env, cases), strict=True))


def seen(calls: list[Call], **settings: object) -> list[Received]:
    """Return what a server in the place of every service is sent by some calls."""
    with capture() as server:
        urls = dict.fromkeys(("base_url", "web_url", "api_url", "ccr_url"), server.url)
        play({}, [Case([call], {**urls, **settings}, alone=True) for call in calls])
        return server.received


def texts() -> Iterator[tuple[str, str]]:
    """Yield the names and texts of the user clients and scenarios."""
    for path in SOURCES:
        yield path.name, path.read_text()


# What is asked, and of whom


def test_agent_without_rpc_is_not_called(visits: Mapping[str, Recorded]) -> None:
    assert any("/rpc#" in request for request in visits["a2a"].sent)
    assert [request for request in visits["a2a"].sent if "/a2a/dashboard/rpc" in request] == []


def test_route_that_never_existed_is_requested_nowhere(visits: Mapping[str, Recorded]) -> None:
    """``/ccr/health`` on AgentOS and ``/api/dashboard/...`` on the web exist in no version of them."""
    for name, text in texts():
        assert not re.search(r"/ccr/health|/api/dashboard/", text), name
    sent = [request for run in visits.values() for request in run.sent]
    assert [request for request in sent if "/ccr/health" in request or "/api/dashboard" in request] == []


def test_router_itself_is_asked_for_every_task_type(visits: Mapping[str, Recorded]) -> None:
    run = visits["ccr"]
    assert run.sent.count("POST ccr:/v1/chat/completions") == 4 * ITERATIONS
    assert set(run.tally("ccr_routing_decisions", "task_type")) == {
        "reasoning",
        "code_generation",
        "long_context",
        "general",
    }


def test_completion_request_carries_its_prompt_and_task_type() -> None:
    [request] = seen([["route", "long_context", "scribe"]])
    body = json.loads(request.body)
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["x-ccr-task-type"] == "long_context"
    assert request.headers["x-ccr-agent-id"] == "scribe"
    assert body["messages"][0]["content"]


def test_agui_body_is_a_valid_input_and_asks_for_events() -> None:
    """Judged by the protocol's official model; an explicit Accept is what makes a server stream events."""
    [request] = seen([["agui", "hello"]])
    given = RunAgentInput.model_validate_json(request.body)
    assert given.messages[0].content == "hello"
    assert request.headers["accept"] == "text/event-stream"
    assert set(json.loads(request.body)) >= {"state", "tools", "context", "forwardedProps"}


def test_agui_answer_is_read_as_a_stream(visits: Mapping[str, Recorded]) -> None:
    run = visits["dashboard"]
    assert run.count("stream_ttft", protocol="agui") == ITERATIONS
    assert run.rate("stream_failed", protocol="agui") == (0, ITERATIONS)


def test_web_application_is_really_loaded(visits: Mapping[str, Recorded]) -> None:
    run = visits["dashboard"]
    assert run.sent.count("GET web:/dashboard") == ITERATIONS
    assert run.count("dashboard_page_duration") == ITERATIONS


def test_metrics_page_is_no_user_traffic(visits: Mapping[str, Recorded]) -> None:
    for run in visits.values():
        assert [request for request in run.sent if request.endswith("/metrics")] in (
            [],
            ["GET /ccr/metrics"] * 2 * ITERATIONS,
        )


def test_no_header_is_sent_that_the_platform_ignores() -> None:
    calls: list[Call] = [
        ["agui", "hello"],
        ["team", "hello"],
        ["rpc", "navi", "health"],
        ["cards"],
        ["widgets"],
        ["page"],
        ["poll"],
        ["pending"],
        ["route", "general", "navi"],
        ["ccr_health"],
    ]
    received = seen(calls)
    assert len(received) >= len(calls)
    names = {name for request in received for name in request.headers}
    assert {name for name in names if name in IGNORED_HEADERS or name.startswith(IGNORED_PREFIXES)} == set()


def test_health_probe_draws_on_no_limit_that_a_scenario_needs() -> None:
    """The platform limits each path by itself, so a path that no scenario uses may be probed freely."""
    endpoints = {
        name for routes, _ in SCENARIOS.values() for route in routes.values() for name in route.endpoints
    }
    assert "GET /.well-known/agents" in endpoints
    assert "GET /health" not in endpoints


# Who asks


@pytest.mark.parametrize("token", ["test-token", "Bearer x"])
def test_placeholder_token_is_refused_before_the_run_and_not_shown(token: str) -> None:
    done = run_loadlib(
        ["run", "a2a", "--dry-run", "--thresholds", str(SHIPPED)], {"LOADLIB_AUTH_TOKEN": token}
    )
    assert done.returncode == 104
    assert "auth_token" in done.stderr
    assert "********" in done.stderr


def test_empty_token_is_no_token() -> None:
    assert load_settings({}, environ={"LOADLIB_AUTH_TOKEN": ""}).auth_token is None


def test_users_have_tokens_of_their_own() -> None:
    pool = IdentityPool.of_reference_platform()
    claims = [_claims(pool.identity(index).authorization()) for index in range(50)]
    assert len({claim["sub"] for claim in claims}) == 50
    assert len({claim["workspaceId"] for claim in claims}) == 3


def _claims(authorization: str | None) -> dict[str, Any]:
    assert authorization is not None
    payload = authorization.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


# What the numbers mean


def test_health_that_says_error_in_a_success_is_no_success() -> None:
    content = json.dumps({"status": "error", "error": "Unknown team: navi"})
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"content": content}, "error": None})
    assert judge_rpc("health", body, 1)[1] is not None


def test_rpc_error_in_http_200_is_a_failed_request(target_server: TargetServer) -> None:
    [run] = play(target_server.env, [Case([["rpc", "nobody", "health"]])])
    assert run.tally("http_reqs", "status") == {"200": 1}
    assert run.rate("http_req_failed") == (1, 1)
    assert run.count("http_req_duration", expected_response="true") == 0


def test_error_rate_counts_good_and_bad_in_one_place(target_server: TargetServer) -> None:
    """Discovery and rpc alike, so that the denominator is what was asked."""
    calls: list[Call] = [["cards"], ["listing"], ["rpc", "navi", "health"], ["rpc", "nobody", "health"]]
    [run] = play(target_server.env, [Case(calls)])
    assert run.rate("a2a_errors") == (1, 4)
    assert run.count("a2a_duration") == 1
    assert run.count("a2a_discovery_duration") == 2


ONE_KIND: Final[Mapping[str, set[str]]] = {
    "dashboard_page_duration": set(),
    "dashboard_widget_duration": {"GET /agents/dashboard/health", "GET /agents/pm/a2a/status"},
    "dashboard_poll_duration": {"GET web:/api/pm/notifications/unread-count"},
    "ccr_health_duration": {"GET ccr:/health"},
    "ccr_quota_duration": {"GET /ccr/metrics"},
    "ccr_routing_duration": {"POST ccr:/v1/chat/completions"},
}


@pytest.mark.parametrize("metric", ONE_KIND)
def test_metric_is_fed_by_one_kind_of_request(visits: Mapping[str, Recorded], metric: str) -> None:
    run = visits[metric.partition("_")[0]]
    assert run.count(metric) > 0
    assert run.snapshot.tag_values("endpoint", metric) == ONE_KIND[metric]


def test_discovery_and_calls_are_apart(visits: Mapping[str, Recorded]) -> None:
    snapshot = visits["a2a"].snapshot
    discovery = snapshot.tag_values("endpoint", "a2a_discovery_duration")
    calls = snapshot.tag_values("endpoint", "a2a_duration")
    assert discovery
    assert calls
    assert all(endpoint.startswith("GET ") for endpoint in discovery)
    assert all(endpoint.startswith("POST ") for endpoint in calls)
    assert not snapshot.tag_values("operation", "a2a_duration") & {"discovery"}


def test_runs_of_a_model_share_no_budget_with_health_checks() -> None:
    """A run takes as long as its model, a health check does not, and a stream as long as its answer."""
    selectors = [rule.selector.source for name in SCENARIOS for rule in shipped(name)]
    assert "a2a_duration{operation:run}" in selectors
    assert "a2a_duration" not in selectors
    assert not [selector for selector in selectors if selector.startswith("http_req_duration{protocol")]


def test_durations_are_those_of_the_requests_and_not_of_the_code_around_them(
    visits: Mapping[str, Recorded],
) -> None:
    run = visits["dashboard"]
    assert run.trend("dashboard_widget_duration").maximum <= run.trend("http_req_duration").maximum
    assert run.count("dashboard_widget_duration") == 2 * ITERATIONS


def test_tags_are_few_and_none_holds_an_iteration_a_run_or_an_id(visits: Mapping[str, Recorded]) -> None:
    for run in visits.values():
        assert run.snapshot.tag_keys("http_reqs") <= BOUNDED_TAGS
        values = {value for key in BOUNDED_TAGS for value in run.snapshot.tag_values(key)}
        assert not [value for value in values if re.search(r"[0-9a-f]{8}|load-user|load-workspace", value)]


def test_what_the_probe_found_reaches_every_process() -> None:
    """It travels with the run's plan, so no flag of one process decides for another."""
    options = Namespace()
    RunPlan("run", 1.0, unavailable=("GET /ccr/metrics",)).put(options)
    wired = json.loads(json.dumps(vars(options)))
    plan = RunPlan.read(Namespace(**wired))
    assert plan is not None
    assert plan.unavailable == ("GET /ccr/metrics",)


# What the thresholds do


def shipped(scenario: str) -> RuleSet:
    """Return the shipped rules of a run of a scenario."""
    members = ("a2a", "ccr", "dashboard", "realtime", "streaming") if scenario == "mixed" else (scenario,)
    return resolve(
        load(SHIPPED),
        metrics=MetricRegistry(BUILTIN),
        environment="development",
        scenarios=set(members),
        run_scenario=scenario,
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_threshold_passes_without_data(scenario: str) -> None:
    nothing = Snapshot(MetricRegistry(BUILTIN), {}, 0.0, 60.0)
    verdicts = evaluate(shipped(scenario), nothing)
    assert verdicts
    assert {verdict.status for verdict in verdicts} <= {Status.NO_DATA, Status.SKIPPED}
    assert any(verdict.fails_run for verdict in verdicts)


@pytest.mark.parametrize("scenario", ["a2a", "dashboard", "streaming", "ccr"])
def test_scenario_is_judged_only_by_what_it_feeds(visits: Mapping[str, Recorded], scenario: str) -> None:
    fed = visits[scenario].snapshot.series
    iterations = {"iteration_errors"}
    rules = [rule.metric.name for rule in shipped(scenario)]
    assert [name for name in rules if name not in fed and name not in iterations] == []


def test_catastrophe_aborts_the_run() -> None:
    assert [rule.selector.source for rule in shipped("mixed") if rule.abort_on_fail] == ["http_req_failed"]


def test_checks_can_fail_a_run() -> None:
    metric = MetricRegistry(BUILTIN)["checks"]
    assert (metric.kind, metric.contains) == (Kind.RATE, Contains.RATIO)
