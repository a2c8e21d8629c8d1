"""A rule: one comparison on one selection with all that judging it needs; and the set of a run's rules.

Nothing is judged here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from loadlib.core.metrics import MetricDef
from loadlib.core.store import Tags
from loadlib.core.verdict import Severity
from loadlib.thresholds.expressions import Expression
from loadlib.thresholds.fields import NoData
from loadlib.thresholds.selectors import Selector


@dataclass(frozen=True, slots=True)
class Section:
    """Where in a document a rule stands; ``None`` for what it does not stand in."""

    environment: str | None = None
    scenario: str | None = None
    endpoint: str | None = None

    @property
    def pattern(self) -> str | None:
        """The endpoint's name when it holds ``*``: its matches are judged one by one."""
        return self.endpoint if self.endpoint is not None and "*" in self.endpoint else None

    def __str__(self) -> str:
        """Return for example ``environment staging, scenario a2a, endpoint GET /health``."""
        parts = (
            ("environment", self.environment),
            ("scenario", self.scenario),
            ("endpoint", self.endpoint),
        )
        return ", ".join(f"{word} {name}" for word, name in parts if name is not None)


@dataclass(frozen=True, slots=True)
class Rule:
    """One comparison that applies to a run."""

    selector: Selector
    """As the user wrote it; what the section adds is in ``tags``."""
    tags: Tags
    """What a series must carry: the selector's tags and its section's, a name with ``*`` excepted."""
    expression: Expression
    metric: MetricDef
    bound: float
    """In the metric's own unit."""
    section: Section
    severity: Severity
    abort_on_fail: bool
    delay_abort_eval_s: float | None
    min_samples: int
    no_data: NoData
    source: str
    """``file:line:column`` of the comparison."""

    @property
    def endpoint(self) -> str | None:
        """The one endpoint that is judged, ``None`` when the rule names none or a pattern."""
        return dict(self.tags).get("endpoint")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that apply to a run, in the order of the file, and what in the file looks like a slip."""

    rules: tuple[Rule, ...]
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)
