"""Fixed-window rate limits, as the platform keeps them: per path and identity, counted before the decision.

Which limit a route has is declared where the route is; the default limit's middleware lives in ``layers``.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response

from loadlib.target.agentos.metrics import AgentMetrics
from loadlib.target.context import TargetContext
from loadlib.target.credentials import Tenant

WINDOW_S: Final = 60.0
DEFAULT_LIMIT: Final = 10
COUNTERS_LIMIT: Final = 100_000
"""Counters kept at once; expired ones are dropped first, then the oldest."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The outcome of one counted request."""

    limit: int
    remaining: int
    resets_at: float
    allowed: bool

    @property
    def headers(self) -> dict[str, str]:
        """The four headers of limited answers, refused or not."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{self.resets_at:.2f}",
            "Retry-After": str(max(0, int(self.resets_at - time.time()))),
        }

    def refusal(self) -> Response:
        """Return the 429 answer."""
        return JSONResponse({"error": f"Rate limit exceeded: {self.limit} per 1 minute"}, 429, self.headers)


class Limiter:
    """Counts requests in fixed windows that start with the first request of a key."""

    def __init__(self, ctx: TargetContext, metrics: AgentMetrics) -> None:
        self._options = ctx.options
        self._metrics = metrics
        self._counters: dict[tuple[str, str], tuple[int, float]] = {}

    def hit(self, connection: HTTPConnection, per_minute: int, tenant: Tenant) -> Hit | None:
        """Count a request against ``per_minute``; None when limits are off."""
        if self._options.rate_limit_scale is None:
            return None
        limit = max(1, round(per_minute * self._options.rate_limit_scale))
        path = connection.url.path
        is_global = self._options.rate_limit_identity == "global"
        if not is_global:
            self._metrics.limit_hit(path, "allowed")
        count, expires_at = self._count((self._identity(connection, tenant), path))
        allowed = count <= limit
        if not allowed:
            self._metrics.limit_hit(path, "denied")
        return Hit(limit, max(0, limit - count), expires_at + 1.0, allowed)

    def _identity(self, connection: HTTPConnection, tenant: Tenant) -> str:
        if self._options.rate_limit_identity == "global":
            return "global"
        if tenant.user and tenant.workspace:
            return hashlib.sha256(f"{tenant.workspace}:{tenant.user}".encode()).hexdigest()
        if tenant.user:
            return f"user:{tenant.user}"
        return f"ip:{connection.client.host if connection.client else ''}"

    def _count(self, key: tuple[str, str]) -> tuple[int, float]:
        now = time.time()
        count, expires_at = self._counters.get(key, (0, 0.0))
        if expires_at <= now:
            self._counters.pop(key, None)
            self._make_room(now)
            count, expires_at = 0, now + WINDOW_S
        self._counters[key] = (count + 1, expires_at)
        return count + 1, expires_at

    def _make_room(self, now: float) -> None:
        while len(self._counters) >= COUNTERS_LIMIT:
            for key in [key for key, (_, expires_at) in self._counters.items() if expires_at <= now]:
                del self._counters[key]
            if len(self._counters) >= COUNTERS_LIMIT:
                del self._counters[next(iter(self._counters))]
