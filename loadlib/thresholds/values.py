"""Reads one number out of a recorded value, as an expression asks for it. Percentiles are the sketch's."""

from math import isfinite

from loadlib.core.sketch import Sketch
from loadlib.core.values import AnyValue, Counter, Gauge, Rate, sample_count
from loadlib.thresholds.expressions import Expression


def aggregate(value: AnyValue, expression: Expression, elapsed_s: float) -> float | None:
    """Return what ``expression`` compares, in the metric's own unit.

    ``None`` when there is nothing to compare: no sample, a rate per second of a run of no duration, or a
    result that is no finite number. Raises ``ValueError`` for an aggregation that the kind does not have.
    """
    if not sample_count(value):
        return None
    result = _aggregate(value, expression, elapsed_s)
    return result if result is not None and isfinite(result) else None


def _aggregate(value: AnyValue, expression: Expression, elapsed_s: float) -> float | None:
    match value, expression.aggregation:
        case Counter(), "count":
            return value.total
        case Counter(), "rate":
            return value.total / elapsed_s if elapsed_s > 0 else None
        case Gauge(), "value" | "min" | "max":
            return {"value": value.value, "min": value.minimum, "max": value.maximum}[expression.aggregation]
        case Rate(), "rate":
            return value.ratio
        case Sketch(), _:
            return _of_trend(value, expression)
    raise ValueError(f"{type(value).__name__} has no {expression.aggregation!r}")


def _of_trend(trend: Sketch, expression: Expression) -> float:
    if expression.percentile is not None:
        return trend.quantile(expression.percentile / 100)
    match expression.aggregation:
        case "avg":
            return trend.mean
        case "min":
            return trend.minimum
        case "max":
            return trend.maximum
        case "med":
            return trend.quantile(0.5)
    raise ValueError(f"a trend has no {expression.aggregation!r}")
