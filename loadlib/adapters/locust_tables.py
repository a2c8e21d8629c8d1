"""Locust's own statistics of the suite's requests, booked in batches: the same tables for less.

Locust's listener books every request twice, in the row of its endpoint and in the total. Here requests are
booked together, as they come out of the recording, where they wait anyway: when a second has passed, when
many are waiting, and whenever anybody looks: whoever reads ``total``, ``entries`` or ``errors`` of Locust's
statistics finds everything booked. Other listeners of the request event hear of each request as ever. The
suite's own numbers do not come from here.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from locust import stats as locust_stats
from locust.env import Environment
from locust.stats import RequestStats, StatsEntry, StatsError

from loadlib.adapters.recording import RecordingSession
from loadlib.client.sample import HttpSample

LOCUSTS_LISTENER: Final = "Runner.__init__.<locals>.on_request"
KNOWS_OWN: Final = "loadlib_knows_own"
"""Attribute of listeners that need not hear of the suite's own requests."""
_LOCUSTS_OWN: Final = "loadlib_locusts_own"
"""Attribute of what stands in for Locust's listener: that listener."""


Listener = Callable[..., object]


class OwnContext(dict[str, Any]):
    """Marks a Locust event that the suite itself fired, so that it is not recorded a second time."""

    __slots__ = ()


def _looked_at(name: str) -> Any:
    """Return a property that books what waits before anybody sees, or replaces, an attribute."""

    def look(self: "BatchedStats") -> Any:
        self.before_look()
        return self.__dict__[name]

    def replace(self: "BatchedStats", value: Any) -> None:
        self.before_look()
        self.__dict__[name] = value

    return property(look, replace)


class LocustTables:
    """What the suite's requests mean to Locust: its tables, and listeners that others have registered.

    Without a runner nobody keeps tables, and nothing is booked.
    """

    def __init__(self, environment: Environment) -> None:
        self._listeners: list[Any] = environment.events.request._handlers
        self._seen: list[Any] = []
        self._others: tuple[Listener, ...] = ()
        self._stats: BatchedStats | None = None
        if any(_is_locusts(one) for one in self._listeners):
            self._listeners[:] = [_unless_own(one) if _is_locusts(one) else one for one in self._listeners]
            self._stats = BatchedStats.made_of(environment.stats)

    @property
    def others(self) -> tuple[Listener, ...]:
        """The listeners to the request event who must hear of the suite's own requests."""
        if self._listeners != self._seen:
            self._seen = list(self._listeners)
            self._others = tuple(one for one in self._seen if not getattr(one, KNOWS_OWN, False))
        return self._others

    def follow(self, session: RecordingSession) -> None:
        """Book what a run records from now on."""
        stats = self._stats
        if stats is not None:
            session.book = lambda endpoint, durations_s, size_bytes: stats.add(
                endpoint, durations_s, size_bytes, session.last_request_at_s
            )
            stats.before_look = session.fold

    def unfollow(self) -> None:
        """Book what waits, and follow nothing more."""
        if self._stats is not None:
            self._stats.before_look()
            self._stats.before_look = _nothing_waits

    def add_one(self, sample: HttpSample) -> None:
        """Book a request that is not recorded."""
        if self._stats is not None:
            self._stats.add(sample.endpoint, [sample.duration_s], sample.response_bytes, sample.ended_at_s)

    def add_error(self, endpoint: str, error: Exception) -> None:
        """Book a failure. The request itself is booked besides."""
        if self._stats is not None:
            self._stats.add_error(endpoint, error)

    def close(self) -> None:
        """Give Locust back its own listener of the request event."""
        self._listeners[:] = [getattr(one, _LOCUSTS_OWN, one) for one in self._listeners]


class BatchedStats(RequestStats):
    """Locust's statistics, told of requests in batches.

    Attributes:
        before_look: brings in what waits; called before anybody sees a number.
    """

    before_look: Callable[[], object]

    @classmethod
    def made_of(cls, stats: RequestStats) -> "BatchedStats":
        """Return the same object, henceforth of this class: others hold it already."""
        stats.__class__ = cls
        assert isinstance(stats, BatchedStats)  # noqa: S101 - for the type checker
        stats.before_look = _nothing_waits
        return stats

    def add(self, endpoint: str, durations_s: Sequence[float], size_bytes: int, last_s: float) -> None:
        """Book requests of one endpoint that ended in one second, the last of them at ``last_s``."""
        method, _, name = endpoint.partition(" ")
        batch = _Batch([1000 * one for one in durations_s], size_bytes, last_s)
        batch.book(self.__dict__["total"])
        batch.book(self.__dict__["entries"][name, method])

    def add_error(self, endpoint: str, error: Exception) -> None:
        """Book a failure."""
        method, _, name = endpoint.partition(" ")
        self.__dict__["total"].log_error(error)
        self.__dict__["entries"][name, method].log_error(error)
        errors: dict[str, StatsError] = self.__dict__["errors"]
        key = StatsError.create_key(method, name, error)
        errors.setdefault(key, StatsError(method, name, error)).occurred()

    total = _looked_at("total")
    entries = _looked_at("entries")
    errors = _looked_at("errors")


class _Batch:
    """Requests of one endpoint and one second."""

    def __init__(self, durations_ms: list[float], size_bytes: int, last_s: float) -> None:
        self._count = len(durations_ms)
        self._total_ms = sum(durations_ms)
        self._least_ms, self._most_ms = min(durations_ms), max(durations_ms)
        self._rounded = Counter(map(locust_stats.bucket_response_time, durations_ms))
        self._size_bytes = size_bytes
        self._second = int(last_s)
        self._last_s = last_s

    def book(self, entry: StatsEntry) -> None:
        """Add the batch to a row, as so many calls of its ``log`` would have."""
        last = entry.last_request_timestamp
        if entry.use_response_times_cache and last and self._second > int(last):
            entry._cache_response_times(self._second - 1)
        entry.num_requests += self._count
        entry.num_reqs_per_sec[self._second] += self._count
        entry.last_request_timestamp = max(last or 0.0, self._last_s)
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
    setattr(unless_own, _LOCUSTS_OWN, listener)
    return unless_own


def _nothing_waits() -> None:
    """Bring in nothing, between runs."""
