"""Verdicts: what passes, what fails, and that the absence of data is never a pass."""

import math

import pytest

from loadlib.core.values import AnyValue, sample_count
from loadlib.core.verdict import Severity, Status, Verdict
from loadlib.thresholds.evaluator import evaluate, headroom_ratio
from loadlib.thresholds.selections import Selections, matches
from tests.unit.thresholds.support import at, counter, gauge, rate, recorded, rules_for, rules_of, trend

MS = [value / 1000 for value in (10, 20, 30, 40, 50)]


def verdict_of(
    metric: str, expression: str, value: AnyValue, *, elapsed_s: float = 10.0, **entry: object
) -> Verdict:
    """Return the verdict of one comparison on one value."""
    (verdict,) = evaluate(
        rules_for(metric, expression, **entry), recorded({metric: value}, elapsed_s=elapsed_s)
    )
    return verdict


JUDGED = [
    ("http_reqs", "count>=10", counter(10), Status.PASS, 10.0),
    ("http_reqs", "count>10", counter(10), Status.FAIL, 10.0),
    ("http_reqs", "rate>=1", counter(10), Status.PASS, 1.0),
    ("http_reqs", "rate>1/s", counter(10), Status.FAIL, 1.0),
    ("data_sent", "count<1kB", counter(999), Status.PASS, 999.0),
    ("data_sent", "count<1kB", counter(1000), Status.FAIL, 1000.0),
    ("vus", "value<=5", gauge(9, 2, 5), Status.PASS, 5.0),
    ("vus", "max<9", gauge(9, 2, 5), Status.FAIL, 9.0),
    ("vus", "min>1", gauge(9, 2, 5), Status.PASS, 2.0),
    ("http_req_failed", "rate<1%", rate(1, 101), Status.PASS, 1 / 101),
    ("http_req_failed", "rate<1%", rate(1, 100), Status.FAIL, 0.01),
    ("http_req_failed", "rate<=0.01", rate(1, 100), Status.PASS, 0.01),
    ("my_rate", "rate>50%", rate(51, 100), Status.PASS, 0.51),
    ("http_req_duration", "min==10", trend(*MS), Status.PASS, 0.010),
    ("http_req_duration", "max===50ms", trend(*MS), Status.PASS, 0.050),
    ("http_req_duration", "max!=50", trend(*MS), Status.FAIL, 0.050),
    ("http_req_duration", "avg<31", trend(*MS), Status.PASS, 0.030),
    ("http_req_duration", "p(0)<=10", trend(*MS), Status.PASS, 0.010),
    ("http_req_duration", "p(100)<50", trend(*MS), Status.FAIL, 0.050),
    ("http_req_duration", "max<50", trend(*MS), Status.FAIL, 0.050),
    ("my_trend", "max<50", trend(49), Status.PASS, 49.0),
]


@pytest.mark.parametrize(("metric", "expression", "value", "status", "number"), JUDGED)
def test_comparison_is_of_raw_floats_in_the_metrics_unit(
    metric: str, expression: str, value: AnyValue, status: Status, number: float
) -> None:
    """No rounding, no tolerance; the bound itself is on the side that the operator says."""
    verdict = verdict_of(metric, expression, value)
    assert (verdict.status, verdict.value) == (status, pytest.approx(number))
    assert (verdict.metric, verdict.selector, verdict.expression) == (metric, metric, expression)
    assert (verdict.reason == "") is (status is Status.PASS)
    assert verdict.fails_run is (status is Status.FAIL)


def test_median_and_percentiles_interpolate_between_order_statistics() -> None:
    """As k6 does, within the sketch's guarantee."""
    for expression, expected in (("med>0", 0.030), ("p(25)>0", 0.020), ("p(90)>0", 0.046)):
        assert verdict_of("http_req_duration", expression, trend(*MS)).value == pytest.approx(
            expected, rel=0.006
        )


EMPTY: dict[str, AnyValue] = {
    "http_reqs": counter(0, samples=0),
    "vus": gauge(),
    "http_req_failed": rate(0, 0),
    "http_req_duration": trend(),
}
AGGREGATIONS = {
    "http_reqs": ("count", "rate"),
    "vus": ("value", "min", "max"),
    "http_req_failed": ("rate",),
    "http_req_duration": ("avg", "min", "max", "med", "p(95)"),
}
OPERATORS = ("<", "<=", ">", ">=", "==", "===", "!=")


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize(
    ("metric", "aggregation"), [(metric, one) for metric, many in AGGREGATIONS.items() for one in many]
)
@pytest.mark.parametrize("present", [True, False], ids=["empty series", "no series"])
def test_no_sample_is_no_data_whatever_is_asked(
    metric: str, aggregation: str, operator: str, present: bool
) -> None:
    """Neither an upper bound nor a lower one, nor ``==0``, passes on nothing."""
    snapshot = recorded({metric: EMPTY[metric]} if present else {})
    for bound in ("0", "1"):
        (verdict,) = evaluate(rules_for(metric, f"{aggregation}{operator}{bound}"), snapshot)
        assert (verdict.status, verdict.value, verdict.samples) == (Status.NO_DATA, None, 0)
        assert verdict.reason == f"no sample of {metric} was recorded"
        assert verdict.fails_run


@pytest.mark.parametrize(
    ("no_data", "status", "severity", "fails"),
    [
        ("fail", Status.NO_DATA, Severity.FAIL, True),
        ("warn", Status.NO_DATA, Severity.WARN, False),
        ("skip", Status.SKIPPED, Severity.FAIL, False),
    ],
)
def test_no_data_comes_to_what_the_rule_says(
    no_data: str, status: Status, severity: Severity, fails: bool
) -> None:
    """Only a word of the user makes it less than a failure."""
    verdict = verdict_of("http_reqs", "count>0", counter(0, samples=0), no_data=no_data)
    assert (verdict.status, verdict.severity, verdict.fails_run) == (status, severity, fails)
    assert verdict.reason == "no sample of http_reqs was recorded"


@pytest.mark.parametrize(
    ("samples", "status", "reason"),
    [
        (99, Status.NO_DATA, "99 samples, the rule asks for 100"),
        (1, Status.NO_DATA, "1 sample, the rule asks for 100"),
        (100, Status.PASS, ""),
    ],
)
def test_too_few_samples_are_no_data(samples: int, status: Status, reason: str) -> None:
    """A percentile of a handful of requests proves nothing."""
    verdict = verdict_of("http_req_failed", "rate<1%", rate(0, samples), min_samples=100)
    assert (verdict.status, verdict.reason, verdict.samples) == (status, reason, samples)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("total", [math.nan, math.inf, -math.inf])
def test_value_that_is_no_finite_number_never_passes(operator: str, total: float) -> None:
    """Nor does it reach the result file, which is JSON."""
    verdict = verdict_of("http_reqs", f"count{operator}5", counter(total))
    assert (verdict.status, verdict.value) == (Status.NO_DATA, None)
    assert verdict.reason == "count of http_reqs is not a finite number"


@pytest.mark.parametrize("operator", OPERATORS)
def test_rate_per_second_of_a_run_of_no_duration_is_no_data(operator: str) -> None:
    """There is nothing to divide by."""
    verdict = verdict_of("http_reqs", f"rate{operator}5", counter(10), elapsed_s=0.0)
    assert (verdict.status, verdict.reason) == (
        Status.NO_DATA,
        "a rate per second needs a run of some duration",
    )


def test_warning_is_reported_but_does_not_fail_the_run() -> None:
    """The status says what happened, the severity what follows."""
    verdict = verdict_of("http_reqs", "count>10", counter(5), severity="warn")
    assert (verdict.status, verdict.severity, verdict.fails_run) == (Status.FAIL, Severity.WARN, False)
    assert verdict.reason == "count=5 is not >10"


SERIES = {
    "http_req_duration": {
        at(endpoint="GET /health", scenario="a2a"): trend(0.1),
        at(endpoint="GET /a2a/{agent}/rpc", scenario="a2a"): trend(0.3, 0.3),
        at(endpoint="GET /a2a/agents", scenario="ccr"): trend(0.9, 0.9, 0.9),
    }
}


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        (
            "http_req_duration{endpoint:GET /helth}",
            "tag endpoint: 'GET /helth' matched nothing; recorded: 'GET /a2a/agents', "
            "'GET /a2a/{agent}/rpc', 'GET /health'; did you mean 'GET /health'?",
        ),
        (
            "http_req_duration{scenario:zzz}",
            "tag scenario: 'zzz' matched nothing; recorded: 'a2a', 'ccr'",
        ),
        (
            "http_req_duration{endpont:GET /health}",
            "http_req_duration carries no tag 'endpont'; recorded: 'endpoint', 'scenario'; "
            "did you mean 'endpoint'?",
        ),
        (
            "http_req_duration{endpoint:GET /health,scenario:ccr}",
            "no sample of http_req_duration carries all of endpoint: 'GET /health', scenario: 'ccr'",
        ),
    ],
)
def test_tag_that_matches_nothing_is_no_data_and_says_what_there_was(selector: str, reason: str) -> None:
    """A typo in a tag never makes a green threshold."""
    (verdict,) = evaluate(rules_for(selector, "p(95)<500"), recorded(SERIES))
    assert (verdict.status, verdict.reason, verdict.fails_run) == (Status.NO_DATA, reason, True)


def test_tag_without_any_tags_recorded_says_so() -> None:
    """A metric that is recorded bare."""
    (verdict,) = evaluate(rules_for("vus{scenario:a2a}", "value>0"), recorded({"vus": gauge(1)}))
    assert verdict.reason == "vus carries no tag 'scenario'; recorded: none"


def test_many_recorded_values_are_cut_to_the_nearest() -> None:
    """A run of two hundred endpoints gives no screenful."""
    series = {at(endpoint=f"GET /x{i}"): trend(0.1) for i in range(50)}
    (verdict,) = evaluate(
        rules_for("http_req_duration{endpoint:GET /x4z}", "p(95)<1s"), recorded({"http_req_duration": series})
    )
    assert verdict.reason.count("GET /x") == 10
    assert "'GET /x4'" in verdict.reason
    assert " and 42 more; did you mean 'GET /x4" in verdict.reason


def test_selection_merges_the_series_that_carry_the_tags() -> None:
    """A selector is the sum of its parts."""
    rules = rules_for("http_req_duration{scenario:a2a}", "max<=300", "min<=100")
    assert [(v.status, v.samples) for v in evaluate(rules, recorded(SERIES))] == [(Status.PASS, 3)] * 2


def test_endpoint_with_a_star_is_judged_for_every_recorded_match() -> None:
    """One verdict each, by name; braces are braces."""
    rules = rules_of('endpoints: {"GET /a2a/*": {http_req_duration: ["p(95)<500"]}}')
    verdicts = evaluate(rules, recorded(SERIES))
    assert [(v.section, v.status, v.samples) for v in verdicts] == [
        ("endpoint GET /a2a/agents", Status.FAIL, 3),
        ("endpoint GET /a2a/{agent}/rpc", Status.PASS, 2),
    ]


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("GET /a2a/{agent}/*", "GET /a2a/{agent}/rpc", True),
        ("GET /a2a/*/rpc", "GET /a2a/{agent}/v1/rpc", True),
        ("*:/health", "POST ccr:/health", True),
        ("*", "(other)", True),
        ("GET /a2a/*", "GET /a2a", False),
        ("GET /a.c*", "GET /abc", False),
        ("GET /x[0-9]*", "GET /x5", False),
        ("*/health", "GET /health/live", False),
    ],
)
def test_star_stands_for_any_text_and_everything_else_for_itself(
    pattern: str, name: str, expected: bool
) -> None:
    """Braces, dots and brackets are no regular expression."""
    assert matches(pattern, name) is expected


def test_endpoint_with_a_star_respects_the_scenario() -> None:
    """Only the scenario's own samples are looked at."""
    rules = rules_of('scenarios: {a2a: {endpoints: {"*": {http_req_duration: ["p(95)<500"]}}}}')
    sections = [verdict.section for verdict in evaluate(rules, recorded(SERIES))]
    assert sections == ["scenario a2a, endpoint GET /a2a/{agent}/rpc", "scenario a2a, endpoint GET /health"]


def test_endpoint_with_a_star_that_matches_nothing_is_no_data() -> None:
    """One verdict, that names the pattern."""
    rules = rules_of('endpoints: {"POST /helth*": {http_req_duration: ["p(95)<500"]}}')
    (verdict,) = evaluate(rules, recorded(SERIES))
    assert (verdict.status, verdict.section) == (Status.NO_DATA, "endpoint POST /helth*")
    assert verdict.reason == (
        "endpoint 'POST /helth*' matched nothing; recorded: 'GET /a2a/agents', 'GET /a2a/{agent}/rpc', "
        "'GET /health'; did you mean 'GET /health'?"
    )


MISSING = {"GET /a2a/agents": "404 at preflight", "GET /a2a/other": "404 at preflight"}


@pytest.mark.parametrize(("require_all", "status"), [(False, Status.SKIPPED), (True, Status.FAIL)])
def test_unavailable_endpoint_is_skipped_unless_everything_is_required(
    require_all: bool, status: Status
) -> None:
    """Named by tag, by section or by pattern."""
    rules = rules_of("""
thresholds: {"http_req_duration{endpoint:GET /a2a/agents}": ["p(95)<1ms"]}
endpoints:
  "GET /a2a/agents": {http_req_failed: ["rate<1%"]}
  "GET /a2a/*": {http_req_duration: ["p(95)<500"]}
""")
    verdicts = evaluate(rules, recorded(SERIES), unavailable_endpoints=MISSING, require_all=require_all)
    skipped = (status, None, "unavailable: 404 at preflight", require_all)
    assert [(v.status, v.value, v.reason, v.fails_run) for v in verdicts] == [
        skipped,
        skipped,
        skipped,
        skipped,
        (Status.PASS, pytest.approx(0.3, rel=0.006), "", False),
    ]
    assert [v.section for v in verdicts[2:]] == [
        "endpoint GET /a2a/agents",
        "endpoint GET /a2a/other",
        "endpoint GET /a2a/{agent}/rpc",
    ]


@pytest.mark.parametrize(("require_all", "status"), [(False, Status.SKIPPED), (True, Status.FAIL)])
def test_excused_selection_is_skipped_only_without_data(require_all: bool, status: Status) -> None:
    """What was measured is judged, whatever was expected of it."""
    rules = rules_of('thresholds: {ccr_errors: ["rate<1%"], http_req_duration: ["p(95)<1ms"]}')
    missing, judged = evaluate(
        rules, recorded(SERIES), excuse=lambda metric, tags: "not configured", require_all=require_all
    )
    assert (missing.status, missing.reason) == (status, "unavailable: not configured")
    assert judged.status is Status.FAIL
    assert judged.value is not None


def test_excuse_is_asked_with_the_tags_of_the_rule() -> None:
    rules = rules_of('thresholds: {"ccr_errors{operation:run}": ["rate<1%"]}')
    asked: list[object] = []
    evaluate(rules, recorded(SERIES), excuse=lambda metric, tags: asked.append((metric, tags)))
    assert asked == [("ccr_errors", (("operation", "run"),))]


@pytest.mark.parametrize(
    ("operator", "value", "bound", "expected"),
    [
        ("<", 0.3, 0.4, 0.25),
        ("<=", 0.4, 0.4, 0.0),
        ("<", 0.6, 0.4, -0.5),
        (">", 150.0, 100.0, 0.5),
        (">=", 50.0, 100.0, -0.5),
        ("<", -15.0, -10.0, 0.5),
        ("<", 1.0, 0.0, None),
        ("==", 1.0, 2.0, None),
        ("!=", 1.0, 2.0, None),
        (">", 1e308, 1e-308, None),
    ],
)
def test_headroom_is_the_part_of_the_bound_that_is_left(
    operator: str, value: float, bound: float, expected: float | None
) -> None:
    """Positive holds, negative does not, in both directions."""
    found = headroom_ratio(operator, value, bound)
    assert found == (None if expected is None else pytest.approx(expected))


def test_selection_is_merged_once_for_all_rules_that_ask_for_it() -> None:
    """A hundred rules on a few selections cost a few merges."""
    selections = Selections(recorded(SERIES))
    tags = at(scenario="a2a")
    merged = selections.value("http_req_duration", tags)
    assert merged is not None
    assert sample_count(merged) == 3
    assert selections.value("http_req_duration", tags) is merged
    assert selections.by_endpoint("http_req_duration", ()) is selections.by_endpoint("http_req_duration", ())
