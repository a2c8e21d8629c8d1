"""The expression grammar: what k6 takes is taken, units are added, everything else is refused by name."""

import re
import sys

import pytest

from loadlib.core.metrics import BUILTIN, Contains, Kind, MetricDef
from loadlib.thresholds.errors import SyntaxFlaw
from loadlib.thresholds.expressions import EXPRESSION_PATTERN, parse_expression
from loadlib.thresholds.meaning import bound_of

COUNTER = MetricDef("some_count", Kind.COUNTER)
BYTES = MetricDef("some_bytes", Kind.COUNTER, Contains.DATA)
GAUGE = MetricDef("some_gauge", Kind.GAUGE)
RATE = MetricDef("some_rate", Kind.RATE)
TIME = MetricDef("some_time", Kind.TREND, Contains.TIME)
PLAIN = MetricDef("some_trend", Kind.TREND)
LOAD = MetricDef("some_load", Kind.TREND, Contains.RATIO)

MEANINGS = [
    ("p(95)<500", TIME, "p(95)", "<", 0.5),
    ("p(95)<500ms", TIME, "p(95)", "<", 0.5),
    ("p(95) < 231", TIME, "p(95)", "<", 0.231),
    ("  p(99.9)<=1.5s  ", TIME, "p(99.9)", "<=", 1.5),
    ("p(95)<1m", TIME, "p(95)", "<", 60.0),
    ("max<1m30s", TIME, "max", "<", 90.0),
    ("max<250µs", TIME, "max", "<", 0.00025),
    ("max<250\u03bcs", TIME, "max", "<", 0.00025),
    ("max<1e3\u03bcs", TIME, "max", "<", 0.001),
    ("max<250us", TIME, "max", "<", 0.00025),
    ("max<1d", TIME, "max", "<", 86400.0),
    ("min>0", TIME, "min", ">", 0.0),
    ("p(0)>=1", TIME, "p(0)", ">=", 0.001),
    ("p(-0)>=1", TIME, "p(0)", ">=", 0.001),
    ("p(100)<1e3", TIME, "p(100)", "<", 1.0),
    ("p(1e1)<1", TIME, "p(10)", "<", 0.001),
    ("p(+5)<1", TIME, "p(5)", "<", 0.001),
    ("med<+5", TIME, "med", "<", 0.005),
    ("avg>-5", TIME, "avg", ">", -0.005),
    ("avg<.5", PLAIN, "avg", "<", 0.5),
    ("avg<5.", PLAIN, "avg", "<", 5.0),
    ("avg<1_000.5", PLAIN, "avg", "<", 1000.5),
    ("avg<1E-3", PLAIN, "avg", "<", 0.001),
    ("avg<Inf", PLAIN, "avg", "<", sys.float_info.max),
    ("avg>-infinity", PLAIN, "avg", ">", -sys.float_info.max),
    ("avg==3", PLAIN, "avg", "==", 3.0),
    ("avg===3", PLAIN, "avg", "==", 3.0),
    ("avg!=3", PLAIN, "avg", "!=", 3.0),
    ("p(95)<80%", LOAD, "p(95)", "<", 0.8),
    ("rate<0.01", RATE, "rate", "<", 0.01),
    ("rate<1%", RATE, "rate", "<", 0.01),
    ("rate > 99.9 %", RATE, "rate", ">", 0.999),
    ("count>1000", COUNTER, "count", ">", 1000.0),
    ("rate>100", COUNTER, "rate", ">", 100.0),
    ("rate>100/s", COUNTER, "rate", ">", 100.0),
    ("count<2MB", BYTES, "count", "<", 2e6),
    ("count<2kB", BYTES, "count", "<", 2e3),
    ("count<2KiB", BYTES, "count", "<", 2048.0),
    ("count<2048", BYTES, "count", "<", 2048.0),
    ("rate>1.5MiB/s", BYTES, "rate", ">", 1572864.0),
    ("value<10", GAUGE, "value", "<", 10.0),
    ("min>0", GAUGE, "min", ">", 0.0),
    ("max<=10", GAUGE, "max", "<=", 10.0),
]


@pytest.mark.parametrize(("text", "metric", "aggregation", "operator", "bound"), MEANINGS)
def test_expression_means(
    text: str, metric: MetricDef, aggregation: str, operator: str, bound: float
) -> None:
    """Bounds are exact decimals in the metric's own unit; a bare number on a time is milliseconds."""
    expression = parse_expression(text)
    assert (expression.aggregation, expression.operator) == (aggregation, operator)
    assert bound_of(expression, metric) == bound
    assert expression.source == text


@pytest.mark.parametrize("text", [text for text, *_ in MEANINGS])
def test_editor_pattern_takes_what_the_parser_takes(text: str) -> None:
    """An editor never marks as wrong what runs."""
    assert re.search(EXPRESSION_PATTERN, text)


REFUSED = [
    ("", "", "an empty expression; write for example p(95)<500"),
    ("p(95)", "p(95)", "no comparison; use one of <= < >= > === == !=, for example p(95)<500"),
    ("count=5", "count=5", "no comparison; use one of"),
    ("count!20", "count!20", "no comparison; use one of"),
    ("rate=>0.5", "rate=", "unknown aggregation 'rate='; did you mean 'rate'?"),
    ("<500", "<", "nothing to compare before '<'; write for example p(95)"),
    ("foo>20", "foo", "unknown aggregation 'foo'; use one of count rate value avg min max med p(N)"),
    ("AVG<5", "AVG", "unknown aggregation 'AVG'; did you mean 'avg'?"),
    ("mean<5", "mean", "unknown aggregation 'mean'; did you mean 'avg'?"),
    ("  median <5", "median", "unknown aggregation 'median'; did you mean 'med'?"),
    ("p95<500", "p95", "unknown aggregation 'p95'; did you mean 'p(95)'?"),
    ("p<500", "p", "p needs a percentile; write for example p(95)"),
    ("p()<500", ")", "p() needs a percentile in 0..100; write for example p(95)"),
    ("p( 95 )<500", " 95 ", "no blanks inside p(...); write p(95)"),
    ("p(99<500", "p(99", "unknown aggregation 'p(99'"),
    ("p(foo)<500", "foo", "percentile: 'foo' is not a number"),
    ("p(-1)<500", "-1", "percentile -1 is outside 0..100; write for example p(95)"),
    ("p(101)<500", "101", "percentile 101 is outside 0..100; write for example p(95)"),
    ("p(NaN)<500", "NaN", "percentile: NaN compares with nothing; write a number"),
    ("p(+Inf)<500", "+Inf", "percentile +Inf is outside 0..100; write for example p(95)"),
    ("count>", ">", "nothing to compare with after '>'"),
    ("count<=  ", "<=", "nothing to compare with after '<='"),
    ("count>abc", "abc", "'abc' is not a number"),
    ("count>NaN", "NaN", "NaN compares with nothing; write a number"),
    ("count>1e999", "1e999", "1e999 is out of range"),
    ("count>1.2.3", "1.2.3", "'1.2.3' is not a number"),
    ("count>1__0", "1__0", "'1__0' is not a number"),
    ("count>1,000", "1,000", "'1,000' is not a number"),
    ("count>0x1p4", "0x1p4", "'0x1p4' is not a number"),
    ("p(95)<500 sec", "sec", "unknown unit 'sec'; units: ns us µs ms s m h d B kB MB GB TB KiB MiB GiB %"),
    ("p(95)<500MS", "MS", "unknown unit 'MS'; did you mean 'ms'?"),
    ("count<2KB", "KB", "unknown unit 'KB'; did you mean 'kB'?"),
    (
        "p(95)<500 && avg<200",
        "500 && avg<200",
        "one comparison an expression; write the others as list items",
    ),
    ("100<count<500", "100", "unknown aggregation '100'"),
]


@pytest.mark.parametrize(("text", "marked", "message"), REFUSED)
def test_expression_is_refused(text: str, marked: str, message: str) -> None:
    """The message says what is allowed, the mark covers what is wrong."""
    with pytest.raises(SyntaxFlaw) as caught:
        parse_expression(text)
    flaw = caught.value
    end = flaw.start + flaw.length if flaw.length else len(text)
    assert str(flaw).startswith(message)
    assert text[flaw.start : end] == marked


MISFITS = [
    ("p(95)<500", COUNTER, "p(95)", "some_count is a counter, which has no 'p(95)'; use count or rate"),
    ("value<5", COUNTER, "value", "some_count is a counter, which has no 'value'; use count or rate"),
    (
        "count<5",
        TIME,
        "count",
        "some_time is a trend, which has no 'count'; use avg or min or max or med or p(N)",
    ),
    ("  rate<5", TIME, "rate", "some_time is a trend, which has no 'rate'"),
    ("avg<5", GAUGE, "avg", "some_gauge is a gauge, which has no 'avg'; use value or min or max"),
    ("count<5", RATE, "count", "some_rate is a rate, which has no 'count'; use rate"),
    ("rate<5ms", RATE, "ms", "unit 'ms' does not fit some_rate, which holds ratios; use % or a bare number"),
    ("rate< 5 ms ", RATE, "ms", "unit 'ms' does not fit some_rate"),
    ("rate<5/s", RATE, "/s", "'/s' fits only the rate of a counter; some_rate is a rate"),
    ("count<5/s", COUNTER, "/s", "'/s' fits only the rate of a counter"),
    (
        "count<5%",
        COUNTER,
        "%",
        "unit '%' does not fit some_count, which holds plain numbers; use a bare number",
    ),
    (
        "p(95)<5%",
        TIME,
        "%",
        "unit '%' does not fit some_time, which holds times; use ns us µs ms s m h d or a bare",
    ),
    ("p(95)<5MB", TIME, "MB", "unit 'MB' does not fit some_time"),
    (
        "count<5s",
        BYTES,
        "s",
        "unit 's' does not fit some_bytes, which holds bytes; use B kB MB GB TB KiB MiB GiB or",
    ),
    (
        "p(95)<1m30s",
        LOAD,
        "1m30s",
        "unit 's' does not fit some_load, which holds ratios; use % or a bare number",
    ),
]


@pytest.mark.parametrize(("text", "metric", "marked", "message"), MISFITS)
def test_expression_does_not_fit_its_metric(text: str, metric: MetricDef, marked: str, message: str) -> None:
    """Aggregation and unit must be ones that the metric has."""
    expression = parse_expression(text)
    with pytest.raises(SyntaxFlaw) as caught:
        bound_of(expression, metric)
    flaw = caught.value
    assert str(flaw).startswith(message)
    assert text[flaw.start : flaw.start + flaw.length] == marked


def test_nan_holds_for_no_operator() -> None:
    """A value that is not a number never passes, not even ``!=``."""
    for operator in ("<", "<=", ">", ">=", "==", "!="):
        assert not parse_expression(f"avg{operator}5").holds(float("nan"), 5.0)


def test_every_builtin_metric_has_an_aggregation() -> None:
    """A kind or content that is added without a row here would fail at its first threshold."""
    first = {Kind.COUNTER: "count", Kind.GAUGE: "value", Kind.RATE: "rate", Kind.TREND: "p(95)"}
    for metric in BUILTIN:
        assert bound_of(parse_expression(f"{first[metric.kind]}<0"), metric) == 0.0
