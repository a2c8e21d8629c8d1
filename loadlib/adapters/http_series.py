"""The accumulators that one kind of HTTP sample feeds, found once and then fed in batches.

A sample waits as a few numbers in one flat list and is brought into its sketches, and into Locust's tables,
together with many others: by `fold`, which must be called before the store's window is sealed, and by itself
when enough are waiting.
"""

from collections.abc import Callable, Sequence
from typing import Final

from loadlib.client.sample import HttpSample
from loadlib.core.store import MetricStore, make_tags

MAX_WAITING: Final = 256
"""Samples; folding so many takes about a quarter of a millisecond."""
_COLUMNS: Final = 6

Book = Callable[[str, Sequence[float], int], object]
"""Takes requests of an endpoint for Locust's tables: durations in seconds, bytes of all their answers."""


class HttpSeries:
    """All series of the requests that share endpoint, outcome and tags.

    A streamed response feeds everything but ``http_req_duration`` and ``http_req_receiving``: how long a
    stream lasts says nothing about how fast a server answers, and has metrics of its own.
    """

    __slots__ = (
        "_blocked",
        "_book",
        "_connecting",
        "_duration",
        "_endpoint",
        "_expected",
        "_failed",
        "_fresh",
        "_received",
        "_receiving",
        "_reqs",
        "_sending",
        "_sent",
        "_tls",
        "_waiting",
        "_waiting_room",
    )

    def __init__(self, store: MetricStore, sample: HttpSample, book: Book) -> None:
        tags = make_tags(
            {
                **dict(sample.tags),
                "endpoint": sample.endpoint,
                "method": sample.method,
                "name": sample.name,
                "service": sample.service,
                "status": sample.status,
                "expected_response": "true" if sample.expected else "false",
                "error_kind": sample.error_kind,
            }
        )
        tags = store.bounded(tags)
        answered = sample.status > 0
        self._expected = sample.expected
        self._endpoint = sample.endpoint
        self._book = book
        self._fresh = 0
        self._waiting_room: list[float] = []
        self._reqs = store.counter("http_reqs", tags)
        self._failed = store.rate("http_req_failed", tags)
        self._blocked = store.trend("http_req_blocked", tags)
        self._connecting = store.trend("http_req_connecting", tags)
        self._tls = store.trend("http_req_tls_handshaking", tags)
        self._sending = store.trend("http_req_sending", tags)
        self._waiting = store.trend("http_req_waiting", tags) if answered else None
        whole = answered and not sample.streamed
        self._receiving = store.trend("http_req_receiving", tags) if whole else None
        self._duration = store.trend("http_req_duration", tags) if not sample.streamed else None
        self._sent = store.counter("data_sent", tags)
        self._received = store.counter("data_received", tags)

    def record(self, sample: HttpSample) -> None:
        """Take one sample."""
        if sample.connecting_s or sample.tls_s:
            self._fresh += 1
            self._connecting.add(sample.connecting_s)
            self._tls.add(sample.tls_s)
        waiting = self._waiting_room
        waiting += (
            sample.blocked_s,
            sample.sending_s,
            sample.waiting_s,
            sample.receiving_s,
            sample.request_bytes,
            sample.response_bytes,
        )
        if len(waiting) >= MAX_WAITING * _COLUMNS:
            self.fold()

    def fold(self) -> None:
        """Bring everything that waits into the accumulators."""
        waiting = self._waiting_room
        if not waiting:
            return
        self._waiting_room = []
        count = len(waiting) // _COLUMNS
        blocked, sending, answering, receiving, sent, received = (
            waiting[column::_COLUMNS] for column in range(_COLUMNS)
        )
        reused, self._fresh = count - self._fresh, 0
        self._connecting.add_zeros(reused)
        self._tls.add_zeros(reused)
        self._blocked.add_many(blocked)
        self._sending.add_many(sending)
        if self._waiting is not None:
            self._waiting.add_many(answering)
        if self._receiving is not None:
            self._receiving.add_many(receiving)
        durations = list(map(sum, zip(sending, answering, receiving, strict=True)))
        if self._duration is not None:
            self._duration.add_many(durations)
        self._reqs.add(count, count)
        self._failed.add_many(0 if self._expected else count, count)
        self._sent.add(sum(sent), count)
        received_bytes = int(sum(received))
        self._received.add(received_bytes, count)
        self._book(self._endpoint, durations, received_bytes)
