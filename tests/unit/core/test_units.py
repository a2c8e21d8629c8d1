"""Durations and sizes, read and written."""

import pytest

from loadlib.core.units import format_bytes, format_duration, format_span, parse_duration_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30.0),
        ("1m30s", 90.0),
        ("250ms", 0.25),
        ("2h", 7200.0),
        ("1d", 86400.0),
        ("1h0m0.5s", 3600.5),
        ("1.5h", 5400.0),
        ("85us", 85e-6),
        ("85µs", 85e-6),
        ("85\u03bcs", 85e-6),
        ("3ns", 3e-9),
        ("0", 0.0),
        ("15", 15.0),
        (" 2s ", 2.0),
    ],
)
def test_durations_are_read_as_go_writes_them(text: str, seconds: float) -> None:
    """Units add up; spaces around are fine."""
    assert parse_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "s", "1m30", "-1s", "1 m", "1m 30s", "1e3s", "1s!", "one", "1.s", "inf", "nan"]
)
def test_what_is_no_duration_is_refused_with_what_is_allowed(text: str) -> None:
    """The message shows how to write one."""
    with pytest.raises(ValueError, match="write it like 30s, 1m30s, 250ms or 2h"):
        parse_duration_s(text)


def test_a_bare_number_takes_the_callers_unit() -> None:
    """k6 means milliseconds, the command line seconds."""
    assert parse_duration_s("500", bare_unit="ms") == 0.5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0ms"),
        (85e-6, "85µs"),
        (0.9994e-3, "999µs"),
        (0.9996e-3, "1ms"),
        (1e-3, "1ms"),
        (0.2314, "231ms"),
        (0.9994, "999ms"),
        (0.9996, "1s"),
        (1.2449, "1.24s"),
        (99.94, "99.9s"),
        (99.96, "1m40s"),
        (3599.7, "1h00m"),
        (-0.25, "-250ms"),
    ],
)
def test_measured_times_have_three_digits_and_a_unit(seconds: float, text: str) -> None:
    """Rounding never gives a thousand of the smaller unit."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.4, "59s"), (59.6, "1m00s"), (90, "1m30s"), (7500, "2h05m")]
)
def test_spans_are_whole_seconds(seconds: float, text: str) -> None:
    """Elapsed and planned times need no fractions."""
    assert format_span(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.6, "1 kB"),
        (12_000, "12 kB"),
        (3_400_000, "3.4 MB"),
        (5e9, "5 GB"),
        (7.5e12, "7.5 TB"),
        (-2000, "-2 kB"),
    ],
)
def test_sizes_are_decimal_as_in_k6(size: float, text: str) -> None:
    """A kilobyte is a thousand bytes."""
    assert format_bytes(size) == text
