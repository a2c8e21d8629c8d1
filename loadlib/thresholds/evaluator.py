"""Judges rules on a snapshot: one verdict a rule, or one for every endpoint that a name with ``*`` matches.

Fails closed: no sample, too few samples, a tag that matches nothing or a value that is no finite number are
never a pass. k6 passes most of them. Comparisons are of plain floats, without rounding, as in k6. This file
reads no clock: the run's age is the snapshot's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from types import MappingProxyType
from typing import Final

from loadlib.core.routes import Excuse, no_excuse
from loadlib.core.snapshot import Snapshot
from loadlib.core.values import AnyValue, sample_count
from loadlib.core.verdict import Severity, Status, Verdict
from loadlib.thresholds.absence import absence
from loadlib.thresholds.display import bound_text, value_text
from loadlib.thresholds.fields import NoData
from loadlib.thresholds.meaning import content_of
from loadlib.thresholds.rule import Rule
from loadlib.thresholds.selections import Selections, matches
from loadlib.thresholds.values import aggregate

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def evaluate(
    rules: Iterable[Rule],
    snapshot: Snapshot,
    *,
    unavailable_endpoints: Mapping[str, str] = _NONE,
    excuse: Excuse = no_excuse,
    require_all: bool = False,
) -> tuple[Verdict, ...]:
    """Return the verdicts of ``rules``, in their order; matches of a name with ``*`` by name.

    Args:
        rules: what ``rules.resolve`` returned, or some of it.
        snapshot: what was recorded so far.
        unavailable_endpoints: endpoints that the target lacks, each with the reason: skipped.
        excuse: says why a selection can have no data, such as a route that the target lacks: then skipped.
        require_all: fail what would be skipped as unavailable.
    """
    judge = _Judge(snapshot, Selections(snapshot), unavailable_endpoints, excuse, require_all)
    return tuple(verdict for rule in rules for verdict in judge.verdicts(rule))


def abort_reasons(
    rules: Iterable[Rule], snapshot: Snapshot, *, unavailable_endpoints: Mapping[str, str] = _NONE
) -> tuple[Verdict, ...]:
    """Return the failed verdicts for which the run is to be stopped now; empty to go on.

    As in k6's periodic evaluation a rule without data aborts nothing, and ``delay_abort_eval`` has passed
    when the run is strictly older.
    """
    due = (rule for rule in rules if rule.abort_on_fail and _delay_passed(rule, snapshot.elapsed_s))
    verdicts = evaluate(due, snapshot, unavailable_endpoints=unavailable_endpoints)
    return tuple(verdict for verdict in verdicts if verdict.status is Status.FAIL)


def headroom_ratio(operator: str, value: float, bound: float) -> float | None:
    """Return how much of the bound is left: ``(bound - value) / |bound|``, mirrored for lower bounds.

    0.25 is a quarter to spare, 0 exactly on the bound, negative beyond it. ``None`` for ``==`` and ``!=``,
    which have no direction, for a bound of 0, and where the quotient is no finite number.
    """
    if operator in {"==", "!="} or bound == 0:
        return None
    spare = bound - value if operator in {"<", "<="} else value - bound
    ratio = spare / abs(bound)
    return ratio if isfinite(ratio) else None


def _delay_passed(rule: Rule, elapsed_s: float) -> bool:
    return rule.delay_abort_eval_s is None or elapsed_s > rule.delay_abort_eval_s


@dataclass(frozen=True, slots=True)
class _Judge:
    snapshot: Snapshot
    selections: Selections
    unavailable_endpoints: Mapping[str, str]
    excuse: Excuse
    require_all: bool

    def verdicts(self, rule: Rule) -> Iterator[Verdict]:
        """Yield the verdict of a rule, or of each endpoint it matches."""
        if rule.section.pattern is None:
            value = self.selections.value(rule.metric.name, rule.tags)
            yield self._judged(rule, rule.endpoint, value)
            return
        recorded = self.selections.by_endpoint(rule.metric.name, rule.tags)
        names = {*recorded, *self.unavailable_endpoints}
        matching = sorted(name for name in names if matches(rule.section.pattern, name))
        for name in matching:
            yield self._judged(_narrowed(rule, name), name, recorded.get(name))
        if not matching:
            yield self._judged(rule, None, None)

    def _judged(self, rule: Rule, endpoint: str | None, value: AnyValue | None) -> Verdict:
        unavailable = self.unavailable_endpoints.get(endpoint) if endpoint is not None else None
        samples = sample_count(value) if value is not None else 0
        if unavailable is None and not samples:
            unavailable = self.excuse(rule.metric.name, rule.tags)
        if unavailable is not None:
            status = Status.FAIL if self.require_all else Status.SKIPPED
            return replace(_blank(rule, samples), status=status, reason=f"unavailable: {unavailable}")
        if value is None or not samples:
            return _no_data(rule, 0, absence(rule, self.snapshot))
        if samples < rule.min_samples:
            return _no_data(rule, samples, f"{_counted(samples)}, the rule asks for {rule.min_samples}")
        number = aggregate(value, rule.expression, self.snapshot.elapsed_s)
        if number is None:
            return _no_data(rule, samples, _no_number(rule, self.snapshot.elapsed_s))
        return _compared(rule, samples, number)


def _narrowed(rule: Rule, endpoint: str) -> Rule:
    """Return the rule for one endpoint that its pattern matched."""
    tags = tuple(sorted((*rule.tags, ("endpoint", endpoint))))
    return replace(rule, tags=tags, section=replace(rule.section, endpoint=endpoint))


def _compared(rule: Rule, samples: int, number: float) -> Verdict:
    operator = rule.expression.operator
    headroom = headroom_ratio(operator, number, rule.bound)
    verdict = replace(_blank(rule, samples), value=number, headroom_ratio=headroom)
    if rule.expression.holds(number, rule.bound):
        return replace(verdict, status=Status.PASS)
    reason = f"{value_text(verdict)} is not {bound_text(verdict)}"
    return replace(verdict, status=Status.FAIL, reason=reason)


def _no_data(rule: Rule, samples: int, reason: str) -> Verdict:
    if rule.no_data is NoData.SKIP:
        return replace(_blank(rule, samples), status=Status.SKIPPED, reason=reason)
    severity = Severity.WARN if rule.no_data is NoData.WARN else Severity.FAIL
    return replace(_blank(rule, samples), severity=severity, reason=reason)


def _no_number(rule: Rule, elapsed_s: float) -> str:
    if elapsed_s <= 0:
        return "a rate per second needs a run of some duration"
    return f"{rule.expression.aggregation} of {rule.metric.name} is not a finite number"


def _counted(samples: int) -> str:
    return "1 sample" if samples == 1 else f"{samples} samples"


def _blank(rule: Rule, samples: int) -> Verdict:
    """Return a verdict of a rule that nothing is known of yet: no data."""
    return Verdict(
        metric=rule.metric.name,
        selector=rule.selector.source,
        expression=rule.expression.source,
        section=str(rule.section),
        status=Status.NO_DATA,
        severity=rule.severity,
        aggregation=rule.expression.aggregation,
        contains=content_of(rule.metric).value,
        value=None,
        bound=rule.bound,
        samples=samples,
        headroom_ratio=None,
        reason="",
        source=rule.source,
    )
