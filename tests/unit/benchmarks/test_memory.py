"""Memory is compared by its slope, which leaves out what a generator needs at all."""

import pytest

from benchmarks.memory_bench import Footprint, memory_table


def test_slope_is_between_the_fewest_and_the_most_users() -> None:
    one = Footprint("loadlib", {100: 82_000_000, 1000: 100_000_000, 5000: 180_000_000})
    assert one.bytes_per_user == 20_000


def test_one_number_of_users_has_no_slope() -> None:
    with pytest.raises(ValueError, match="two numbers"):
        _ = Footprint("loadlib", {100: 1}).bytes_per_user


def test_table_compares_slopes_with_the_suites_own() -> None:
    own = Footprint("loadlib", {100: 80_000_000, 1000: 98_000_000})
    rival = Footprint("httpuser", {100: 50_000_000, 1000: 86_000_000})
    lines = memory_table([own, rival]).splitlines()
    assert lines[1].split() == [
        "generator",
        "100",
        "users",
        "1,000",
        "users",
        "per",
        "user",
        "over",
        "loadlib",
    ]
    assert lines[2].split()[-7:] == ["80", "MB", "98", "MB", "20.0", "kB", "1.00"]
    assert lines[3].split()[-7:] == ["50", "MB", "86", "MB", "40.0", "kB", "2.00"]
