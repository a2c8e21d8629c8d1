"""How values and bounds are worded."""

import pytest

from loadlib.core.values import AnyValue
from loadlib.thresholds.display import bound_text, number_text, value_text
from loadlib.thresholds.evaluator import evaluate
from tests.unit.thresholds.support import counter, gauge, rate, recorded, rules_for, trend

WORDED = [
    ("http_req_duration", "max<500", trend(0.2314), "max=231ms", "<500ms"),
    ("http_req_duration", "max<1.5s", trend(1.2345), "max=1.23s", "<1.5s"),
    ("http_req_duration", "max<1m30s", trend(0.000085), "max=85µs", "<90s"),
    ("http_req_duration", "max<2m", trend(1234.5), "max=1234s", "<120s"),
    ("http_req_duration", "max<=1001", trend(0.0), "max=0ms", "<=1.001s"),
    ("http_req_duration", "max<1ms", trend(0.99949), "max=999ms", "<1ms"),
    ("http_req_duration", "max<1ms", trend(0.9996), "max=1s", "<1ms"),
    ("http_req_duration", "p(99.90)<Inf", trend(1.0), "p(99.9)=1s", "<Inf"),
    ("http_req_failed", "rate<1%", rate(42, 10000), "rate=0.42%", "<1%"),
    ("http_req_failed", "rate<0.001", rate(0, 10), "rate=0%", "<0.1%"),
    ("http_req_failed", "rate<=100%", rate(10, 10), "rate=100%", "<=100%"),
    ("http_reqs", "count>=12", counter(12), "count=12", ">=12"),
    ("http_reqs", "count>1e6", counter(1234567), "count=1234567", ">1000000"),
    ("http_reqs", "rate>100/s", counter(852.341), "rate=85.2/s", ">100/s"),
    ("data_sent", "count<2MB", counter(1234567), "count=1.23MB", "<2MB"),
    ("data_sent", "rate<1KiB/s", counter(12340), "rate=1.23kB/s", "<1.024kB/s"),
    ("vus", "value!=3", gauge(5), "value=5", "!=3"),
    ("my_trend", "avg===3.5", trend(2.0, 3.0), "avg=2.5", "==3.5"),
]


@pytest.mark.parametrize(("metric", "expression", "value", "measured", "bound"), WORDED)
def test_value_and_bound_have_the_unit_of_the_metric(
    metric: str, expression: str, value: AnyValue, measured: str, bound: str
) -> None:
    """Three digits for what was measured, all of them for what is asked."""
    (verdict,) = evaluate(rules_for(metric, expression), recorded({metric: value}))
    assert (value_text(verdict), bound_text(verdict)) == (measured, bound)


@pytest.mark.parametrize(
    ("metric", "expression", "value", "measured"),
    [
        ("http_req_duration", "max<500", trend(0.5004), "max=500.4ms"),
        ("http_req_duration", "max<500", trend(0.4999999), "max=499.9999ms"),
        ("http_req_duration", "max<500.2", trend(0.5004), "max=500.4ms"),
        ("http_req_failed", "rate<1%", rate(10001, 1000000), "rate=1.0001%"),
        ("checks", "rate==1", rate(99999, 100000), "rate=99.999%"),
        ("http_req_duration", "max<=500", trend(0.5), "max=500ms"),
    ],
)
def test_value_is_never_rounded_onto_or_across_its_bound(
    metric: str, expression: str, value: AnyValue, measured: str
) -> None:
    """``500ms is not <500ms`` would help nobody."""
    (verdict,) = evaluate(rules_for(metric, expression), recorded({metric: value}))
    assert value_text(verdict) == measured


def test_verdict_without_data_has_no_number() -> None:
    """It says so instead."""
    (verdict,) = evaluate(rules_for("http_req_duration", "p(95)<500"), recorded({}))
    assert value_text(verdict) == "p(95)=no data"


@pytest.mark.parametrize(
    ("value", "contains", "text"),
    [
        (-0.25, "time", "-250ms"),
        (1e-10, "time", "0.0001µs"),
        (1.5e12, "data", "1500GB"),
        (0.0, "data", "0B"),
        (1e20, "default", "1e+20"),
        (0.000012345, "default", "1.23e-05"),
        (1234.56, "default", "1235"),
    ],
)
def test_number_of_any_size_is_readable(value: float, contains: str, text: str) -> None:
    """The whole part is never rounded away."""
    assert number_text(value, contains) == text
