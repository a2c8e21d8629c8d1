"""When a failing threshold stops the run."""

import pytest

from loadlib.thresholds.evaluator import abort_reasons
from tests.unit.thresholds.support import counter, rate, recorded, rules_for, rules_of, trend


@pytest.mark.parametrize(
    ("delay", "elapsed_s", "aborts"),
    [
        (None, 0.5, True),
        ("10s", 9.999, False),
        ("10s", 10.0, False),
        ("10s", 10.001, True),
        ("500", 0.5, False),
        ("500", 0.501, True),
        ("0s", 0.0, False),
    ],
)
def test_run_is_stopped_once_it_is_strictly_older_than_the_delay(
    delay: str | None, elapsed_s: float, aborts: bool
) -> None:
    """As k6 compares."""
    entry = {"abort_on_fail": "true"} | ({} if delay is None else {"delay_abort_eval": delay})
    rules = rules_for("http_req_failed", "rate<1%", **entry)
    reasons = abort_reasons(rules, recorded({"http_req_failed": rate(5, 10)}, elapsed_s=elapsed_s))
    assert [verdict.expression for verdict in reasons] == (["rate<1%"] if aborts else [])


def test_rule_that_holds_or_does_not_ask_for_it_stops_nothing() -> None:
    """Only failing rules with abort_on_fail count."""
    rules = rules_of("""
thresholds:
  http_req_failed: ["rate<1%", {threshold: "rate<90%", abort_on_fail: true}]
  http_reqs: [{threshold: count>100, abort_on_fail: true}, {threshold: count<2, abortOnFail: true}]
""")
    reasons = abort_reasons(rules, recorded({"http_req_failed": rate(5, 10), "http_reqs": counter(3)}))
    assert [verdict.expression for verdict in reasons] == ["count>100", "count<2"]


@pytest.mark.parametrize("metric", ["http_req_failed", "http_req_duration"])
def test_rule_without_data_stops_nothing(metric: str) -> None:
    """At the start of a run there never is any."""
    expression = "rate<1%" if metric == "http_req_failed" else "p(95)<1"
    rules = rules_for(metric, expression, abort_on_fail="true", min_samples=10)
    snapshot = recorded({"http_req_failed": rate(9, 9)})
    assert abort_reasons(rules, snapshot) == ()


def test_unavailable_endpoint_stops_nothing() -> None:
    """It is skipped, as in the final verdict."""
    rules = rules_for("http_req_duration{endpoint:GET /x}", "p(95)<1", abort_on_fail="true")
    snapshot = recorded({"http_req_duration": {(("endpoint", "GET /x"),): trend(5.0)}})
    assert len(abort_reasons(rules, snapshot)) == 1
    assert abort_reasons(rules, snapshot, unavailable_endpoints={"GET /x": "404"}) == ()
