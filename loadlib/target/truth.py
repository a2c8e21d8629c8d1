"""The server's own account of every request: counts, statuses and exact percentiles per route template.

Times are measured by ``middleware``; comparing them with a client's numbers is the tests' work.
"""

import random
from array import array
from collections import Counter
from typing import Any, Final

RAW_VALUES_LIMIT: Final = 200_000
"""Raw values kept per route; beyond it a uniform sample of that size, and ``exact`` turns false."""

ROUTES_LIMIT: Final = 500
"""Distinct "service METHOD template" keys; later ones are counted under ``OVERFLOW_ROUTE``."""

OVERFLOW_ROUTE: Final = "(other routes)"


class Values:
    """Raw seconds with exact nearest-rank percentiles, bounded by ``RAW_VALUES_LIMIT``."""

    __slots__ = ("_raw", "_rng", "count", "maximum_s", "total_s")

    def __init__(self) -> None:
        self._raw = array("d")
        self._rng = random.Random(0)  # noqa: S311 - sampling, not security
        self.count = 0
        self.total_s = 0.0
        self.maximum_s = 0.0

    def add(self, value_s: float) -> None:
        """Add one value in seconds."""
        self.count += 1
        self.total_s += value_s
        self.maximum_s = max(self.maximum_s, value_s)
        if len(self._raw) < RAW_VALUES_LIMIT:
            self._raw.append(value_s)
            return
        place = self._rng.randrange(self.count)
        if place < RAW_VALUES_LIMIT:
            self._raw[place] = value_s

    def summary_ms(self) -> dict[str, Any]:
        """Return percentiles (nearest rank), mean and maximum in milliseconds; nulls when empty."""
        ordered = sorted(self._raw)
        quantiles = {"p50_ms": 0.5, "p90_ms": 0.9, "p95_ms": 0.95, "p99_ms": 0.99}
        summary: dict[str, Any] = {name: _nearest_rank_ms(ordered, q) for name, q in quantiles.items()}
        summary["mean_ms"] = self.total_s / self.count * 1000.0 if self.count else None
        summary["max_ms"] = self.maximum_s * 1000.0 if self.count else None
        summary["exact"] = self.count <= RAW_VALUES_LIMIT
        return summary


def _nearest_rank_ms(ordered: list[float], quantile: float) -> float | None:
    if not ordered:
        return None
    rank = max(1, -(-int(quantile * 10_000) * len(ordered) // 10_000))
    return ordered[rank - 1] * 1000.0


class RouteTruth:
    """One route's account."""

    __slots__ = ("duration", "incomplete", "statuses", "ttfb")

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.incomplete = 0
        self.duration = Values()
        self.ttfb = Values()

    def describe(self) -> dict[str, Any]:
        """Return the account as JSON values."""
        return {
            "count": self.duration.count,
            "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
            "incomplete": self.incomplete,
            "duration": self.duration.summary_ms(),
            "ttfb": self.ttfb.summary_ms(),
        }


class Truth:
    """The accounts of all routes, keyed "service METHOD template"."""

    def __init__(self) -> None:
        self._routes: dict[str, RouteTruth] = {}

    def record(
        self, key: str, status: int, duration_s: float, ttfb_s: float | None, *, complete: bool
    ) -> None:
        """Record one request; ``status`` 0 means that no response was started."""
        route = self._routes.get(key)
        if route is None:
            key = key if len(self._routes) < ROUTES_LIMIT else OVERFLOW_ROUTE
            route = self._routes.setdefault(key, RouteTruth())
        route.statuses[status] += 1
        route.incomplete += not complete
        route.duration.add(duration_s)
        if ttfb_s is not None:
            route.ttfb.add(ttfb_s)

    def describe(self) -> dict[str, Any]:
        """Return every account, with the limit that bounds the raw values."""
        return {
            "raw_values_limit": RAW_VALUES_LIMIT,
            "routes": {key: route.describe() for key, route in sorted(self._routes.items())},
        }

    def reset(self) -> None:
        """Forget everything recorded so far."""
        self._routes.clear()
