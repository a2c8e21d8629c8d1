"""Medians, spreads and paired ratios of rounds. Pure arithmetic.

A ratio is taken within a round, between two generators that ran one after the other, and only then summed up:
what slows the machine for a while slows both sides of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """A median and the extremes, of ``count`` values."""

    median: float
    minimum: float
    maximum: float
    count: int

    def record(self) -> dict[str, float]:
        """Return it as results keep it."""
        return asdict(self)


def spread(values: Iterable[float]) -> Spread:
    """Return the spread of at least one value; raises ``ValueError`` for none."""
    kept = list(values)
    if not kept:
        raise ValueError("no values")
    return Spread(median(kept), min(kept), max(kept), len(kept))


def paired_ratio(upper: Mapping[int, float], lower: Mapping[int, float]) -> Spread | None:
    """Return the spread of ``upper / lower`` over the rounds that both have; ``None`` if there is none."""
    rounds = sorted(upper.keys() & lower.keys())
    return spread(upper[number] / lower[number] for number in rounds) if rounds else None
