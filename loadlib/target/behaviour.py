"""Seeded decisions: how long a request waits, whether it fails, which fault its stream plays.

Each decision stream (a rule applied to a route template) has its own generator, so the n-th request of a
route gets the n-th draw whatever the other routes do. Nothing here sleeps or sends.
"""

import hashlib
import random
from dataclasses import dataclass
from typing import Literal

from loadlib.target.options import TargetOptions


@dataclass(frozen=True, slots=True)
class Decision:
    """What the middleware does with a request: wait ``latency_s``, then answer, or end in ``outcome``."""

    latency_s: float = 0.0
    outcome: int | Literal["cut", "hang"] | None = None


UNTOUCHED = Decision()


class Behaviour:
    """The seeded source of every random decision of the target."""

    def __init__(self, options: TargetOptions) -> None:
        self._options = options
        self._streams: dict[str, random.Random] = {}
        self._idle = not (options.latency or options.errors)

    def rng(self, purpose: str) -> random.Random:
        """Return the generator of a purpose; the same seed and purpose always give the same sequence.

        A purpose must come from a bounded set (a template, an agent name), never from an id.
        """
        stream = self._streams.get(purpose)
        if stream is None:
            digest = hashlib.sha256(f"{self._options.seed}|{purpose}".encode()).digest()
            stream = self._streams[purpose] = random.Random(digest)  # noqa: S311 - reproducible on purpose
        return stream

    def chance(self, purpose: str, ratio: float) -> bool:
        """Draw a yes with probability ``ratio`` from the purpose's sequence."""
        return ratio > 0.0 and self.rng(purpose).random() < ratio

    def decide(self, service: str, method: str, template: str, path: str) -> Decision:
        """Decide one request's latency (all matching rules added) and outcome (the first to strike)."""
        if self._idle:
            return UNTOUCHED
        place = (service, method, template, path)
        return Decision(self._latency_s(*place), self._outcome(*place))

    def _latency_s(self, service: str, method: str, template: str, path: str) -> float:
        total_s = 0.0
        for index, rule in enumerate(self._options.latency):
            if rule.pattern.matches(service, method, template, path):
                total_s += rule.distribution.sample_s(
                    self.rng(f"latency|{index}|{service} {method} {template}")
                )
        return total_s

    def _outcome(
        self, service: str, method: str, template: str, path: str
    ) -> int | Literal["cut", "hang"] | None:
        for index, rule in enumerate(self._options.errors):
            if rule.pattern.matches(service, method, template, path) and self.chance(
                f"error|{index}|{service} {method} {template}", rule.ratio
            ):
                return rule.outcome
        return None

    def stream_fault(self, kind: str, service: str, method: str, template: str, path: str) -> str | None:
        """Return the mode a stream of ``kind`` (a2a, agui, team) must play, or None for a clean one."""
        for index, rule in enumerate(self._options.stream_faults):
            meant = (
                rule.kind == kind
                if rule.pattern is None
                else rule.pattern.matches(service, method, template, path)
            )
            if meant and self.chance(f"stream|{index}|{service} {method} {template}", rule.ratio):
                return rule.mode
        return None
