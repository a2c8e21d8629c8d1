"""Verdicts: what judging one threshold came to, so that every report prints it without judging again."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How one threshold ended. Only ``pass`` and ``skipped`` let a run pass."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NO_DATA = "no_data"
    SKIPPED = "skipped"


class Severity(StrEnum):
    """Whether a threshold that does not hold fails the run or only warns."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One threshold judged. ``value`` and ``bound`` are in the metric's own unit (seconds, ratio, count)."""

    metric: str
    selector: str
    """The metric with its tags, as the user wrote it."""
    expression: str
    """The comparison, as the user wrote it."""
    section: str
    """Where the rule stands: ``""``, ``endpoint GET /health``, ``scenario a2a``, ``environment staging``."""
    status: Status
    severity: Severity
    aggregation: str
    contains: str
    value: float | None
    bound: float
    samples: int
    headroom_ratio: float | None
    """How far from the bound, as a part of it: 0.25 is a quarter to spare, negative is beyond."""
    reason: str
    """One readable sentence for everything but a pass; empty for a pass."""
    source: str
    """``file:line:column`` of the rule."""

    @property
    def fails_run(self) -> bool:
        """Whether this verdict alone makes the run fail."""
        return self.severity is Severity.FAIL and self.status in (Status.FAIL, Status.NO_DATA)
