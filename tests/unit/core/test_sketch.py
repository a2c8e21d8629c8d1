"""The sketch against exact order statistics, and its edges."""

import random
from collections.abc import Callable
from functools import reduce
from math import ceil, floor, inf, nan
from operator import add

import pytest

from loadlib.core.sketch import BUCKETS_PER_DOUBLING, MAX_RELATIVE_ERROR, Sketch, TrendPart

Draw = Callable[[random.Random], float]
TOLERANCE = MAX_RELATIVE_ERROR * (1 + 1e-9)
QUANTILES = (0.0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
DISTRIBUTIONS: dict[str, Draw] = {
    "uniform": lambda r: r.uniform(0.001, 2.0),
    "exponential": lambda r: r.expovariate(8.0),
    "lognormal": lambda r: r.lognormvariate(-3.0, 1.5),
    "bimodal": lambda r: r.gauss(0.02, 0.002) if r.random() < 0.9 else r.gauss(2.0, 0.1),
    "pareto": lambda r: r.paretovariate(1.1),
    "constant": lambda r: 0.231,
    "mixture with zeros": lambda r: 0.0 if r.random() < 0.4 else r.expovariate(100.0),
    "negative and positive": lambda r: r.gauss(0.0, 5.0),
    "only negative": lambda r: -r.lognormvariate(0.0, 2.0),
    "tiny magnitudes": lambda r: r.uniform(1.0, 9.0) * 10.0 ** r.randint(-300, -200),
    "huge magnitudes": lambda r: r.uniform(1.0, 9.0) * 10.0 ** r.randint(200, 300),
    "every magnitude": lambda r: 10.0 ** r.uniform(-300, 300),
    "whole powers of two": lambda r: 2.0 ** r.randint(-20, 20),
}


def neighbours(values: list[float], q: float) -> tuple[float, float, float]:
    """Return the two order statistics that quantile ``q`` lies between, and how far between (k6's rule)."""
    position = q * (len(values) - 1)
    return values[floor(position)], values[ceil(position)], position - floor(position)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 997, 4000])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantiles_are_within_the_guaranteed_error_of_exact_order_statistics(name: str, size: int) -> None:
    """An interpolated quantile is no further off than its two neighbours are, whatever the distribution."""
    rng = random.Random(f"{name} {size}")
    values = sorted(DISTRIBUTIONS[name](rng) for _ in range(size))
    sketch = Sketch.of(values)
    for q in QUANTILES:
        low, high, part = neighbours(values, q)
        exact = low + (high - low) * part
        allowed = TOLERANCE * (abs(low) * (1 - part) + abs(high) * part)
        assert abs(sketch.quantile(q) - exact) <= allowed + abs(exact) * 1e-12, f"q={q}"


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_count_minimum_maximum_and_sum_are_exact(name: str) -> None:
    """Only quantiles are approximate."""
    rng = random.Random(name)
    values = [DISTRIBUTIONS[name](rng) for _ in range(500)]
    sketch = Sketch.of(values)
    assert (sketch.count, sketch.minimum, sketch.maximum) == (500, min(values), max(values))
    assert sketch.sum == reduce(add, values)
    assert sketch.mean == reduce(add, values) / 500


def test_the_stated_error_is_the_one_of_the_bucket_width() -> None:
    """The constant follows from the number of buckets per doubling."""
    growth = 2 ** (1 / BUCKETS_PER_DOUBLING)
    assert pytest.approx((growth - 1) / (growth + 1)) == MAX_RELATIVE_ERROR
    assert MAX_RELATIVE_ERROR < 0.0055


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [
        ([7.0], 0.0, 7.0),
        ([7.0], 0.5, 7.0),
        ([7.0], 1.0, 7.0),
        ([1.0, 3.0], 0.0, 1.0),
        ([1.0, 3.0], 0.5, 2.0),
        ([1.0, 3.0], 0.75, 2.5),
        ([1.0, 3.0], 1.0, 3.0),
        ([-3.0, 3.0], 0.5, 0.0),
        ([0.0, 0.0, 0.0], 0.9, 0.0),
        ([5.0, 5.0, 5.0, 5.0], 0.37, 5.0),
    ],
)
def test_one_and_two_values_and_equal_values_are_exact(
    values: list[float], q: float, expected: float
) -> None:
    """Rank 0 and the last rank are the exact minimum and maximum."""
    assert Sketch.of(values).quantile(q) == expected


def test_an_empty_sketch_reads_zero_as_in_k6() -> None:
    """No samples is no exception; whether that may pass is the threshold's business."""
    empty = Sketch()
    assert (empty.quantile(0.95), empty.mean, empty.sum, empty.count) == (0.0, 0.0, 0.0, 0)


@pytest.mark.parametrize("q", [-0.01, 1.01, nan, inf])
def test_a_quantile_outside_0_to_1_is_refused(q: float) -> None:
    """A percentile given as 95 rather than 0.95 is a mistake, not a maximum."""
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        Sketch.of([1.0]).quantile(q)


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_values_that_are_not_finite_are_refused(value: float) -> None:
    """One NaN would spoil the sum for ever."""
    with pytest.raises(ValueError, match="can't be recorded"):
        Sketch.of([1.0, value])


def test_merging_leaves_the_other_untouched() -> None:
    """Neither side shares buckets with the other afterwards."""
    one, other = Sketch.of([1.0]), Sketch.of([1.0, 2.0])
    one.merge(other)
    one.add(1.0)
    assert other == Sketch.of([1.0, 2.0])
    assert one == Sketch.of([1.0, 1.0, 2.0, 1.0])


def test_merging_an_empty_sketch_changes_nothing() -> None:
    """The extremes of nothing are not extremes."""
    sketch = Sketch.of([0.25, -1.0])
    sketch.merge(Sketch())
    assert sketch == Sketch.of([0.25, -1.0])


def test_take_hands_everything_over_and_starts_empty() -> None:
    """A sealed window and the open one share nothing."""
    sketch = Sketch.of([1.0, 0.0, -2.0])
    part = sketch.take()
    assert (part.samples, part.total, part.minimum, part.maximum, part.zero) == (3, -1.0, -2.0, 1.0, 1)
    assert sketch == Sketch()
    sketch.add(4.0)
    assert part.positive == Sketch.of([1.0]).positive, "what was handed over is not touched any more"
    rebuilt = Sketch()
    rebuilt.merge_part(part)
    assert rebuilt == Sketch.of([1.0, 0.0, -2.0])


def test_a_part_of_nothing_merges_to_nothing() -> None:
    """An empty window leaves an empty sketch empty."""
    sketch = Sketch()
    sketch.merge_part(TrendPart(0, 0.0, inf, -inf, 0, {}, {}))
    assert sketch == Sketch()


def test_buckets_are_in_order_and_complete() -> None:
    """Negative, zero, positive: each bucket once, smallest first."""
    buckets = list(Sketch.of([-5.0, -1.0, 0.0, 0.0, 3.0, 400.0]).buckets())
    values = [value for value, _ in buckets]
    assert values == sorted(values)
    assert values == [pytest.approx(v, rel=TOLERANCE) for v in (-5.0, -1.0, 0.0, 3.0, 400.0)]
    assert [count for _, count in buckets] == [1, 1, 2, 1, 1]


def test_memory_grows_with_the_spread_of_values_not_with_their_number() -> None:
    """Three doublings hold at most three times the buckets of one."""
    rng = random.Random(7)
    sketch = Sketch.of(rng.uniform(0.010, 0.080) for _ in range(20_000))
    assert len(sketch.positive) <= 3 * BUCKETS_PER_DOUBLING + 1


@pytest.mark.parametrize("values", [[1e308, 1e308], [-1e308, -1e308, -1e308]])
def test_a_sum_beyond_the_largest_number_stays_finite(values: list[float]) -> None:
    """Nothing written later, a result document least of all, holds an infinity."""
    sketch = Sketch.of(values)
    merged = Sketch()
    merged.merge(sketch)
    merged.merge(sketch)
    assert abs(sketch.sum) <= 1.7976931348623157e308
    assert abs(merged.sum) <= 1.7976931348623157e308


def test_sketch_equality_and_text() -> None:
    """Equality is by content; the text names what one looks for first."""
    assert Sketch.of([1.0]) != Sketch.of([2.0])
    assert Sketch() != 0
    assert "count=1" in repr(Sketch.of([1.0]))


@pytest.mark.parametrize("values", [[], [0.0], [0.1, 2.0, 0.1], [-1.0, 0.0, 3.5], [0.0, 0.0, 1e-9]])
def test_adding_many_is_adding_each(values: list[float]) -> None:
    together = Sketch.of([0.5])
    together.add_many(values)
    assert together == Sketch.of([0.5, *values])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_adding_zeros_is_adding_each(count: int) -> None:
    together = Sketch.of([0.5])
    together.add_zeros(count)
    assert together == Sketch.of([0.5, *[0.0] * count])
