"""The Prometheus page: documented names, and counters that follow what was really done."""

import re

from tests.unit.target.client import Target, agui_input

NAMES = {
    "agentos_info": "gauge",
    "a2a_request_duration_seconds": "histogram",
    "a2a_requests_total": "counter",
    "a2a_active_tasks": "gauge",
    "a2a_response_size_bytes": "histogram",
    "cache_operations_total": "counter",
    "cache_latency_seconds": "histogram",
    "rate_limit_hits_total": "counter",
    "ccr_requests_total": "counter",
    "ccr_request_duration_seconds": "histogram",
    "ccr_tokens_total": "counter",
}

BUCKETS = ["0.01", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"]


def value(target: Target, series: str) -> float:
    match = re.search(rf"^{re.escape(series)} (\S+)$", target.http.get("/metrics").text, re.MULTILINE)
    return float(match[1]) if match else 0.0


def test_documented_names_are_there_and_nothing_of_the_process(target: Target) -> None:
    response = target.http.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8; charset=utf-8"
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", response.text, re.MULTILINE))
    assert {name: types.get(name) for name in NAMES} == NAMES
    assert "process_" not in response.text
    assert "python_" not in response.text
    labels = 'protocols="a2a:0.3.0,ag_ui:0.1.0",service="agentos",version="0.2.0"'
    assert f"agentos_info{{{labels}}} 1.0" in response.text


def test_rpc_calls_are_counted_by_agent_operation_and_status(target: Target) -> None:
    series = 'a2a_requests_total{agent="navi",operation="%s",status="%s"}'
    before = [value(target, series % pair) for pair in (("run", "success"), ("run", "error"))]
    target.run("chunks=1 delay=0")
    target.run("chunks=1 delay=0")
    target.run("delay=0 mode=timeout")
    after = [value(target, series % pair) for pair in (("run", "success"), ("run", "error"))]
    assert [later - earlier for earlier, later in zip(before, after, strict=True)] == [2, 1]
    assert value(target, 'a2a_active_tasks{agent="navi"}') == 0


def test_duration_histogram_has_the_documented_buckets(target: Target) -> None:
    target.rpc("pulse")
    text = target.http.get("/metrics").text
    pattern = r'a2a_request_duration_seconds_bucket\{agent="pulse",le="([^"]+)",operation="health"'
    assert re.findall(pattern, text) == BUCKETS


def test_refused_calls_are_not_counted_as_tasks(target: Target) -> None:
    target.rpc("herald", "nothing")
    assert 'a2a_requests_total{agent="herald"' not in target.http.get("/metrics").text


def test_model_runs_show_in_the_routers_numbers(target: Target) -> None:
    def total() -> int:
        return int(target.http.get("/ccr/metrics").json()["metrics"]["total_requests"])

    before, tokens = total(), value(target, 'ccr_tokens_total{direction="output",provider="claude"}')
    target.http.post("/agui", json=agui_input("chunks=20 delay=0"))
    target.run("chunks=20 delay=0")
    assert total() - before == 2
    assert value(target, 'ccr_tokens_total{direction="output",provider="claude"}') > tokens
