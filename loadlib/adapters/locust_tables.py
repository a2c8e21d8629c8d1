"""Locust's own statistics of the suite's requests, booked in batches: the same tables for less.

Locust's listener books every request twice, in the row of its endpoint and in the total. Here requests wait
as plain numbers and are booked together when a second has passed, when many are waiting, and whenever anybody
looks: whoever reads ``total``, ``entries`` or ``errors`` of Locust's statistics finds everything booked.
Other listeners of the request event hear of each request as ever. The suite's own numbers do not come from
here.
"""

from collections import Counter
from typing import Any, Final

from locust import stats as locust_stats
from locust.env import Environment
from locust.stats import RequestStats, StatsEntry, StatsError

MAX_WAITING: Final = 512
LOCUSTS_LISTENER: Final = "Runner.__init__.<locals>.on_request"
KNOWS_OWN: Final = "loadlib_knows_own"
"""Attribute of listeners that need not hear of the suite's own requests."""


class OwnContext(dict[str, Any]):
    """Marks a Locust event that the suite itself fired, so that it is not recorded a second time."""


def _looked_at(name: str) -> Any:
    """Return a property that books what waits before anybody sees, or replaces, an attribute."""

    def look(self: "BatchedStats") -> Any:
        self.book()
        return self.__dict__[name]

    def replace(self: "BatchedStats", value: Any) -> None:
        self.book()
        self.__dict__[name] = value

    return property(look, replace)


class LocustTables:
    """What the suite's requests mean to Locust: its tables, and listeners that others have registered.

    Attributes:
        stats: takes the suite's requests; ``None`` without a runner, where nobody keeps tables.
    """

    def __init__(self, environment: Environment) -> None:
        self._listeners: list[Any] = environment.events.request._handlers
        self._counted = -1
        self._heard = True
        self.stats: BatchedStats | None = None
        if any(_is_locusts(one) for one in self._listeners):
            self._listeners[:] = [_unless_own(one) if _is_locusts(one) else one for one in self._listeners]
            self.stats = BatchedStats.made_of(environment.stats)

    @property
    def heard(self) -> bool:
        """Whether anybody listens to the request event who must hear of the suite's own requests."""
        if len(self._listeners) != self._counted:
            self._counted = len(self._listeners)
            self._heard = any(not getattr(one, KNOWS_OWN, False) for one in self._listeners)
        return self._heard


class BatchedStats(RequestStats):
    """Locust's statistics with a waiting room."""

    _waiting: dict[str, list[float]]
    _count: int
    _until_s: float
    _last_s: float

    @classmethod
    def made_of(cls, stats: RequestStats) -> "BatchedStats":
        """Return the same object, henceforth of this class: others hold it already."""
        stats.__class__ = cls
        assert isinstance(stats, BatchedStats)  # noqa: S101 - for the type checker
        stats._waiting = {}
        stats._count = 0
        stats._until_s = stats._last_s = 0.0
        return stats

    def take(self, endpoint: str, duration_ms: float, size_bytes: int, at_s: float) -> None:
        """Let a request wait. Endpoints begin with their method; ``at_s`` is the end in epoch seconds."""
        if at_s >= self._until_s or self._count >= MAX_WAITING:
            self.book()
            self._until_s = int(at_s) + 1.0
        row = self._waiting.get(endpoint)
        if row is None:
            row = self._waiting[endpoint] = []
        row += (duration_ms, size_bytes)
        self._count += 1
        self._last_s = at_s

    def take_error(self, endpoint: str, error: Exception) -> None:
        """Book a failure, at once."""
        method, _, name = endpoint.partition(" ")
        self.__dict__["total"].log_error(error)
        self.__dict__["entries"][name, method].log_error(error)
        errors: dict[str, StatsError] = self.__dict__["errors"]
        key = StatsError.create_key(method, name, error)
        errors.setdefault(key, StatsError(method, name, error)).occurred()

    def book(self) -> None:
        """Bring all that waits into the tables."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        self._count = 0
        second = int(self._until_s) - 1
        for endpoint, row in waiting.items():
            method, _, name = endpoint.partition(" ")
            batch = _Batch(row[::2], int(sum(row[1::2])), second, self._last_s)
            batch.book(self.__dict__["total"])
            batch.book(self.__dict__["entries"][name, method])

    total = _looked_at("total")
    entries = _looked_at("entries")
    errors = _looked_at("errors")


class _Batch:
    """Requests of one endpoint and one second."""

    def __init__(self, durations_ms: list[float], size_bytes: int, second: int, last_s: float) -> None:
        self._count = len(durations_ms)
        self._total_ms = sum(durations_ms)
        self._least_ms, self._most_ms = min(durations_ms), max(durations_ms)
        self._rounded = Counter(map(locust_stats.bucket_response_time, durations_ms))
        self._size_bytes = size_bytes
        self._second = second
        self._last_s = last_s

    def book(self, entry: StatsEntry) -> None:
        """Add the batch to a row, as so many calls of its ``log`` would have."""
        last = entry.last_request_timestamp
        if entry.use_response_times_cache and last and self._second > int(last):
            entry._cache_response_times(self._second - 1)
        entry.num_requests += self._count
        entry.num_reqs_per_sec[self._second] += self._count
        entry.last_request_timestamp = self._last_s
        entry.total_response_time += self._total_ms  # type: ignore[assignment] # Locust's are floats, too
        least = entry.min_response_time
        entry.min_response_time = self._least_ms if least is None else min(least, self._least_ms)  # type: ignore[assignment]
        entry.max_response_time = max(entry.max_response_time, self._most_ms)  # type: ignore[assignment]
        entry.total_content_length += self._size_bytes
        for value, count in self._rounded.items():
            entry.response_times[value] += count


def _is_locusts(listener: object) -> bool:
    return getattr(listener, "__qualname__", "") == LOCUSTS_LISTENER


def _unless_own(listener: Any) -> Any:
    def unless_own(*, context: object = None, **event: Any) -> None:
        if not isinstance(context, OwnContext):
            listener(context=context, **event)

    setattr(unless_own, KNOWS_OWN, True)
    return unless_own
