"""What CCR has served so far and the daily token quota, in the form AgentOS reports at ``/ccr/metrics``.

The quota never blocks: it only raises the alert level. HTTP and routing live elsewhere.
"""

from collections import Counter
from datetime import date, datetime
from typing import Final, Literal

from loadlib.target.platform_web.clock import Clock, utc_now

WARNING_RATIO: Final = 0.8
CRITICAL_RATIO: Final = 0.95
AlertLevel = Literal["info", "warning", "critical"]


class CcrUsage:
    """Counters since ``last_reset`` and the tokens used since midnight UTC.

    ``daily_token_limit`` 0 means unlimited. Written from one event loop; not made for threads.
    """

    def __init__(self, daily_token_limit: int = 0, clock: Clock = utc_now) -> None:
        self.daily_token_limit = daily_token_limit
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything and restart the count now."""
        now = self._clock()
        self._last_reset: datetime = now
        self._day: date = now.date()
        self._used_today = 0
        self.total_requests = 0
        self.estimated_tokens = 0
        self.fallback_count = 0
        self.requests_by_provider: Counter[str] = Counter()
        self.requests_by_task_type: Counter[str] = Counter()

    def record(self, provider: str, task_type: str, tokens: int, *, fallback: bool) -> None:
        """Count one served request of ``tokens`` tokens, prompt and completion together."""
        self.total_requests += 1
        self.requests_by_provider[provider] += 1
        self.requests_by_task_type[task_type] += 1
        self.estimated_tokens += tokens
        self.fallback_count += fallback
        self._start_day_if_new()
        self._used_today += tokens

    @property
    def last_reset(self) -> str:
        """The ISO time of the last reset."""
        return self._last_reset.isoformat()

    @property
    def used(self) -> int:
        """The tokens used today (UTC)."""
        self._start_day_if_new()
        return self._used_today

    @property
    def remaining(self) -> int:
        """The tokens left today; never below 0, and 0 when there is no limit."""
        return max(0, self.daily_token_limit - self.used)

    @property
    def percentage(self) -> float:
        """The share of today's limit that is used, in percent; may exceed 100, 0 when there is no limit."""
        return 100.0 * self.used / self.daily_token_limit if self.daily_token_limit else 0.0

    @property
    def alert_level(self) -> AlertLevel:
        """The platform's word for how much of the quota is used."""
        if self.percentage >= 100 * CRITICAL_RATIO:
            return "critical"
        return "warning" if self.percentage >= 100 * WARNING_RATIO else "info"

    @property
    def alert_message(self) -> str | None:
        """The sentence that goes with a raised alert level."""
        if self.alert_level == "info":
            return None
        return f"{self.percentage:.1f}% of the daily token limit used"

    def as_agentos_metrics(self) -> dict[str, object]:
        """Return the body of AgentOS's ``/ccr/metrics`` with CCR enabled."""
        return {
            "status": "enabled",
            "metrics": {
                "total_requests": self.total_requests,
                "requests_by_provider": dict(self.requests_by_provider),
                "requests_by_task_type": dict(self.requests_by_task_type),
                "estimated_tokens": self.estimated_tokens,
                "fallback_count": self.fallback_count,
                "last_reset": self.last_reset,
            },
            "quota": {
                "used": self.used,
                "limit": self.daily_token_limit,
                "remaining": self.remaining,
                "percentage": self.percentage,
                "alert_level": self.alert_level,
                "alert_message": self.alert_message,
            },
            "thresholds": {"warning": WARNING_RATIO, "critical": CRITICAL_RATIO},
        }

    def _start_day_if_new(self) -> None:
        today = self._clock().date()
        if today != self._day:
            self._day, self._used_today = today, 0
