"""The kinds of values a thresholds document holds: how each is read from text and what its JSON Schema is.

Only what stands in the file without quotes can be a number or a boolean, and only ``true`` and ``false``
are booleans. An optional value may be left out with its key, but a key without a value is refused. Every
reader raises ``SyntaxFlaw`` naming what is allowed. The document's structure is not known here.
"""

from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import AfterValidator, PlainValidator, WithJsonSchema

from loadlib.core.suggest import did_you_mean
from loadlib.core.units import parse_duration_s
from loadlib.core.verdict import Severity
from loadlib.thresholds.errors import SyntaxFlaw
from loadlib.thresholds.expressions import EXPRESSION_PATTERN, Expression, parse_expression
from loadlib.thresholds.selectors import SELECTOR_PATTERN, parse_selector

VERSION: Final = 1
DURATION_PATTERN: Final = r"^\s*(([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+|[0-9]+(\.[0-9]+)?)\s*$"
_BOOLEANS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Word(str):
    """A text that stands in the file without quotes, so that it may mean a number or a boolean."""

    __slots__ = ()


class NoData(StrEnum):
    """What a rule without data, or without enough of it, comes to."""

    FAIL = "fail"
    WARN = "warn"
    SKIP = "skip"


_SEVERITIES: Final = [one.value for one in Severity]
_NO_DATA: Final = [one.value for one in NoData]


def described(value: object) -> str:
    """Name a value of the file as its reader knows it: ``a list``, ``quoted text 'abc'``, ``nothing``."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case Word():
            return repr(str(value))
        case _:
            return f"quoted text {value!r}"


def _read_version(value: object) -> int:
    if value != str(VERSION) or not isinstance(value, Word):
        raise SyntaxFlaw(f"must be {VERSION}, the version that this suite reads, not {described(value)}")
    return VERSION


def _read_flag(value: object) -> bool:
    if not isinstance(value, Word) or value not in _BOOLEANS:
        raise SyntaxFlaw(f"must be true or false, not {described(value)}")
    return _BOOLEANS[value]


def _read_count(value: object) -> int:
    if not isinstance(value, Word) or not (value.isascii() and value.isdigit()) or int(value[:18]) < 1:
        raise SyntaxFlaw(f"must be a whole number, at least 1, not {described(value)}")
    return int(value[:18])


def _read_duration(value: object) -> float:
    if isinstance(value, str):
        try:
            return parse_duration_s(value, bare_unit="ms")
        except ValueError as error:
            raise SyntaxFlaw(f"{error}; a bare number is milliseconds, as in k6") from None
    raise SyntaxFlaw(f"must be a duration such as 10s, not {described(value)}")


def _read_severity(value: object) -> Severity:
    return Severity(_choice(value, _SEVERITIES))


def _read_no_data(value: object) -> NoData:
    return NoData(_choice(value, _NO_DATA))


def _choice(value: object, allowed: list[str]) -> str:
    if not isinstance(value, str) or value not in allowed:
        hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
        raise SyntaxFlaw(f"must be {' or '.join(allowed)}, not {described(value)}{hint}")
    return str(value)


def _read_expression(value: object) -> Expression:
    if not isinstance(value, str):
        raise SyntaxFlaw(f"must be an expression such as p(95)<500, not {described(value)}")
    return parse_expression(str(value))


def _check_selector(value: str) -> str:
    return parse_selector(value).source


def _check_name(value: str) -> str:
    if not value.strip():
        raise SyntaxFlaw("a name must not be empty")
    return str(value)


def _schema(kind: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


_DURATION_SCHEMA: Final = {
    "anyOf": [{"type": "string", "pattern": DURATION_PATTERN}, {"type": "number", "minimum": 0}]
}
_EXAMPLES: Final = ["p(95)<500", "rate<1%", "count>=1000"]

VersionField = Annotated[int, PlainValidator(_read_version), WithJsonSchema({"const": VERSION})]
Flag = Annotated[bool, PlainValidator(_read_flag), _schema("boolean")]
Count = Annotated[int, PlainValidator(_read_count), _schema("integer", minimum=1)]
OptionalCount = Annotated[int | None, PlainValidator(_read_count), _schema("integer", minimum=1)]
OptionalDurationS = Annotated[float | None, PlainValidator(_read_duration), WithJsonSchema(_DURATION_SCHEMA)]
SeverityField = Annotated[Severity, PlainValidator(_read_severity), _schema("string", enum=_SEVERITIES)]
OptionalSeverity = Annotated[
    Severity | None, PlainValidator(_read_severity), _schema("string", enum=_SEVERITIES)
]
OptionalNoData = Annotated[NoData | None, PlainValidator(_read_no_data), _schema("string", enum=_NO_DATA)]
ExpressionField = Annotated[
    Expression,
    PlainValidator(_read_expression),
    _schema("string", pattern=EXPRESSION_PATTERN, examples=_EXAMPLES),
]
SelectorKey = Annotated[str, AfterValidator(_check_selector), _schema("string", pattern=SELECTOR_PATTERN)]
NameKey = Annotated[str, AfterValidator(_check_name), _schema("string", pattern=r"\S")]
