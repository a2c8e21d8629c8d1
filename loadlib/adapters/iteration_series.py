"""The accumulators that the iterations of one scenario feed, found once and then fed in batches."""

from typing import Final

from loadlib.core.store import MetricStore, make_tags

MAX_WAITING: Final = 512


class IterationSeries:
    """``iterations``, ``iteration_errors`` and ``iteration_duration`` of one scenario.

    Durations wait until `fold`, which must be called before the store's window is sealed.
    """

    __slots__ = ("_count", "_duration", "_durations_s", "_errors", "_failed")

    def __init__(self, store: MetricStore, scenario: str) -> None:
        tags = make_tags({"scenario": scenario})
        self._count = store.counter("iterations", tags)
        self._errors = store.counter("iteration_errors", tags)
        self._duration = store.trend("iteration_duration", tags)
        self._durations_s: list[float] = []
        self._failed = 0

    def record(self, duration_s: float, *, failed: bool) -> None:
        """Take one iteration."""
        self._durations_s.append(duration_s)
        if failed:
            self._failed += 1
        if len(self._durations_s) >= MAX_WAITING:
            self.fold()

    def fold(self) -> None:
        """Bring everything that waits into the accumulators."""
        durations_s, self._durations_s = self._durations_s, []
        if durations_s:
            self._duration.add_many(durations_s)
            self._count.add(len(durations_s), len(durations_s))
            self._errors.add(self._failed, len(durations_s))
            self._failed = 0
