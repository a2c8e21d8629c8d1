"""Amounts with units: the right side of an expression, as text and as exact decimal numbers.

    amount      -> float unit? per_second? | compound
    float       -> sign? decimal | sign? ( "Inf" | "Infinity" )
    decimal     -> ( digits ( "." digits? )? | "." digits ) ( [eE] sign? digits )?
    unit        -> time | size | "%"
    time        -> "ns" | "us" | "µs" | "ms" | "s" | "m" | "h" | "d"
    size        -> "B" | "kB" | "MB" | "GB" | "TB" | "KiB" | "MiB" | "GiB"
    per_second  -> "/s"
    compound    -> a Go duration of several parts, such as "1m30s"

``float`` is what Go's ParseFloat takes, hence k6 too, but for hexadecimal floats and ``NaN`` (which no
value is less, more or equal to), both refused. Digits may be grouped by single underscores. Which metric a
unit fits is decided in ``meaning``.
"""

import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Final

from loadlib.core.metrics import Contains
from loadlib.core.suggest import did_you_mean
from loadlib.core.units import parse_duration_s
from loadlib.thresholds.errors import SyntaxFlaw

SCALES: Final[dict[Contains, dict[str, Decimal]]] = {
    Contains.TIME: {
        "": Decimal("1e-3"),
        "ns": Decimal("1e-9"),
        "us": Decimal("1e-6"),
        "µs": Decimal("1e-6"),
        "ms": Decimal("1e-3"),
        "s": Decimal(1),
        "m": Decimal(60),
        "h": Decimal(3600),
        "d": Decimal(86400),
    },
    Contains.DATA: {
        "": Decimal(1),
        "B": Decimal(1),
        "kB": Decimal(10**3),
        "MB": Decimal(10**6),
        "GB": Decimal(10**9),
        "TB": Decimal(10**12),
        "KiB": Decimal(2**10),
        "MiB": Decimal(2**20),
        "GiB": Decimal(2**30),
    },
    Contains.RATIO: {"": Decimal(1), "%": Decimal("0.01")},
    Contains.DEFAULT: {"": Decimal(1)},
}
"""One of each unit in the metric's own unit; a bare number (``""``) on a time is milliseconds, as in k6."""

UNITS: Final = tuple(unit for scale in SCALES.values() for unit in scale if unit)
DIGITS: Final = "[0-9](?:_?[0-9])*"
INFINITY: Final = "[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
DECIMAL: Final = rf"(?:{DIGITS}(?:\.(?:{DIGITS})?)?|\.{DIGITS})(?:[eE][+-]?{DIGITS})?"
FLOAT: Final = rf"[+-]?(?:{DECIMAL}|{INFINITY})"
_PER_SECOND: Final = "/s"
_FLOAT: Final = re.compile(FLOAT)
_WORD: Final = re.compile(r"[^\W\d_]+|%")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was written, its unit (``""`` for none) and whether ``/s`` followed."""

    number: str
    unit: str = ""
    per_second: bool = False

    def __str__(self) -> str:
        return f"{self.number}{self.unit}{_PER_SECOND if self.per_second else ''}"

    def scaled(self, scale: Decimal) -> float:
        """Return the float nearest to the number times ``scale``; infinities become the largest float.

        The largest float compares like infinity with every value that can be recorded, and JSON has it.
        """
        value = float(self.number)
        if not isfinite(value):
            return sys.float_info.max if value > 0 else -sys.float_info.max
        exact = float(Decimal(self.number) * scale) if value else 0.0
        return min(max(exact, -sys.float_info.max), sys.float_info.max)


def parse_float(text: str) -> float:
    """Return the number that Go's ParseFloat reads. Raises ``SyntaxFlaw`` for what is refused."""
    if text.lower().lstrip("+-") == "nan":
        raise SyntaxFlaw("NaN compares with nothing; write a number")
    if not _FLOAT.fullmatch(text):
        raise SyntaxFlaw(f"{text!r} is not a number")
    value = float(text)
    if not isfinite(value) and any(character.isdigit() for character in text):
        raise SyntaxFlaw(f"{text} is out of range")
    return value


def parse_amount(text: str) -> Amount:
    """Return the amount written in ``text``, which has no blanks around it. Raises ``SyntaxFlaw``."""
    per_second = text.endswith(_PER_SECOND)
    body = text.removesuffix(_PER_SECOND).rstrip() if per_second else text
    number = _FLOAT.match(body)
    if number is None:
        parse_float(body)
        raise AssertionError("unreachable: what has no float at its start is no float")
    parse_float(number.group())
    unit = body[number.end() :].lstrip().replace("\u03bc", "µ")
    if not unit or unit in UNITS:
        return Amount(number.group(), unit, per_second)
    return Amount(_compound_seconds(body, number.end()), "s", per_second)


def _compound_seconds(text: str, unit_at: int) -> str:
    """Return the seconds of a duration of several parts, as text."""
    try:
        return repr(parse_duration_s(text))
    except ValueError:
        raise _unit_flaw(text, unit_at) from None


def _unit_flaw(text: str, unit_at: int) -> SyntaxFlaw:
    rest = text[unit_at:]
    unit = rest.lstrip()
    if not _WORD.fullmatch(unit):
        return SyntaxFlaw(f"{text!r} is not a number")
    hint = did_you_mean(unit, UNITS) or f"; units: {' '.join(UNITS)}"
    return SyntaxFlaw(f"unknown unit {unit!r}{hint}", unit_at + len(rest) - len(unit), len(unit))
