"""The expression language: k6's comparisons, with units on the right side.

    expression  -> blank* aggregation blank* operator blank* amount blank*
    aggregation -> counter | gauge | rate | trend
    counter     -> "count" | "rate"
    gauge       -> "value" | "min" | "max"
    rate        -> "rate"
    trend       -> "avg" | "min" | "max" | "med" | "p(" float ")"
    operator    -> "<=" | "<" | ">=" | ">" | "===" | "==" | "!="
    amount      -> see ``amounts``

Differences from k6, all of them at load time: the bare aggregation ``p``, which k6 takes for ``p(0)``, is
refused, since nobody who writes it means the minimum; units are allowed; ``NaN`` is not. As in k6 the
operators are tried in the order above, ``===`` equals ``==``, and blanks inside ``p( 95 )`` are refused.
Which aggregation a metric allows is decided in ``meaning``.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from loadlib.core.suggest import did_you_mean
from loadlib.thresholds.amounts import FLOAT, UNITS, Amount, parse_amount, parse_float
from loadlib.thresholds.errors import SyntaxFlaw

OPERATORS: Final = ("<=", "<", ">=", ">", "===", "==", "!=")
AGGREGATIONS: Final = ("count", "rate", "value", "avg", "min", "max", "med")
EXPRESSION_PATTERN: Final = (
    rf"^\s*({'|'.join(AGGREGATIONS)}|p\({FLOAT}\))\s*({'|'.join(OPERATORS)})\s*"
    rf"({FLOAT}\s*({'|'.join(UNITS)}|\u03bcs)?|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+)\s*(/s)?\s*$"
)
"""What an editor can check of an expression; it takes all that the parser takes, and somewhat more."""

_PERCENTILE: Final = re.compile(r"p\((.*)\)", re.DOTALL)
_BARE_PERCENTILE: Final = re.compile(r"[pP]?([0-9]+(?:\.[0-9]+)?)")
_NICKNAMES: Final = {"mean": "avg", "average": "avg", "median": "med", "total": "count"}


@dataclass(frozen=True, slots=True)
class Expression:
    """One comparison. Two that mean the same are equal, however they were written."""

    source: str = field(compare=False)
    """The text as the user wrote it."""
    aggregation: str
    """``count``, ``p(99.9)``, ...: the percentile in its shortest form."""
    percentile: float | None
    """0..100 for ``p(N)``."""
    operator: str
    """One of ``OPERATORS``, with ``===`` read as ``==``."""
    amount: Amount
    amount_start: int = field(compare=False)
    """Where in ``source`` the amount begins."""

    def __str__(self) -> str:
        return f"{self.aggregation}{self.operator}{self.amount}"

    def holds(self, value: float, bound: float) -> bool:
        """Compare as k6 does: plain floats, no rounding. NaN holds for no operator, ``!=`` included."""
        match self.operator:
            case "<":
                return value < bound
            case "<=":
                return value <= bound
            case ">":
                return value > bound
            case ">=":
                return value >= bound
            case "==":
                return value == bound
            case _:
                return value < bound or value > bound


def parse_expression(source: str) -> Expression:
    """Return the comparison written in ``source``. Raises ``SyntaxFlaw`` at the characters that are wrong."""
    left, operator, right = _split(source)
    aggregation, percentile = _aggregation(left, source.find(left), operator)
    start = len(source) - len(right.lstrip()) if right.strip() else len(source.rstrip())
    amount = _amount(right.strip(), start, operator)
    return Expression(source, aggregation, percentile, "==" if operator == "===" else operator, amount, start)


def _split(source: str) -> tuple[str, str, str]:
    """Cut at the first operator, tried in the order of the grammar."""
    for operator in OPERATORS:
        left, found, right = source.partition(operator)
        if found:
            return left.strip(), operator, right
    if not source.strip():
        raise SyntaxFlaw("an empty expression; write for example p(95)<500")
    raise SyntaxFlaw(f"no comparison; use one of {' '.join(OPERATORS)}, for example p(95)<500")


def _aggregation(text: str, start: int, operator: str) -> tuple[str, float | None]:
    if text in AGGREGATIONS:
        return text, None
    percentile = _PERCENTILE.fullmatch(text)
    if percentile:
        number = _percentile(percentile.group(1), start + 2)
        return f"p({repr(number).removesuffix('.0')})", number
    if not text:
        raise SyntaxFlaw(f"nothing to compare before {operator!r}; write for example p(95)", 0, 1)
    raise SyntaxFlaw(_unknown_aggregation(text), start, len(text))


def _percentile(text: str, start: int) -> float:
    length = len(text) or 1
    if text != text.strip():
        raise SyntaxFlaw(f"no blanks inside p(...); write p({text.strip()})", start, length)
    try:
        number = parse_float(text) if text else -1.0
    except SyntaxFlaw as flaw:
        raise SyntaxFlaw(f"percentile: {flaw}", start, length) from None
    if not 0 <= number <= 100:
        what = f"percentile {text} is outside" if text else "p() needs a percentile in"
        raise SyntaxFlaw(f"{what} 0..100; write for example p(95)", start, length)
    return abs(number)


def _unknown_aggregation(text: str) -> str:
    if text == "p":
        return "p needs a percentile; write for example p(95)"
    bare = _BARE_PERCENTILE.fullmatch(text)
    nickname = _NICKNAMES.get(text.lower()) or (f"p({bare.group(1)})" if bare else "")
    hint = f"; did you mean {nickname!r}?" if nickname else did_you_mean(text, AGGREGATIONS)
    return f"unknown aggregation {text!r}{hint or '; use one of ' + ' '.join(AGGREGATIONS) + ' p(N)'}"


def _amount(text: str, start: int, operator: str) -> Amount:
    if not text:
        raise SyntaxFlaw(f"nothing to compare with after {operator!r}", start - len(operator), len(operator))
    if any(other in text for other in (*OPERATORS, "&&", "||", " and ", " or ")):
        raise SyntaxFlaw("one comparison an expression; write the others as list items of their own", start)
    try:
        return parse_amount(text)
    except SyntaxFlaw as flaw:
        raise SyntaxFlaw(str(flaw), start + flaw.start, flaw.length or len(text)) from None
