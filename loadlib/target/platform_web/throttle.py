"""The two request limiters of the platform: a fixed window and a token bucket, per caller.

They only decide; the answer to a refused request is the route's business. Times are seconds of a monotonic
clock.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from loadlib.target.platform_web.bounded import BoundedMap

TRACKED_CALLERS = 10_000
Monotonic = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a request may pass, how many more may, and how long to wait when it may not."""

    allowed: bool
    remaining: int
    retry_after_s: int


@dataclass(slots=True)
class _Window:
    ends_at_s: float
    used: int = 0


class FixedWindow:
    """Let ``limit`` requests of one caller pass per window, which starts with the caller's first request."""

    def __init__(self, limit: int, window_s: float, clock: Monotonic = time.monotonic) -> None:
        self.limit = limit
        self.window_s = window_s
        self._clock = clock
        self._windows: BoundedMap[str, _Window] = BoundedMap(TRACKED_CALLERS)

    def hit(self, caller: str) -> Decision:
        """Count one request of ``caller``; refused requests do not prolong the window."""
        now_s = self._clock()
        window = self._windows.get(caller)
        if window is None or now_s >= window.ends_at_s:
            window = _Window(now_s + self.window_s)
            self._windows.put(caller, window)
        if window.used >= self.limit:
            return Decision(False, 0, math.ceil(window.ends_at_s - now_s))
        window.used += 1
        return Decision(True, self.limit - window.used, 0)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at_s: float


class TokenBucket:
    """Let ``burst`` requests pass at once and ``per_minute`` in the long run."""

    def __init__(self, per_minute: int, burst: int, clock: Monotonic = time.monotonic) -> None:
        self._per_s = per_minute / 60
        self._burst = burst
        self._clock = clock
        self._buckets: BoundedMap[str, _Bucket] = BoundedMap(TRACKED_CALLERS)

    def hit(self, caller: str) -> Decision:
        """Take one token of ``caller``."""
        now_s = self._clock()
        bucket = self._buckets.get_or_create(caller, lambda: _Bucket(self._burst, now_s))
        bucket.tokens = min(self._burst, bucket.tokens + (now_s - bucket.filled_at_s) * self._per_s)
        bucket.filled_at_s = now_s
        if bucket.tokens < 1:
            return Decision(False, 0, math.ceil((1 - bucket.tokens) / self._per_s))
        bucket.tokens -= 1
        return Decision(True, int(bucket.tokens), 0)
