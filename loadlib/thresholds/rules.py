"""Joins a document to a run: checks all of it against the run's metrics, and picks the rules that apply.

Every section is checked, also those of other environments and scenarios, so that a slip does not wait for
the night on which its section is needed. The rules of an environment replace those of the same selector in
the same section outside, and keep their place; two spellings of one selector outside add up (in k6 the
later one wins).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from loadlib.core.metrics import MetricDef
from loadlib.core.store import Tags
from loadlib.core.suggest import did_you_mean
from loadlib.core.verdict import Severity
from loadlib.thresholds.document import Defaults, RuleEntry
from loadlib.thresholds.errors import SyntaxFlaw, ThresholdsError
from loadlib.thresholds.fields import NoData
from loadlib.thresholds.groups import Group, groups
from loadlib.thresholds.loader import ThresholdsDocument
from loadlib.thresholds.meaning import bound_of
from loadlib.thresholds.rule import Rule, RuleSet, Section
from loadlib.thresholds.slips import slips
from loadlib.thresholds.source import Problem


def resolve(
    document: ThresholdsDocument,
    *,
    metrics: Mapping[str, MetricDef],
    environment: str,
    scenarios: Collection[str],
    run_scenario: str,
) -> RuleSet:
    """Return the rules that apply to a run.

    Args:
        document: what ``loader`` returned.
        metrics: every metric that the run defines.
        environment: the run's environment; only its section of ``environments`` applies.
        scenarios: the values of the ``scenario`` tag that the run's samples carry.
        run_scenario: the run's own name; its section judges the whole run unless it is one of ``scenarios``.

    Raises:
        ThresholdsError: a metric is unknown, or does not fit a comparison, anywhere in the document; or there
            are thresholds and none of them applies.
    """
    compiler = _Compiler(document, metrics, frozenset(scenarios))
    base: dict[object, list[Rule]] = {}
    override: dict[object, list[Rule]] = {}
    names = {*scenarios, run_scenario}
    for group in groups(document.model):
        rules = compiler.rules(group)
        if _applies(group.section, environment, names):
            layer = override if group.section.environment is not None else base
            layer.setdefault(group.key, []).extend(rules)
    if compiler.problems:
        raise ThresholdsError(*document.places.show(compiler.problems))
    applying = tuple(rule for rules in {**base, **override}.values() for rule in rules)
    warnings = [*slips(document.model, document.places, environment=environment, scenarios=names)]
    if not applying and any(group.entries for group in groups(document.model)):
        run = f"scenario {run_scenario} in environment {environment}"
        raise ThresholdsError(f"{document.name}: none of its thresholds applies to {run}", *warnings)
    if not applying:
        warnings.append(f"{document.name}: no threshold applies to this run")
    return RuleSet(applying, tuple(warnings))


def _applies(section: Section, environment: str, scenarios: Collection[str]) -> bool:
    return section.environment in {None, environment} and (
        section.scenario is None or section.scenario in scenarios
    )


@dataclass(slots=True)
class _Compiler:
    """Turns groups into rules and collects what is wrong with them."""

    document: ThresholdsDocument
    metrics: Mapping[str, MetricDef]
    scenarios: frozenset[str]
    problems: list[Problem] = field(default_factory=list)

    def rules(self, group: Group) -> list[Rule]:
        """Return the rules of a group; those that are wrong become problems instead."""
        try:
            metric = _metric(group.selector.metric, self.metrics)
            tags = _tags(group, self.scenarios)
        except SyntaxFlaw as flaw:
            self.problems.append(self.document.places.problem((*group.path, "[key]"), flaw))
            return []
        found = [self._rule(group, metric, tags, index) for index in range(len(group.entries))]
        return [rule for rule in found if rule is not None]

    def _rule(self, group: Group, metric: MetricDef, tags: Tags, index: int) -> Rule | None:
        places, path = self.document.places, (*group.path, index, "threshold")
        entry = group.entries[index]
        defaults = self.document.model.defaults
        try:
            return _compiled(group, entry, defaults, metric=metric, tags=tags, source=places.place(path))
        except SyntaxFlaw as flaw:
            self.problems.append(places.problem(path, flaw))
            return None


def _metric(name: str, metrics: Mapping[str, MetricDef]) -> MetricDef:
    if name not in metrics:
        hint = did_you_mean(name, metrics) or "; neither built in nor defined by the scenario"
        raise SyntaxFlaw(f"unknown metric {name!r}{hint}", 0, len(name))
    return metrics[name]


def _tags(group: Group, scenarios: Collection[str]) -> Tags:
    """Return what the selection must carry: the selector's tags and those that its section adds."""
    tags = dict(group.selector.tags)
    scenario, endpoint = group.section.scenario, group.section.endpoint
    added = {"scenario": scenario if scenario in scenarios else None, "endpoint": endpoint}
    for key, value in added.items():
        if value is not None and tags.setdefault(key, value) != value:
            raise SyntaxFlaw(f"tag {key!r} contradicts its section, which is of {key} {value!r}")
    if group.section.pattern is not None:
        del tags["endpoint"]
    return tuple(sorted(tags.items()))


def _compiled(
    group: Group, entry: RuleEntry, defaults: Defaults, *, metric: MetricDef, tags: Tags, source: str
) -> Rule:
    severity = entry.severity or defaults.severity
    if entry.abort_on_fail and severity is Severity.WARN:
        raise SyntaxFlaw("a rule that only warns can't abort the run; drop abort_on_fail or severity: warn")
    return Rule(
        selector=group.selector,
        tags=tags,
        expression=entry.threshold,
        metric=metric,
        bound=bound_of(entry.threshold, metric),
        section=group.section,
        severity=severity,
        abort_on_fail=entry.abort_on_fail,
        delay_abort_eval_s=entry.delay_abort_eval,
        min_samples=entry.min_samples or defaults.min_samples,
        no_data=entry.no_data or defaults.no_data or NoData(severity.value),
        source=source,
    )
