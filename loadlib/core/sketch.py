"""The trend sketch: a mergeable histogram of base-2 logarithmic buckets at scale 6.

Bucket ``i`` holds values in ``(2**(i/64), 2**((i+1)/64)]``; a value read back from it is at most 0.5416 % off
(``(g-1)/(g+1)`` with ``g = 2**(1/64)``), whatever the distribution and magnitude, subnormal numbers excepted.
Count, min and max are exact; sums are added as integers in units of the smallest number there is, so merging
loses nothing and is associative and order-free. The buckets are those of an OpenTelemetry
exponential histogram of scale 6 and of a Prometheus native histogram of schema 6. One record costs about a
quarter of a microsecond; memory is bounded by the number of distinct buckets, not of values.

This file does not know metrics, tags or units.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, copysign, floor, inf, isfinite, log2
from sys import float_info
from typing import Final, NamedTuple

BUCKETS_PER_DOUBLING: Final = 64
_GROWTH: Final[float] = 2 ** (1 / BUCKETS_PER_DOUBLING)
MAX_RELATIVE_ERROR: Final = (_GROWTH - 1) / (_GROWTH + 1)
_MIDDLE: Final = 2 * _GROWTH / (_GROWTH + 1)
"""A bucket's lower bound times this is the value that is equally far, relatively, from both bounds."""
_FRACTION_BITS: Final = 1074
"""Every finite float is a whole multiple of ``2**-1074``."""
_SUM_SCALE: Final = 1 << _FRACTION_BITS


class TrendPart(NamedTuple):
    """What one window of one trend held: the wire form, plain numbers and dicts only."""

    samples: int
    total: float
    minimum: float
    maximum: float
    zero: int
    positive: dict[int, int]
    negative: dict[int, int]


class Sketch:
    """A distribution of numbers, in any unit, from which quantiles within 0.55 % can be read."""

    __slots__ = ("_exact", "_total", "count", "maximum", "minimum", "negative", "positive", "zero")

    def __init__(self) -> None:
        self.count = 0
        self.minimum = inf
        self.maximum = -inf
        self.zero = 0
        self.positive: dict[int, int] = {}
        self.negative: dict[int, int] = {}
        self._total = 0.0
        self._exact = 0

    @classmethod
    def of(cls, values: Iterable[float]) -> "Sketch":
        """Return a sketch of finite numbers; raises ``ValueError`` for NaN and infinities."""
        sketch = cls()
        for value in values:
            if not isfinite(value):
                raise ValueError(f"{value} can't be recorded")
            sketch.add(value)
        return sketch

    def add(self, value: float) -> None:
        """Record one finite value. The caller guarantees that it is finite."""
        self.count += 1
        self._total += value
        if value < self.minimum:  # noqa: PLR1730 - min() costs three times as much here
            self.minimum = value
        if value > self.maximum:  # noqa: PLR1730 - as above
            self.maximum = value
        if value > 0.0:
            index = ceil(log2(value) * BUCKETS_PER_DOUBLING) - 1
            self.positive[index] = self.positive.get(index, 0) + 1
        elif value == 0.0:
            self.zero += 1
        else:
            index = ceil(log2(-value) * BUCKETS_PER_DOUBLING) - 1
            self.negative[index] = self.negative.get(index, 0) + 1

    def add_many(self, values: Sequence[float]) -> None:
        """Record finite values, none or more of them: the same as `add` for each, for less."""
        if not values:
            return
        self.count += len(values)
        self._total = sum(values, self._total)
        self.minimum = min(self.minimum, *values)
        self.maximum = max(self.maximum, *values)
        if min(values) <= 0.0:
            self._add_signed(values)
        else:
            _count_buckets(self.positive, values)

    def add_zeros(self, count: int) -> None:
        """Record the value 0 ``count`` times."""
        if count:
            self.count += count
            self.zero += count
            self.minimum = min(self.minimum, 0.0)
            self.maximum = max(self.maximum, 0.0)

    @property
    def sum(self) -> float:
        """The sum of all values; the largest finite number when it lies beyond that."""
        if not self._exact:
            return _finite(self._total)
        exact = self._exact_sum()
        try:
            return exact / _SUM_SCALE
        except OverflowError:
            return float_info.max if exact > 0 else -float_info.max

    @property
    def mean(self) -> float:
        """The arithmetic mean; 0 for an empty sketch, as in k6."""
        return self.sum / self.count if self.count else 0.0

    def merge(self, other: "Sketch") -> None:
        """Add another sketch's values to this one."""
        self._exact += other._exact_sum()
        self._absorb(other.count, other.minimum, other.maximum, other.zero)
        _add_buckets(self.positive, other.positive)
        _add_buckets(self.negative, other.negative)

    def merge_part(self, part: TrendPart) -> None:
        """Add one window's values to this sketch; one without samples changes nothing."""
        if not part.samples:
            return
        if self.count:
            self._exact += _in_smallest_units(part.total)
        else:
            self._total = part.total
        self._absorb(part.samples, part.minimum, part.maximum, part.zero)
        _add_buckets(self.positive, part.positive)
        _add_buckets(self.negative, part.negative)

    def take(self) -> TrendPart:
        """Hand over everything recorded so far and start empty; constant time, for the recording side."""
        part = self.part()
        Sketch.__init__(self)
        return part

    def part(self) -> TrendPart:
        """Return this sketch's wire form; the bucket dicts are shared, not copied."""
        return TrendPart(
            self.count, self.sum, self.minimum, self.maximum, self.zero, self.positive, self.negative
        )

    def quantile(self, q: float) -> float:
        """Return the value at quantile ``q`` in 0..1, interpolated between order statistics as k6 does.

        ``i = q * (n - 1)``, then linear between the values of rank ``floor(i)`` and ``ceil(i)`` (type 7 of
        Hyndman and Fan). 0 for an empty sketch, as in k6. Raises ``ValueError`` outside 0..1.
        """
        if not 0.0 <= q <= 1.0:
            raise ValueError(f"quantile {q} is outside 0..1")
        if self.count == 0:
            return 0.0
        position = q * (self.count - 1)
        low, high = self._values_at(floor(position), ceil(position))
        return low + (high - low) * (position - floor(position))

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Yield (representative value, count) of each occupied bucket, smallest value first."""
        for index in sorted(self.negative, reverse=True):
            yield -_representative(index), self.negative[index]
        if self.zero:
            yield 0.0, self.zero
        for index in sorted(self.positive):
            yield _representative(index), self.positive[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self._state() == other._state()

    __hash__ = None  # type: ignore[assignment] # mutable, hence no key

    def __repr__(self) -> str:
        return f"Sketch(count={self.count}, min={self.minimum}, max={self.maximum}, sum={self.sum})"

    def _values_at(self, low_rank: int, high_rank: int) -> tuple[float, float]:
        last = self.count - 1
        low = self.minimum if low_rank == 0 else self.maximum if low_rank == last else None
        high = self.maximum if high_rank == last else self.minimum if high_rank == 0 else None
        seen = 0
        for value, count in self.buckets():
            seen += count
            if low is None and seen > low_rank:
                low = self._clamped(value)
            if high is None and seen > high_rank:
                high = self._clamped(value)
            if low is not None and high is not None:
                return low, high
        raise AssertionError("bucket counts and count disagree")

    def _clamped(self, value: float) -> float:
        return min(max(value, self.minimum), self.maximum)

    def _add_signed(self, values: Sequence[float]) -> None:
        _count_buckets(self.positive, [value for value in values if value > 0.0])
        _count_buckets(self.negative, [-value for value in values if value < 0.0])
        self.zero += sum(value == 0.0 for value in values)

    def _absorb(self, count: int, minimum: float, maximum: float, zero: int) -> None:
        self.count += count
        self.zero += zero
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)

    def _exact_sum(self) -> int:
        return self._exact + _in_smallest_units(self._total)

    def _state(self) -> tuple[object, ...]:
        exact = self._exact_sum()
        return (self.count, exact, self.minimum, self.maximum, self.zero, self.positive, self.negative)


def _representative(index: int) -> float:
    low: float = 2.0 ** (index / BUCKETS_PER_DOUBLING)
    return low * _MIDDLE


def _finite(number: float) -> float:
    return number if isfinite(number) else copysign(float_info.max, number)


def _in_smallest_units(number: float) -> int:
    numerator, denominator = _finite(number).as_integer_ratio()
    return numerator << (_FRACTION_BITS + 1 - denominator.bit_length())


def _count_buckets(into: dict[int, int], magnitudes: Iterable[float]) -> None:
    get = into.get
    for exponent in map(log2, magnitudes):
        index = ceil(exponent * BUCKETS_PER_DOUBLING) - 1
        into[index] = get(index, 0) + 1


def _add_buckets(into: dict[int, int], buckets: dict[int, int]) -> None:
    if not into:
        into.update(buckets)
        return
    for index, count in buckets.items():
        into[index] = into.get(index, 0) + count
