"""The accumulators that the iterations of one scenario feed, found once."""

from loadlib.core.store import MetricStore, make_tags


class IterationSeries:
    """``iterations``, ``iteration_errors`` and ``iteration_duration`` of one scenario."""

    __slots__ = ("_count", "_duration", "_errors")

    def __init__(self, store: MetricStore, scenario: str) -> None:
        tags = make_tags({"scenario": scenario})
        self._count = store.counter("iterations", tags)
        self._errors = store.counter("iteration_errors", tags)
        self._duration = store.trend("iteration_duration", tags)

    def record(self, duration_s: float, *, failed: bool) -> None:
        """Take one iteration."""
        self._count.add(1)
        self._errors.add(int(failed))
        self._duration.add(duration_s)
