"""Figures in tables: short, honest at the ends, never nan."""

from math import inf, nan

import pytest

from loadlib.core.sketch import Sketch
from loadlib.reports.figures import (
    count_text,
    per_second_text,
    percent_text,
    plural,
    quantile_text,
    time_text,
)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0"),
        (1234, "1,234"),
        (999_999, "999,999"),
        (1_000_000, "1M"),
        (1_234_567, "1.23M"),
        (999_600_000, "1G"),
        (45_600_000_000, "45.6G"),
        (7e12, "7T"),
        (1e20, "1.0e+20"),
        (nan, "-"),
        (inf, "-"),
    ],
)
def test_counts_take_seven_columns_at_most(count: float, text: str) -> None:
    """Exact while that is readable."""
    assert count_text(count) == text
    assert len(text) <= 7


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0.0, "0.0%"),
        (0.00001, "<0.1%"),
        (0.0005, "0.1%"),
        (0.0123, "1.2%"),
        (0.9994, "99.9%"),
        (0.99999, "99.9%"),
        (1.0, "100.0%"),
        (1.25, "125.0%"),
        (None, "-"),
        (nan, "-"),
    ],
)
def test_rounding_never_turns_a_few_into_none_or_most_into_all(ratio: float | None, text: str) -> None:
    """One failure in a million is not 0.0 %."""
    assert percent_text(ratio) == text


@pytest.mark.parametrize(
    ("count", "seconds", "text"),
    [
        (15, 60, "0.25"),
        (599, 60, "9.98"),
        (600, 60, "10.0"),
        (750, 60, "12.5"),
        (74_040, 60, "1,234"),
        (5, 0, "-"),
    ],
)
def test_rates_have_three_digits(count: float, seconds: float, text: str) -> None:
    """No time passed is no rate."""
    assert per_second_text(count, seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.231, "231ms"), (None, "-"), (nan, "-"), (inf, "-"), (-inf, "-")]
)
def test_a_time_that_is_none_is_a_dash(seconds: float | None, text: str) -> None:
    """Infinity is what an empty sketch has as its minimum."""
    assert time_text(seconds) == text


def test_a_quantile_of_nothing_is_a_dash() -> None:
    """Not 0ms, which would read as very fast."""
    assert quantile_text(Sketch(), 0.95) == quantile_text(None, 0.95) == "-"
    assert quantile_text(Sketch.of([0.5]), 0.95) == "500ms"


def test_plurals() -> None:
    """One is singular; irregular ones are given."""
    assert [plural(n, "user") for n in (0, 1, 2000)] == ["0 users", "1 user", "2,000 users"]
    assert plural(2, "process", "processes") == "2 processes"
