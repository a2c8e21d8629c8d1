"""Medians, spreads, and ratios that are taken within a round."""

import pytest

from benchmarks.stats import Spread, paired_ratio, spread


def test_spread_is_the_median_and_the_extremes() -> None:
    assert spread([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0, 3)


def test_spread_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        spread([])


def test_ratio_is_taken_within_each_round() -> None:
    """A machine that is four times slower in one round changes no ratio."""
    assert paired_ratio({1: 40.0, 2: 160.0}, {1: 10.0, 2: 40.0}) == Spread(4.0, 4.0, 4.0, 2)


def test_round_that_one_side_lacks_gives_no_ratio() -> None:
    assert paired_ratio({1: 6.0, 2: 8.0}, {2: 2.0, 3: 1.0}) == Spread(4.0, 4.0, 4.0, 1)
    assert paired_ratio({1: 6.0}, {2: 2.0}) is None
