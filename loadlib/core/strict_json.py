"""JSON documents into frozen dataclasses, strictly: the annotations are the schema.

Every field must be there, of its type, and no other; nothing is converted but whole numbers to floats.
This file knows no document in particular.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

from loadlib.core.parts import is_number

T = TypeVar("T")
_NAMES: Final = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}
_MAX_SHOWN: Final = 60


def parse(text: str) -> Any:
    """Return the JSON value of a text; raises ``ValueError``, for NaN, infinities and deep nesting too."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read(kind: type[T], raw: Any, where: str) -> T:
    """Return the dataclass of a JSON value; raises ``ValueError`` naming the place and what is allowed."""
    value: T = _read(kind, raw, where)
    return value


def _read(kind: Any, raw: Any, where: str) -> Any:
    if is_dataclass(kind):
        return _read_object(kind, raw, where)
    origin = get_origin(kind)
    if origin is UnionType:
        return None if raw is None else _read(get_args(kind)[0], raw, where)
    if origin is tuple:
        item = get_args(kind)[0]
        return tuple(_read(item, one, f"{where}[{at}]") for at, one in enumerate(_typed(list, raw, where)))
    if origin is Mapping:
        item = get_args(kind)[1]
        return {key: _read(item, one, f"{where}.{key}") for key, one in _typed(dict, raw, where).items()}
    return _read_plain(origin or kind, raw, where)


def _read_plain(kind: Any, raw: Any, where: str) -> Any:
    if kind is float:
        if not is_number(raw):
            raise _wrong("a number", raw, where)
        return float(raw)
    if issubclass(kind, Enum):
        allowed = [member.value for member in kind]
        if raw not in allowed:
            raise _wrong(f"one of {', '.join(allowed)}", raw, where)
        return kind(raw)
    return _typed(kind, raw, where)


def _read_object(kind: Any, raw: Any, where: str) -> Any:
    given = _typed(dict, raw, where)
    hints = _hints(kind)
    for name in (*hints, *given):
        if name not in given:
            raise ValueError(f"{where}.{name} is missing")
        if name not in hints:
            raise ValueError(f"{where}.{str(name)[:_MAX_SHOWN]} is not known")
    return kind(**{name: _read(hint, given[name], f"{where}.{name}") for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _typed(kind: type[T], raw: Any, where: str) -> T:
    if type(raw) is not kind:
        raise _wrong(_NAMES[kind], raw, where)
    return raw


def _wrong(wanted: str, raw: Any, where: str) -> ValueError:
    shown = json.dumps(raw)
    shown = shown if len(shown) <= _MAX_SHOWN else f"{shown[:_MAX_SHOWN]}..."
    return ValueError(f"{where} must be {wanted}, not {shown}")


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
