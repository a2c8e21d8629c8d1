"""Figures as a person reads them in a table: counts, rates, percentages, times. At most seven columns each.

What can't be shown as a number is shown as ``-``: "nan" and "inf" are never printed. Measures nothing.
"""

from math import isfinite
from typing import Final

from loadlib.core.sketch import Sketch
from loadlib.core.units import format_duration

NOTHING: Final = "-"
_UNITS: Final = {"M": 1e6, "G": 1e9, "T": 1e12}


def count_text(count: float) -> str:
    """Return a count: ``999,999``, ``1.23M``, ``45.6G``."""
    if not isfinite(count):
        return NOTHING
    if abs(count) < 999_999.5:
        return f"{count:,.0f}"
    for unit, size in _UNITS.items():
        if abs(count) < 999.5 * size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.1e}"


def per_second_text(count: float, seconds: float) -> str:
    """Return a count per second: ``0.25``, ``12.5``, ``1,234``; ``-`` when no time has passed."""
    if not (isfinite(count) and isfinite(seconds)) or seconds <= 0:
        return NOTHING
    rate = count / seconds
    if rate < 9.995:
        return f"{rate:.2f}"
    return f"{rate:.1f}" if rate < 99.95 else count_text(rate)


def percent_text(ratio: float | None) -> str:
    """Return a ratio in percent; only none is ``0.0%`` and only all is ``100.0%``."""
    if ratio is None or not isfinite(ratio):
        return NOTHING
    if 0 < ratio < 0.0005:
        return "<0.1%"
    if 0.9995 <= ratio < 1:
        return "99.9%"
    return f"{ratio * 100:.1f}%"


def time_text(seconds: float | None) -> str:
    """Return a measured time: ``231ms``; ``-`` for none."""
    return NOTHING if seconds is None or not isfinite(seconds) else format_duration(seconds)


def quantile_text(times: Sketch | None, q: float) -> str:
    """Return a quantile of times; ``-`` when nothing was recorded."""
    return time_text(times.quantile(q)) if times is not None and times.count else NOTHING


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return ``1 user``, ``10 users``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
