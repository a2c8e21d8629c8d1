"""One run as one process records it: samples into the store, failures into groups, both out as deltas.

Requests go on to whoever keeps other books of them, in batches of one endpoint and one second.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Final

from loadlib.adapters.clock import RunClock
from loadlib.adapters.http_series import Book, HttpSeries
from loadlib.adapters.iteration_series import IterationSeries
from loadlib.adapters.masking import without_credentials_in
from loadlib.client.sample import HttpSample
from loadlib.core.delta import Delta
from loadlib.core.failures import FailureLog
from loadlib.core.metrics import Kind, MetricDef
from loadlib.core.sketch import Sketch
from loadlib.core.store import MetricStore, Tags, make_tags
from loadlib.core.values import Rate

INTERRUPTED: Final = "interrupted"
KILLED: Final = "GreenletExit"
"""How the client names a request whose user was killed: the run's end, which is nobody's failure."""


class RecordingSession:
    """The recording side of one run in one process. Times are epoch seconds."""

    def __init__(
        self,
        run_id: str,
        process: str,
        metrics: Mapping[str, MetricDef],
        *,
        started_at_s: float,
        max_tagsets: int,
        clock: RunClock | None = None,
    ) -> None:
        self.run_id = run_id
        self.process = process
        self.clock = clock or RunClock()
        self.store = MetricStore(
            metrics, started_at_s=started_at_s, max_tagsets=max_tagsets, before_seal=self.fold
        )
        self.book: Book = _keep_no_books
        self.last_request_at_s = started_at_s
        self._metrics = metrics
        self._failures = FailureLog()
        self._notes: list[tuple[str, str]] = []
        self._sequence = 0
        self._folded = 0
        self._max_kept = 2 * max_tagsets
        self._now_s = self.clock.now_s
        self._at_s = started_at_s
        self._http: dict[tuple[object, ...], HttpSeries] = {}
        self._iterations: dict[str, IterationSeries] = {}
        self._checks: dict[tuple[str, Tags], Rate] = {}
        self._adders: dict[tuple[str, Tags], Callable[[float], object]] = {}

    def http(self, sample: HttpSample) -> bool:
        """Record one request; false when it was cut off by the end of the run and counts apart."""
        at_s = self._now_s()
        if at_s >= self.store.window_end_s:
            self.store.advance(at_s)
        self.last_request_at_s = at_s
        if sample.error_kind == INTERRUPTED and sample.error.startswith(KILLED):
            self.store.counter(
                "http_reqs_interrupted", make_tags({**dict(sample.tags), "endpoint": sample.endpoint})
            ).add(1)
            return False
        key = (
            sample.endpoint,
            sample.name,
            sample.service,
            sample.status,
            sample.expected,
            sample.error_kind,
            sample.tags,
            sample.streamed,
        )
        series = self._http.get(key)
        if series is None:
            if len(self._http) >= self._max_kept:
                self.fold()
                self._http.clear()
            series = self._http[key] = HttpSeries(self.store, sample, self._book)
        series.record(sample)
        if sample.error_kind:
            self.fail(sample.endpoint, sample.error_kind, sample.error, at_s)
        return True

    def iteration(self, scenario: str, duration_s: float, *, failed: bool) -> None:
        """Record one iteration, of a scenario or, when it is empty, of none."""
        at_s = self._now_s()
        if at_s >= self.store.window_end_s:
            self.store.advance(at_s)
        series = self._iterations.get(scenario)
        if series is None:
            series = self._iterations[scenario] = IterationSeries(self.store, scenario)
        series.record(duration_s, failed=failed)

    def check(self, name: str, passed: bool, tags: Tags) -> None:
        """Record the outcome of one check."""
        at_s = self._now_s()
        if at_s >= self.store.window_end_s:
            self.store.advance(at_s)
        rate = self._checks.get((name, tags))
        if rate is None:
            rate = self.store.rate("checks", make_tags({**dict(tags), "check": name}))
            if len(self._checks) < self._max_kept:
                self._checks[name, tags] = rate
        rate.add(passed)

    def add(self, name: str, value: float, tags: Tags, at_s: float) -> None:
        """Record one value of any metric; a tag without a value is left out, their order means nothing.

        Raises ``KeyError`` for a metric that nobody defined, ``ValueError`` for NaN and infinities.
        """
        if not isfinite(value):
            raise ValueError(f"{name}: {value} can't be recorded")
        self._at_s = at_s
        if at_s >= self.store.window_end_s:
            self.store.advance(at_s)
        add = self._adders.get((name, tags))
        if add is None:
            add = self._adder(name, make_tags(dict(tags)))
            if len(self._adders) < self._max_kept:
                self._adders[name, tags] = add
        add(value)

    def add_all(self, name: str, values: Sketch, tags: Tags, at_s: float) -> None:
        """Record many values of a trend at once.

        Raises ``KeyError`` for a metric that nobody defined, ``TypeError`` for one that is no trend.
        """
        self.store.advance(at_s)
        self.store.trend(name, tags).merge(values)

    def fail(self, endpoint: str, kind: str, message: str, at_s: float) -> None:
        """Record one failure for the list that people read."""
        self._failures.add(endpoint, kind, without_credentials_in(message), at_s)

    def note(self, kind: str, detail: str) -> None:
        """Tell the deciding node something that bears on how the run ends."""
        self._notes.append((kind, without_credentials_in(detail)))

    def fold(self) -> None:
        """Bring everything that waits into the store, and into the other books."""
        for series in self._http.values():
            series.fold()
        for iterations in self._iterations.values():
            iterations.fold()

    def _book(self, endpoint: str, durations_s: Sequence[float], size_bytes: int) -> None:
        self.book(endpoint, durations_s, size_bytes)

    def _adder(self, name: str, tags: Tags) -> Callable[[float], object]:
        """Return what records one value of a metric and tag set."""
        match self._metrics[name].kind:
            case Kind.TREND:
                return self.store.trend(name, tags).add
            case Kind.COUNTER:
                return self.store.counter(name, tags).add
            case Kind.RATE:
                rate = self.store.rate(name, tags)
                return lambda value: rate.add(bool(value))
            case Kind.GAUGE:
                gauge = self.store.gauge(name, tags)
                return lambda value: gauge.set(value, self._at_s)

    def delta(self, at_s: float, *, final: bool = False) -> Delta | None:
        """Return what was recorded since the last delta; ``None`` for nothing, unless it is the final."""
        windows = tuple(self.store.drain(at_s=at_s, everything=final))
        notes, self._notes = tuple(self._notes), []
        failures = self._failures.take()
        if not (windows or notes or failures or final):
            return None
        self._sequence += 1
        folded, self._folded = self.store.folded - self._folded, self.store.folded
        return Delta(
            self.run_id, self.process, self._sequence, windows, failures, notes, folded=folded, final=final
        )


def _keep_no_books(endpoint: str, durations_s: Sequence[float], size_bytes: int) -> None:
    """Take requests nobody keeps other books of."""
