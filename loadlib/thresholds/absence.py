"""Says why a selection holds nothing: which of its tags matched nothing, and what was recorded instead."""

from loadlib.core.snapshot import Snapshot
from loadlib.core.suggest import did_you_mean, listed
from loadlib.core.values import sample_count
from loadlib.thresholds.rule import Rule


def absence(rule: Rule, snapshot: Snapshot) -> str:
    """Return the sentence for a rule whose selection has no sample in ``snapshot``."""
    metric = rule.metric.name
    if not any(sample_count(value) for value in snapshot.series.get(metric, {}).values()):
        return f"no sample of {metric} was recorded"
    for key, wanted in rule.tags:
        recorded = snapshot.tag_values(key, metric)
        if not recorded:
            keys = snapshot.tag_keys(metric)
            return f"{metric} carries no tag {key!r}; {_instead(key, keys)}"
        if wanted not in recorded:
            return f"tag {key}: {wanted!r} matched nothing; {_instead(wanted, recorded)}"
    if rule.section.pattern is not None:
        return _no_match(rule.section.pattern, snapshot.tag_values("endpoint", metric))
    if rule.tags:
        return f"no sample of {metric} carries all of " + ", ".join(
            f"{key}: {one!r}" for key, one in rule.tags
        )
    return f"no sample of {metric} was recorded"


def _no_match(pattern: str, recorded: frozenset[str]) -> str:
    return f"endpoint {pattern!r} matched nothing; {_instead(pattern, recorded)}"


def _instead(word: str, recorded: frozenset[str]) -> str:
    if not recorded:
        return "recorded: none"
    return f"recorded: {listed(recorded, around=word)}{did_you_mean(word, recorded)}"
