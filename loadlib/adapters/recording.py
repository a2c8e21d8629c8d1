"""One run as one process records it: samples into the store, failures into groups, both out as deltas."""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from loadlib.adapters.clock import RunClock
from loadlib.adapters.http_series import HttpSeries
from loadlib.adapters.masking import without_credentials_in
from loadlib.client.sample import HttpSample
from loadlib.core.delta import Delta
from loadlib.core.failures import FailureLog
from loadlib.core.metrics import Kind, MetricDef
from loadlib.core.sketch import Sketch
from loadlib.core.store import MetricStore, Tags, make_tags

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
        self.store = MetricStore(metrics, started_at_s=started_at_s, max_tagsets=max_tagsets)
        self._metrics = metrics
        self._failures = FailureLog()
        self._notes: list[tuple[str, str]] = []
        self._sequence = 0
        self._folded = 0
        self._max_kept = 2 * max_tagsets
        self._http: dict[tuple[object, ...], HttpSeries] = {}

    def http(self, sample: HttpSample) -> None:
        """Record one request."""
        at_s = self.clock.now_s()
        if at_s >= self.store.window_end_s:
            self.store.advance(at_s)
        if sample.error_kind == INTERRUPTED and sample.error.startswith(KILLED):
            self.store.counter(
                "http_reqs_interrupted", make_tags({**dict(sample.tags), "endpoint": sample.endpoint})
            ).add(1)
            return
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
            series = HttpSeries(self.store, sample)
            if len(self._http) < self._max_kept:
                self._http[key] = series
        series.record(sample)
        if sample.error_kind:
            self.fail(sample.endpoint, sample.error_kind, sample.error, at_s)

    def add(self, name: str, value: float, tags: Tags, at_s: float) -> None:
        """Record one value of any metric.

        Raises ``KeyError`` for a metric that nobody defined, ``ValueError`` for NaN and infinities.
        """
        if not isfinite(value):
            raise ValueError(f"{name}: {value} can't be recorded")
        self.store.advance(at_s)
        match self._metrics[name].kind:
            case Kind.TREND:
                self.store.trend(name, tags).add(value)
            case Kind.COUNTER:
                self.store.counter(name, tags).add(value)
            case Kind.RATE:
                self.store.rate(name, tags).add(bool(value))
            case Kind.GAUGE:
                self.store.gauge(name, tags).set(value, at_s)

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
