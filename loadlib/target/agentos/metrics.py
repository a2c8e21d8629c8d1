"""AgentOS's Prometheus metrics under their documented names, in a registry of their own.

Everything but ``agentos_info`` and the rate-limit counter is written only under the ``agent_metrics_written``
switch.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

CONTENT_TYPE: Final = "text/plain; version=1.0.0; charset=utf-8; charset=utf-8"
PATHS_LIMIT: Final = 200
"""Raw paths kept as label values of the rate-limit counter; later ones count as ``OTHER_PATHS``."""

OTHER_PATHS: Final = "(other)"
_REQUEST_BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_CCR_BUCKETS: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SIZE_BUCKETS: Final = (100, 500, 1000, 5000, 10000, 50000, 100000)
_CACHE_BUCKETS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1)


class AgentMetrics:
    """The metrics of one AgentOS application."""

    def __init__(self, version: str, *, written: bool) -> None:
        self.registry = CollectorRegistry()
        self._written = written
        self._paths: set[str] = set()
        registry = self.registry
        info = Info("agentos", "AgentOS service information", registry=registry)
        info.info({"version": version, "protocols": "a2a:0.3.0,ag_ui:0.1.0", "service": "agentos"})
        self._limit_hits = Counter(
            "rate_limit_hits_total", "Rate limit decisions", ["endpoint", "result"], registry=registry
        )
        self._declare_a2a(registry)
        self._declare_ccr(registry)

    def _declare_a2a(self, registry: CollectorRegistry) -> None:
        labels = ["agent", "operation", "status"]
        self._duration = Histogram(
            "a2a_request_duration_seconds",
            "A2A request duration",
            labels,
            buckets=_REQUEST_BUCKETS,
            registry=registry,
        )
        self._requests = Counter("a2a_requests_total", "A2A requests", labels, registry=registry)
        self._active = Gauge("a2a_active_tasks", "A2A tasks running", ["agent"], registry=registry)
        self._size = Histogram(
            "a2a_response_size_bytes",
            "A2A response size",
            ["agent"],
            buckets=_SIZE_BUCKETS,
            registry=registry,
        )
        Counter("cache_operations_total", "Cache operations", ["operation", "result"], registry=registry)
        Histogram(
            "cache_latency_seconds", "Cache latency", ["operation"], buckets=_CACHE_BUCKETS, registry=registry
        )

    def _declare_ccr(self, registry: CollectorRegistry) -> None:
        self._ccr_requests = Counter(
            "ccr_requests_total",
            "Requests routed by CCR",
            ["provider", "task_type", "status"],
            registry=registry,
        )
        self._ccr_duration = Histogram(
            "ccr_request_duration_seconds",
            "CCR request duration",
            ["provider"],
            buckets=_CCR_BUCKETS,
            registry=registry,
        )
        self._ccr_tokens = Counter(
            "ccr_tokens_total", "Tokens through CCR", ["provider", "direction"], registry=registry
        )

    def limit_hit(self, path: str, result: str) -> None:
        """Count a rate-limit decision, ``allowed`` or ``denied``; always written."""
        if path not in self._paths:
            if len(self._paths) >= PATHS_LIMIT:
                path = OTHER_PATHS
            self._paths.add(path)
        self._limit_hits.labels(path, result).inc()

    def task_started(self, agent: str) -> None:
        """Note that a known agent began a task."""
        if self._written:
            self._active.labels(agent).inc()

    def task_ended(self, agent: str, operation: str, status: str, duration_s: float, size_bytes: int) -> None:
        """Note the end of what ``task_started`` began; ``size_bytes`` 0 when it is unknown."""
        if not self._written:
            return
        self._active.labels(agent).dec()
        self._requests.labels(agent, operation, status).inc()
        self._duration.labels(agent, operation, status).observe(duration_s)
        if size_bytes:
            self._size.labels(agent).observe(size_bytes)

    def model_used(self, provider: str, task_type: str, duration_s: float, tokens: tuple[int, int]) -> None:
        """Note one model run through the router; ``tokens`` are input and output."""
        if not self._written:
            return
        self._ccr_requests.labels(provider, task_type, "success").inc()
        self._ccr_duration.labels(provider).observe(duration_s)
        self._ccr_tokens.labels(provider, "input").inc(tokens[0])
        self._ccr_tokens.labels(provider, "output").inc(tokens[1])

    def render(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self.registry)
