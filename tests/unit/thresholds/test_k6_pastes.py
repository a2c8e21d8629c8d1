"""Thresholds of k6 scripts work as they were written, in YAML or as the JSON they are."""

import json

import pytest

from loadlib.thresholds.loader import loads
from loadlib.thresholds.rules import resolve
from tests.unit.thresholds.support import METRICS, rules_of

DEFAULTS: dict[str, list[object]] = {
    "http_req_duration": ["p(95)<500", "p(99)<1000"],
    "http_req_failed": ["rate<0.01"],
    "a2a_errors": ["rate<0.01"],
    "a2a_duration": ["p(95)<500"],
}
PASTES: list[dict[str, list[object]]] = [
    DEFAULTS,
    DEFAULTS
    | {
        "http_req_duration{endpoint:discovery}": ["p(95)<200"],
        "http_req_duration{endpoint:rpc}": ["p(95)<500"],
        "a2a_discovery_duration": ["p(95)<200", "p(99)<500"],
    },
    DEFAULTS
    | {
        "http_req_duration{endpoint:page}": ["p(95)<1000"],
        "http_req_duration{endpoint:widget}": ["p(95)<500"],
        "http_req_duration{endpoint:poll}": ["p(95)<300"],
        "dashboard_widget_duration": ["p(95)<800", "p(99)<1500"],
    },
    DEFAULTS
    | {
        "http_req_duration{endpoint:ccr}": ["p(95)<100"],
        "ccr_routing_duration": ["p(95)<100", "p(99)<200"],
        "ccr_health_duration": ["p(95)<50", "p(99)<100"],
        "ccr_availability": ["rate>0.95"],
    },
    {
        "http_req_failed": [{"threshold": "rate<=0.05", "abortOnFail": True, "delayAbortEval": "1m30s"}],
        "http_req_duration": [
            "max < 2000",
            {"threshold": "p(99.9)<3000", "abortOnFail": False, "delayAbortEval": 10000},
        ],
        "checks{check:status is 200}": ["rate>0.99"],
        "http_req_duration{name:https://example.com/a,status:200}": ["avg<300", "med<=200"],
        "http_req_duration{ group : '::login' }": ["p(95)<400"],
        "http_reqs": ["count>=100", "rate>5"],
        "vus": ["value>0"],
        "iterations": ["count===100"],
        "iteration_duration": ["p(95) < 1e4"],
        "http_req_waiting{scenario:x}": [],
    },
]


def judged(text: str) -> list[tuple[str, str]]:
    """Return selector and expression of each rule."""
    rules = resolve(loads(text), metrics=METRICS, environment="", scenarios=[], run_scenario="x")
    return [(rule.selector.source, rule.expression.source) for rule in rules]


@pytest.mark.parametrize("paste", PASTES)
def test_map_of_k6_works_unchanged(paste: dict[str, list[object]]) -> None:
    """JSON is YAML; nothing is rewritten and nothing is lost."""
    expected = [
        (selector, item["threshold"] if isinstance(item, dict) else item)
        for selector, items in paste.items()
        for item in items
    ]
    assert judged(f'{{"version": 1, "thresholds": {json.dumps(paste)}}}') == expected
    assert judged(f"version: 1\nthresholds:\n  {json.dumps(paste, indent=4)}\n") == expected


def test_bare_numbers_are_k6s() -> None:
    """Milliseconds on times, also for the delay; ratios, counts and bytes as they are."""
    rules = rules_of("""
thresholds:
  http_req_duration: [{threshold: p(95)<500, abortOnFail: true, delayAbortEval: 2500}]
  http_req_failed: [rate<0.01]
  http_reqs: [count>100]
  data_sent: [count<1000]
""")
    assert [rule.bound for rule in rules] == [0.5, 0.01, 100.0, 1000.0]
    assert rules.rules[0].delay_abort_eval_s == 2.5
