"""The API's Prometheus metrics under the platform's names, in a registry of their own.

Guard refusals (401, 403, 429) are not counted and the route label is the template, as in the platform. The
event bus does not exist here, so its series stay at zero.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

DURATION_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
QUEUE_STATUSES = ("pending", "approved", "rejected", "auto_approved")
REQUEST_LABELS = ("method", "route", "status")


class ApiMetrics:
    """The metrics of one API process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter("http_requests_total", "HTTP requests", REQUEST_LABELS, registry=registry)
        self._durations = Histogram(
            "http_request_duration_seconds",
            "HTTP request duration",
            REQUEST_LABELS,
            buckets=DURATION_BUCKETS_S,
            registry=registry,
        )
        self.active = Gauge("active_http_connections", "Requests in progress", registry=registry)
        self._depth = Gauge("approval_queue_depth", "Approvals by status", ("status",), registry=registry)
        provider_labels = ("provider", "workspace", "provider_id")
        provider = Gauge("ai_provider_health", "1 when healthy", provider_labels, registry=registry)
        provider.labels("anthropic", "reference", "provider-1").set(1)
        self._register_event_bus()

    def _register_event_bus(self) -> None:
        registry = self._registry
        throughput = Counter("event_bus_throughput_total", "Events published", ("stream",), registry=registry)
        lag = Gauge(
            "event_bus_consumer_lag", "Events not consumed yet", ("consumer_group",), registry=registry
        )
        Gauge("event_bus_dlq_size", "Events in the dead letter queue", registry=registry)
        throughput.labels("platform")
        lag.labels("platform")

    def observe(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one answered request."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route, str(status)).observe(duration_s)

    def render(self, queue_depth: Mapping[str, int]) -> bytes:
        """Return the exposition text, with the approval queue as it is now."""
        for status in QUEUE_STATUSES:
            self._depth.labels(status).set(queue_depth.get(status, 0))
        return generate_latest(self._registry)
