"""What one series holds: merging, wire forms, and refusing what is malformed."""

from math import inf, nan

import pytest

from loadlib.core.metrics import Kind
from loadlib.core.parts import read_part
from loadlib.core.sketch import Sketch
from loadlib.core.values import (
    AnyValue,
    Counter,
    Gauge,
    Rate,
    empty_value,
    from_part,
    merge_values,
    sample_count,
    to_part,
)

VALUES: list[tuple[Kind, AnyValue]] = [
    (Kind.COUNTER, Counter(2.5, 2)),
    (Kind.GAUGE, Gauge(3.0, 1.0, 9.0, 100.5, 4)),
    (Kind.RATE, Rate(1, 3)),
    (Kind.TREND, Sketch.of([0.5, 0.0, -0.25, 7.0])),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_a_value_survives_its_wire_form(kind: Kind, value: AnyValue) -> None:
    """Both readers, the trusting and the checking one, give the value back."""
    assert from_part(kind, to_part(value)) == value
    assert read_part(kind, to_part(value)) == value


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_value_survives_its_wire_form(kind: Kind) -> None:
    """Nothing recorded reads back as nothing recorded."""
    assert read_part(kind, to_part(empty_value(kind))) == empty_value(kind)
    assert sample_count(empty_value(kind)) == 0


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_an_empty_value_is_neutral(kind: Kind, value: AnyValue) -> None:
    """Merging nothing, from either side, changes nothing."""
    left, right = from_part(kind, to_part(value)), empty_value(kind)
    merge_values(left, empty_value(kind))
    merge_values(right, value)
    assert left == right == value


def test_an_empty_trend_written_with_zeros_has_no_extremes() -> None:
    """A document has no infinities, so an empty trend says 0 to 0; that is no sample of 0."""
    trend = read_part(Kind.TREND, [0, 0.0, 0.0, 0.0, 0, {}, {}])
    merge_values(trend, Sketch.of([5.0]))
    assert trend == Sketch.of([5.0])


def test_values_of_different_kinds_do_not_merge() -> None:
    """The message names both."""
    with pytest.raises(TypeError, match="can't merge Rate into Counter"):
        merge_values(Counter(), Rate())


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_latest_gauge_wins_in_any_order(order: tuple[int, ...]) -> None:
    """At the same time the larger value wins, so that the order of arrival never matters."""
    seen = [(5.0, 10.0), (2.0, 20.0), (4.0, 20.0)]
    gauge = Gauge()
    for position in order:
        gauge.set(*seen[position])
    assert gauge == Gauge(4.0, 2.0, 5.0, 20.0, 3)


def test_a_rate_of_nothing_is_zero() -> None:
    """No division by zero where nothing was recorded."""
    assert (Rate().ratio, Rate(1, 4).ratio) == (0.0, 0.25)


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        (Kind.COUNTER, []),
        (Kind.COUNTER, [1.0]),
        (Kind.COUNTER, [1.0, 1, 1]),
        (Kind.COUNTER, ["1", 1]),
        (Kind.COUNTER, [nan, 1]),
        (Kind.COUNTER, [inf, 1]),
        (Kind.COUNTER, [10**400, 1]),
        (Kind.COUNTER, [1.0, -1]),
        (Kind.COUNTER, [1.0, 1.5]),
        (Kind.COUNTER, [True, 1]),
        (Kind.COUNTER, [1.0, True]),
        (Kind.COUNTER, [None, 1]),
        (Kind.COUNTER, [[1.0], 1]),
        (Kind.GAUGE, [1.0, 1.0, 1.0, 1]),
        (Kind.GAUGE, [1.0, 1.0, nan, 1.0, 1]),
        (Kind.GAUGE, [1.0, 1.0, 1.0, "now", 1]),
        (Kind.RATE, [2, 1]),
        (Kind.RATE, [-1, 1]),
        (Kind.RATE, [0.5, 1]),
        (Kind.TREND, [1, 0.5, 0.5, 0.5, 0, {-65: 1}]),
        (Kind.TREND, [1, 0.5, 0.5, 0.5, 0, {-65: 1}, None]),
        (Kind.TREND, [1, 0.5, 0.5, 0.5, 0, {"-65": 1}, {}]),
        (Kind.TREND, [1, 0.5, 0.5, 0.5, 0, {-65: 1.0}, {}]),
        (Kind.TREND, [1, 0.5, 0.5, 0.5, 0, {10**9: 1}, {}]),
        (Kind.TREND, [2, 0.5, 0.5, 0.5, 0, {-65: 1}, {}]),
        (Kind.TREND, [0, 0.5, 0.5, 0.5, 0, {-65: 1, -66: -1}, {}]),
        (Kind.TREND, [1, inf, 0.5, 0.5, 0, {-65: 1}, {}]),
        (Kind.TREND, [1, 0.5, inf, 0.5, 0, {-65: 1}, {}]),
        (Kind.TREND, [1, 0.5, 0.6, 0.5, 0, {-65: 1}, {}]),
    ],
)
def test_a_malformed_part_is_a_value_error(kind: Kind, part: list[object]) -> None:
    """What comes from outside this process is checked before any of it is merged."""
    with pytest.raises(ValueError, match=f"not a {kind}"):
        read_part(kind, part)
