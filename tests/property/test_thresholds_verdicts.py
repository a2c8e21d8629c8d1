"""Verdicts, for any recorded values."""

import json
from dataclasses import asdict

from hypothesis import given
from hypothesis import strategies as st

from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.sketch import MAX_RELATIVE_ERROR, Sketch
from loadlib.core.snapshot import Snapshot
from loadlib.core.store import Tags, make_tags
from loadlib.core.verdict import Status, Verdict
from loadlib.thresholds.display import bound_text, value_text
from loadlib.thresholds.evaluator import evaluate
from loadlib.thresholds.loader import loads
from loadlib.thresholds.rules import resolve
from loadlib.thresholds.selections import Selections

METRICS = MetricRegistry(BUILTIN)
OPPOSITES = {"<": ">=", "<=": ">", "==": "!="}

seconds = st.floats(1e-6, 1e3)
samples = st.lists(seconds, min_size=1, max_size=40)
aggregations = st.sampled_from(["avg", "min", "max", "med", "p(0)", "p(90)", "p(99.9)", "p(100)"])


def judge(values: list[float], *expressions: str) -> tuple[Verdict, ...]:
    """Return the verdicts on the request durations of a run."""
    listed = json.dumps(list(expressions))
    document = loads(f"version: 1\nthresholds: {{http_req_duration: {listed}}}")
    rules = resolve(document, metrics=METRICS, environment="x", scenarios=[], run_scenario="x")
    return evaluate(rules, Snapshot(METRICS, {"http_req_duration": {(): Sketch.of(values)}}, 0.0, 1.0))


@given(samples, aggregations, seconds, st.sampled_from(sorted(OPPOSITES)))
def test_a_comparison_and_its_opposite_never_agree(
    values: list[float], aggregation: str, bound: float, operator: str
) -> None:
    """Exactly one of them passes."""
    one, other = judge(
        values, f"{aggregation}{operator}{bound!r}s", f"{aggregation}{OPPOSITES[operator]}{bound!r}s"
    )
    assert {one.status, other.status} == {Status.PASS, Status.FAIL}


@given(samples, aggregations, seconds)
def test_headroom_has_the_sign_of_the_verdict(values: list[float], aggregation: str, bound: float) -> None:
    """Positive passes ``<``, zero and negative fail it."""
    (verdict,) = judge(values, f"{aggregation}<{bound!r}s")
    assert verdict.headroom_ratio is not None
    assert (verdict.headroom_ratio > 0) is (verdict.status is Status.PASS)


@given(samples, st.integers(0, 100))
def test_percentiles_are_within_the_sketchs_guarantee(values: list[float], percentile: int) -> None:
    """Of k6's interpolation on the sorted values."""
    (verdict,) = judge(values, f"p({percentile})>0")
    ordered = sorted(values)
    position = percentile / 100 * (len(ordered) - 1)
    low, high = ordered[int(position)], ordered[min(int(position) + 1, len(ordered) - 1)]
    exact = low + (high - low) * (position - int(position))
    assert verdict.value is not None
    assert abs(verdict.value - exact) <= (MAX_RELATIVE_ERROR + 1e-9) * exact


@given(samples, aggregations, seconds | st.just(float("inf")))
def test_verdict_can_be_saved_and_worded(values: list[float], aggregation: str, bound: float) -> None:
    """Finite numbers only, and a text for each."""
    for verdict in judge(values, f"{aggregation}<{bound!r}", f"{aggregation}!={bound!r}"):
        json.dumps(asdict(verdict), allow_nan=False)
        assert value_text(verdict).startswith(f"{aggregation}=")
        assert bound_text(verdict)[0] in "<!"


pairs = st.dictionaries(st.sampled_from(["endpoint", "scenario", "method"]), st.sampled_from("ab"))
recorded = st.dictionaries(pairs.map(make_tags), samples, max_size=6)


@given(recorded, pairs.map(make_tags))
def test_indexed_selections_are_those_of_the_snapshot(found: dict[Tags, list[float]], wanted: Tags) -> None:
    """The index makes them faster, not different."""
    series = {"http_req_duration": {tags: Sketch.of(values) for tags, values in found.items()}}
    snapshot = Snapshot(METRICS, series, 0.0, 1.0)
    selections = Selections(snapshot)
    assert selections.value("http_req_duration", wanted) == snapshot.select("http_req_duration", dict(wanted))
    by_endpoint = selections.by_endpoint("http_req_duration", wanted)
    assert by_endpoint == snapshot.group("http_req_duration", "endpoint", dict(wanted))
