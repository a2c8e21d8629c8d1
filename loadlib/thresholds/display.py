"""Words for people: measured values and bounds with their units. Judges nothing."""

import sys
from math import inf
from typing import Final

from loadlib.core.metrics import Contains
from loadlib.core.verdict import Verdict
from loadlib.thresholds.expressions import parse_expression

_TIME_STEPS: Final = ((1e-15, "ms", 1e-3), (1e-3, "µs", 1e-6), (1.0, "ms", 1e-3), (inf, "s", 1.0))
_DATA_STEPS: Final = ((1e3, "B", 1.0), (1e6, "kB", 1e3), (1e9, "MB", 1e6), (inf, "GB", 1e9))
_DIGITS: Final = (3, 5, 8, 12, 17)
_EXACT: Final = 12
_READABLE: Final = 1e15


def value_text(verdict: Verdict) -> str:
    """Return what was measured: ``p(95)=231ms``, ``rate=0.42%``, ``rate=85.2/s``, ``avg=no data``.

    Three digits, or as many as it takes to tell the value from the bound it is compared with.
    """
    if verdict.value is None:
        return f"{verdict.aggregation}=no data"
    return f"{verdict.aggregation}={_measured(verdict.value, verdict)}"


def bound_text(verdict: Verdict) -> str:
    """Return what is allowed, unrounded: ``<500ms``, ``<1%``, ``>=100/s``."""
    operator = parse_expression(verdict.expression).operator
    return f"{operator}{_with_unit(verdict.bound, verdict, _EXACT)}"


def number_text(value: float, contains: str, digits: int = 3) -> str:
    """Return a number of a metric with its unit and at least so many significant digits."""
    if abs(value) == sys.float_info.max:
        return "Inf" if value > 0 else "-Inf"
    match contains:
        case Contains.TIME:
            return _stepped(value, digits, _TIME_STEPS)
        case Contains.DATA:
            return _stepped(value, digits, _DATA_STEPS)
        case Contains.RATIO:
            return f"{_plain(value * 100, digits)}%"
        case _:
            return _plain(value, digits)


def _measured(value: float, verdict: Verdict) -> str:
    """Return the value with the fewest digits that leave it on its side of the bound."""
    digits = next((one for one in _DIGITS if _keeps_side(value, verdict.bound, one)), _DIGITS[-1])
    return _with_unit(value, verdict, digits)


def _keeps_side(value: float, bound: float, digits: int) -> bool:
    rounded = float(f"{value:.{digits}g}")
    return (rounded < bound, rounded > bound) == (value < bound, value > bound)


def _with_unit(value: float, verdict: Verdict, digits: int) -> str:
    per_second = verdict.aggregation == "rate" and verdict.contains != Contains.RATIO
    return number_text(value, verdict.contains, digits) + ("/s" if per_second else "")


def _stepped(value: float, digits: int, steps: tuple[tuple[float, str, float], ...]) -> str:
    """Return the value in the first unit of which it is less than a thousand."""
    rounded = abs(float(f"{value:.{digits}g}"))
    _, unit, scale = next(step for step in steps if rounded < step[0])
    return f"{_plain(value / scale, digits)}{unit}"


def _plain(value: float, digits: int) -> str:
    """Return a number whose whole part is never rounded, without an exponent while it is readable without."""
    whole = len(f"{abs(value):.0f}") if abs(value) < _READABLE else 0
    return f"{value:.{max(digits, whole)}g}"
