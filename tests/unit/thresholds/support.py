"""Shorthands of these tests: recorded snapshots and resolved rules, from few words."""

from collections.abc import Collection, Mapping

from loadlib.core.metrics import BUILTIN, Kind, MetricDef, MetricRegistry
from loadlib.core.sketch import Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.store import Tags, make_tags
from loadlib.core.values import AnyValue, Counter, Gauge, Rate
from loadlib.thresholds.loader import loads
from loadlib.thresholds.rule import RuleSet
from loadlib.thresholds.rules import resolve

METRICS = MetricRegistry(
    [
        *BUILTIN,
        MetricDef("my_counter", Kind.COUNTER),
        MetricDef("my_rate", Kind.RATE),
        MetricDef("my_trend", Kind.TREND),
    ]
)


def trend(*values: float) -> Sketch:
    """Return a trend of values."""
    return Sketch.of(values)


def rate(passes: int, samples: int) -> Rate:
    """Return a rate."""
    return Rate(passes, samples)


def counter(total: float, samples: int = 1) -> Counter:
    """Return a counter."""
    return Counter(total, samples)


def gauge(*values: float) -> Gauge:
    """Return a gauge that was set to values one second apart."""
    result = Gauge()
    for second, value in enumerate(values):
        result.set(value, float(second))
    return result


def recorded(
    series: Mapping[str, Mapping[tuple[tuple[str, str], ...], AnyValue] | AnyValue],
    *,
    elapsed_s: float = 10.0,
) -> Snapshot:
    """Return a snapshot: metric -> value, or metric -> (pairs -> value)."""
    by_metric: dict[str, dict[Tags, AnyValue]] = {}
    for metric, found in series.items():
        tagged = found if isinstance(found, Mapping) else {(): found}
        by_metric[metric] = {make_tags(dict(pairs)): value for pairs, value in tagged.items()}
    return Snapshot(METRICS, by_metric, 0.0, elapsed_s)


def at(**tags: str) -> tuple[tuple[str, str], ...]:
    """Return tags as a key."""
    return tuple(tags.items())


def rules_of(
    text: str, *, environment: str = "local", scenarios: Collection[str] = ("a2a",), run_scenario: str = "a2a"
) -> RuleSet:
    """Return the rules of a document; ``version`` is added."""
    return resolve(
        loads(f"version: 1\n{text}"),
        metrics=METRICS,
        environment=environment,
        scenarios=scenarios,
        run_scenario=run_scenario,
    )


def rules_for(metric: str, *expressions: str, **entry: object) -> RuleSet:
    """Return the rules of one selector; ``entry`` holds further keys of each rule."""
    more = "".join(f", {key}: {value}" for key, value in entry.items())
    items = ", ".join(f'{{threshold: "{one}"{more}}}' for one in expressions)
    return rules_of(f"thresholds:\n  '{metric}': [{items}]\n")
