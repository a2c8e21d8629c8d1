"""What one series holds, per kind: counter, gauge, rate; a trend is a sketch. All of them merge.

A *part* is what one window of one series held, in plain numbers, as it travels in a delta.
"""

from dataclasses import dataclass

from loadlib.core.metrics import Kind
from loadlib.core.sketch import Sketch, TrendPart


@dataclass(slots=True)
class Counter:
    """A sum; ``samples`` counts the additions."""

    total: float = 0.0
    samples: int = 0

    def add(self, amount: float, samples: int = 1) -> None:
        """Add an amount, which may be the sum of several."""
        self.total += amount
        self.samples += samples

    def merge(self, other: "Counter") -> None:
        """Add another counter's sum."""
        self.total += other.total
        self.samples += other.samples


@dataclass(slots=True)
class Gauge:
    """The last value by time, with the smallest and largest seen."""

    value: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    at_s: float = 0.0
    samples: int = 0

    def set(self, value: float, at_s: float) -> None:
        """Record the value at a time; the later time wins, and at the same time the larger value."""
        self.merge(Gauge(value, value, value, at_s, 1))

    def merge(self, other: "Gauge") -> None:
        """Take another gauge's extremes, and its value when it is later."""
        if not other.samples:
            return
        if not self.samples:
            self.minimum, self.maximum = other.minimum, other.maximum
        if (other.at_s, other.value) > (self.at_s, self.value) or not self.samples:
            self.value, self.at_s = other.value, other.at_s
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        self.samples += other.samples


@dataclass(slots=True)
class Rate:
    """How many of how many were true."""

    passes: int = 0
    samples: int = 0

    def add(self, passed: bool) -> None:
        """Record one yes or no."""
        self.samples += 1
        if passed:
            self.passes += 1

    def add_many(self, passes: int, samples: int) -> None:
        """Record ``samples`` answers, ``passes`` of them yes."""
        self.passes += passes
        self.samples += samples

    def merge(self, other: "Rate") -> None:
        """Add another rate's counts."""
        self.passes += other.passes
        self.samples += other.samples

    @property
    def ratio(self) -> float:
        """Passes over samples; 0 when there are none."""
        return self.passes / self.samples if self.samples else 0.0


AnyValue = Counter | Gauge | Rate | Sketch


def sample_count(value: AnyValue) -> int:
    """Return how many samples a value was made of."""
    return value.count if isinstance(value, Sketch) else value.samples


def empty_value(kind: Kind) -> AnyValue:
    """Return an empty accumulator of a kind."""
    return _EMPTY[kind]()


def merge_values(into: AnyValue, other: AnyValue) -> None:
    """Merge ``other`` into ``into``; raises ``TypeError`` when they are of different kinds."""
    if type(into) is not type(other):
        raise TypeError(f"can't merge {type(other).__name__} into {type(into).__name__}")
    into.merge(other)  # type: ignore[arg-type] # the types are equal


def to_part(value: AnyValue) -> list[object]:
    """Return the wire form of a value: a flat list of numbers and, for trends, bucket dicts."""
    match value:
        case Counter():
            return [value.total, value.samples]
        case Gauge():
            return [value.value, value.minimum, value.maximum, value.at_s, value.samples]
        case Rate():
            return [value.passes, value.samples]
        case Sketch():
            return list(value.part())


def from_part(kind: Kind, part: list[object]) -> AnyValue:
    """Return the value of a part of this process's own; ``loadlib.core.parts`` reads those of others."""
    if kind is Kind.TREND:
        sketch = Sketch()
        sketch.merge_part(TrendPart(*part))  # type: ignore[arg-type] # written by to_part
        return sketch
    return _EMPTY[kind](*part)  # type: ignore[arg-type] # written by to_part


_EMPTY: dict[Kind, type[AnyValue]] = {
    Kind.COUNTER: Counter,
    Kind.GAUGE: Gauge,
    Kind.RATE: Rate,
    Kind.TREND: Sketch,
}
