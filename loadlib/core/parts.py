"""Parts that come from outside this process, checked before any of their numbers is used.

A part is the flat wire form of one value (``loadlib.core.values.to_part``). This file merges nothing.
"""

from collections.abc import Callable
from sys import float_info
from typing import Any, Final

from loadlib.core.metrics import Kind
from loadlib.core.sketch import BUCKETS_PER_DOUBLING
from loadlib.core.values import AnyValue, from_part

_MAX_COUNT: Final = 2**63
_MIN_BUCKET: Final = (float_info.min_exp - float_info.mant_dig) * BUCKETS_PER_DOUBLING - 1
_MAX_BUCKET: Final = float_info.max_exp * BUCKETS_PER_DOUBLING - 1


def read_part(kind: Kind, part: Any) -> AnyValue:
    """Return the value of a part; raises ``ValueError`` unless it is a whole and consistent one."""
    if not isinstance(part, list) or not _FITS[kind](part):
        raise ValueError(f"not a {kind}: {str(part)[:120]}")
    return from_part(kind, part)


def is_number(value: Any) -> bool:
    """Tell whether a value is a finite number; ``True`` and ``False`` are none."""
    return type(value) in (int, float) and abs(value) <= float_info.max


def is_count(value: Any) -> bool:
    """Tell whether a value is a whole number from 0."""
    return type(value) is int and 0 <= value <= _MAX_COUNT


def _fits_counter(part: list[Any]) -> bool:
    return len(part) == 2 and is_number(part[0]) and is_count(part[1])


def _fits_gauge(part: list[Any]) -> bool:
    return len(part) == 5 and all(map(is_number, part[:4])) and is_count(part[4])


def _fits_rate(part: list[Any]) -> bool:
    return len(part) == 2 and all(map(is_count, part)) and part[0] <= part[1]


def _fits_trend(part: list[Any]) -> bool:
    if len(part) != 7:
        return False
    samples, total, minimum, maximum, zero, positive, negative = part
    if not (is_count(samples) and is_number(total) and _are_buckets(positive) and _are_buckets(negative)):
        return False
    if samples and not (is_number(minimum) and is_number(maximum) and minimum <= maximum):
        return False
    counts = [zero, *positive.values(), *negative.values()]
    return all(map(is_count, counts)) and sum(counts) == samples


def _are_buckets(buckets: Any) -> bool:
    return isinstance(buckets, dict) and all(
        type(index) is int and _MIN_BUCKET <= index <= _MAX_BUCKET for index in buckets
    )


_FITS: Final[dict[Kind, Callable[[list[Any]], bool]]] = {
    Kind.COUNTER: _fits_counter,
    Kind.GAUGE: _fits_gauge,
    Kind.RATE: _fits_rate,
    Kind.TREND: _fits_trend,
}
