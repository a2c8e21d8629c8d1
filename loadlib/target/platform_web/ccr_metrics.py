"""CCR's Prometheus metrics in a registry of their own; names, labels and buckets as AgentOS declares them."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from loadlib.target.platform_web.ccr_completion import Completion

DURATION_BUCKETS_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class CcrMetrics:
    """The metrics of one CCR process."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "ccr_requests_total", "Requests served", ("provider", "task_type", "status"), registry=registry
        )
        self._durations = Histogram(
            "ccr_request_duration_seconds",
            "Time to the end of the answer",
            ("provider",),
            buckets=DURATION_BUCKETS_S,
            registry=registry,
        )
        self._tokens = Counter(
            "ccr_tokens_total", "Estimated tokens", ("provider", "direction"), registry=registry
        )

    def observe(self, completion: Completion, duration_s: float) -> None:
        """Count one served completion."""
        provider, usage = completion.route.provider, completion.usage
        status = "fallback" if completion.route.fallback_reason else "success"
        self._requests.labels(provider, completion.route.classification.task_type, status).inc()
        self._durations.labels(provider).observe(duration_s)
        self._tokens.labels(provider, "input").inc(usage["prompt_tokens"])
        self._tokens.labels(provider, "output").inc(usage["completion_tokens"])

    def render(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self._registry)
