"""What an expression means on a given metric: which aggregations it allows, its bound in the metric's unit.

This file knows kinds and contents of metrics, not values.
"""

from typing import Final

from loadlib.core.metrics import Contains, Kind, MetricDef
from loadlib.thresholds.amounts import SCALES, Amount
from loadlib.thresholds.errors import SyntaxFlaw
from loadlib.thresholds.expressions import Expression

ALLOWED: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.COUNTER: ("count", "rate"),
    Kind.GAUGE: ("value", "min", "max"),
    Kind.RATE: ("rate",),
    Kind.TREND: ("avg", "min", "max", "med", "p(N)"),
}
"""k6's table, and ``min`` and ``max`` of a gauge, which k6 keeps and prints but cannot judge."""

_WORDS: Final = {
    Contains.TIME: "times",
    Contains.DATA: "bytes",
    Contains.RATIO: "ratios",
    Contains.DEFAULT: "plain numbers",
}


def content_of(metric: MetricDef) -> Contains:
    """Return what a metric's values are; a rate is always a ratio, however it was defined."""
    return Contains.RATIO if metric.kind is Kind.RATE else metric.contains


def bound_of(expression: Expression, metric: MetricDef) -> float:
    """Return the expression's bound in the metric's own unit: seconds, bytes, a ratio or a plain number.

    Raises ``SyntaxFlaw`` when the metric's kind does not allow the aggregation, or its contents the unit.
    """
    _check_aggregation(expression, metric)
    amount, scale = expression.amount, SCALES[content_of(metric)]
    if amount.per_second and (metric.kind, expression.aggregation) != (Kind.COUNTER, "rate"):
        message = f"'/s' fits only the rate of a counter; {metric.name} is a {metric.kind}"
        raise _flaw(expression, message)
    if amount.unit not in scale:
        raise _flaw(expression, _unit_message(amount, metric))
    return amount.scaled(scale[amount.unit])


def _check_aggregation(expression: Expression, metric: MetricDef) -> None:
    name = "p(N)" if expression.percentile is not None else expression.aggregation
    if name not in ALLOWED[metric.kind]:
        start = len(expression.source) - len(expression.source.lstrip())
        message = (
            f"{metric.name} is a {metric.kind}, which has no {expression.aggregation!r}; "
            f"use {' or '.join(ALLOWED[metric.kind])}"
        )
        raise SyntaxFlaw(message, start, _aggregation_length(expression, start))


def _aggregation_length(expression: Expression, start: int) -> int:
    text = expression.source[start:]
    return text.index(")") + 1 if expression.percentile is not None else len(expression.aggregation)


def _unit_message(amount: Amount, metric: MetricDef) -> str:
    content = content_of(metric)
    units = [unit for unit in SCALES[content] if unit]
    allowed = f"use {' '.join(units)} or a bare number" if units else "use a bare number"
    return f"unit {amount.unit!r} does not fit {metric.name}, which holds {_WORDS[content]}; {allowed}"


def _flaw(expression: Expression, message: str) -> SyntaxFlaw:
    """Point at what follows the number of the amount, or at all of a duration of several parts."""
    written = expression.source[expression.amount_start :].rstrip()
    unit = written.removeprefix(expression.amount.number).lstrip()
    return SyntaxFlaw(message, expression.amount_start + len(written) - len(unit), len(unit))
