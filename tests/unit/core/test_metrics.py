"""Metric definitions."""

import pytest

from loadlib.core.metrics import BUILTIN, NAME_RULE, Contains, Kind, MetricDef, MetricRegistry


def test_the_builtin_metrics_define_without_conflict() -> None:
    """Each name stands once, is a name, and says what it means."""
    registry = MetricRegistry(BUILTIN)
    assert len(registry) == len(BUILTIN) > 40
    assert all(NAME_RULE.fullmatch(name) and metric.description for name, metric in registry.items())


@pytest.mark.parametrize(
    ("name", "kind", "contains"),
    [
        ("http_req_duration", Kind.TREND, Contains.TIME),
        ("http_req_failed", Kind.RATE, Contains.RATIO),
        ("http_reqs", Kind.COUNTER, Contains.DEFAULT),
        ("checks", Kind.RATE, Contains.RATIO),
        ("vus", Kind.GAUGE, Contains.DEFAULT),
        ("data_received", Kind.COUNTER, Contains.DATA),
        ("dropped_iterations", Kind.COUNTER, Contains.DEFAULT),
        ("stream_ttft", Kind.TREND, Contains.TIME),
    ],
)
def test_k6s_metrics_keep_their_kind_and_contents(name: str, kind: Kind, contains: Contains) -> None:
    """A threshold written for k6 means the same here."""
    metric = MetricRegistry(BUILTIN)[name]
    assert (metric.kind, metric.contains) == (kind, contains)


def test_repeating_a_definition_is_fine_and_a_conflict_is_not() -> None:
    """Two scenarios may define the same metric, but not differently."""
    registry = MetricRegistry()
    first = registry.define(MetricDef("mine", Kind.TREND, Contains.TIME, "one"))
    assert registry.define(MetricDef("mine", Kind.TREND, Contains.TIME, "two")) is first
    for other in (MetricDef("mine", Kind.COUNTER, Contains.TIME), MetricDef("mine", Kind.TREND)):
        with pytest.raises(ValueError, match="'mine' is already a trend of time"):
            registry.define(other)


@pytest.mark.parametrize("name", ["", "x", "9lives", "a-b", "a.b", "a b", "é_é", "x" * 129, "a\n"])
def test_a_bad_name_is_refused_with_the_rule(name: str) -> None:
    """What Prometheus and k6 would not take is refused when it is defined."""
    with pytest.raises(ValueError, match="use 2 to 128 letters, digits or _"):
        MetricRegistry([MetricDef(name, Kind.COUNTER)])
