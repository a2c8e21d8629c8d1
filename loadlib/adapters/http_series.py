"""The accumulators that one kind of HTTP sample feeds, found once and then fed with a few additions."""

from loadlib.client.sample import HttpSample
from loadlib.core.store import MetricStore, make_tags


class HttpSeries:
    """All series of the requests that share endpoint, outcome and tags.

    A streamed response feeds everything but ``http_req_duration`` and ``http_req_receiving``: how long a
    stream lasts says nothing about how fast a server answers, and has metrics of its own.
    """

    __slots__ = (
        "_blocked",
        "_connecting",
        "_duration",
        "_failed",
        "_received",
        "_receiving",
        "_reqs",
        "_sending",
        "_sent",
        "_tls",
        "_waiting",
    )

    def __init__(self, store: MetricStore, sample: HttpSample) -> None:
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
        """Add one sample to every series."""
        self._reqs.add(1)
        self._failed.add(not sample.expected)
        self._blocked.add(sample.blocked_s)
        self._connecting.add(sample.connecting_s)
        self._tls.add(sample.tls_s)
        self._sending.add(sample.sending_s)
        if self._waiting is not None:
            self._waiting.add(sample.waiting_s)
        if self._receiving is not None:
            self._receiving.add(sample.receiving_s)
        if self._duration is not None:
            self._duration.add(sample.duration_s)
        self._sent.add(sample.request_bytes)
        self._received.add(sample.response_bytes)
