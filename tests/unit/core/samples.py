"""Small recorded runs for the tests of the core: a deterministic stream of samples and what records it."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadlib.core.aggregate import Aggregate
from loadlib.core.delta import Delta
from loadlib.core.metrics import BUILTIN, MetricRegistry
from loadlib.core.store import MetricStore, make_tags

START_S = 1_700_000_000.0
RUN = "run-1"
METRICS = MetricRegistry(BUILTIN)


@dataclass(frozen=True)
class Sample:
    """One request: offset from the start, endpoint, time and outcome; times are exact in binary."""

    offset_s: float
    endpoint: str
    duration_s: float
    failed: bool
    users: int


def samples(count: int, *, seed: int = 1, spread_s: float = 10.0, endpoints: int = 3) -> list[Sample]:
    """Return samples in time order; durations are multiples of 1/1024 s, so that every sum is exact."""
    rng = random.Random(seed)
    offsets = sorted(rng.uniform(0.0, spread_s) for _ in range(count))
    return [
        Sample(
            offset,
            f"GET /e{rng.randrange(endpoints)}",
            rng.randrange(1, 4096) / 1024,
            rng.random() < 0.1,
            rng.randrange(20),
        )
        for offset in offsets
    ]


def new_store(max_tagsets: int = 2000) -> MetricStore:
    """Return an empty store."""
    return MetricStore(METRICS, started_at_s=START_S, max_tagsets=max_tagsets)


def new_aggregate(max_tagsets: int = 2000, max_windows: int = 200) -> Aggregate:
    """Return an empty aggregate of the run."""
    return Aggregate(RUN, METRICS, started_at_s=START_S, max_tagsets=max_tagsets, max_windows=max_windows)


def record(store: MetricStore, sample: Sample) -> None:
    """Record one sample in all four kinds."""
    at_s = START_S + sample.offset_s
    store.advance(at_s)
    tags = make_tags({"endpoint": sample.endpoint, "expected_response": str(not sample.failed).lower()})
    store.counter("http_reqs", tags).add(1)
    store.rate("http_req_failed", tags).add(sample.failed)
    store.trend("http_req_duration", tags).add(sample.duration_s)
    store.gauge("vus").set(sample.users, at_s)


def deltas(of: Sequence[Sample], process: str, *, every: int = 7, run_id: str = RUN) -> list[Delta]:
    """Record samples in one process that hands over a delta after ``every`` samples and a final one."""
    store = new_store()
    made: list[Delta] = []
    for position, sample in enumerate(of, 1):
        record(store, sample)
        if position % every == 0:
            windows = tuple(store.drain(at_s=START_S + sample.offset_s))
            made.append(Delta(run_id, process, len(made) + 1, windows))
    windows = tuple(store.drain(at_s=START_S + 1000.0, everything=True))
    return [*made, Delta(run_id, process, len(made) + 1, windows, final=True)]


def merged(all_deltas: Iterable[Delta], **limits: int) -> Aggregate:
    """Return an aggregate that every delta was merged into."""
    aggregate = new_aggregate(**limits)
    for delta in all_deltas:
        assert aggregate.merge(delta)
    return aggregate
