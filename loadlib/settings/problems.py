"""Turns what validation found into one readable line per problem; no secret ever gets into a line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import SecretStr, ValidationError

from loadlib.core.suggest import did_you_mean
from loadlib.settings.layers import Given
from loadlib.settings.model import Settings
from loadlib.settings.names import SECRETS

_ALLOWED: Final = {
    "int_parsing": "be a whole number",
    "int_type": "be a whole number",
    "int_from_float": "be a whole number",
    "int_parsing_size": "be a whole number of fewer digits",
    "float_parsing": "be a number",
    "float_type": "be a number",
    "finite_number": "be a finite number",
    "bool_parsing": "be true or false",
    "bool_type": "be true or false",
    "string_type": "be text",
    "string_too_short": "not be empty",
    "too_short": "not be empty",
    "path_type": "be a path",
}
_SHOWN_LENGTH: Final = 80
_CREDENTIALS: Final = re.compile(r"\A((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)?.*@", re.DOTALL)


def display(name: str, value: object) -> str:
    """Return a value for people: secrets as stars, URL credentials removed, long texts cut."""
    if value is None:
        return "not set"
    if name in SECRETS or isinstance(value, SecretStr):
        return "********"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    text = re.sub(r"//[^/]*@", "//***@", spelled(value))
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "..."


def spelled(value: object) -> str:
    """Return lists and pairs as they are written in the environment, anything else as text."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={one}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ",".join(str(one) for one in value)
    return str(value)


def describe(error: ValidationError, given: Mapping[str, Given]) -> Iterator[str]:
    """Yield a line per invalid setting: its name, what is allowed, the offending value, its origin."""
    for found in error.errors(include_url=False, include_input=False):
        name = str(found["loc"][0]) if found["loc"] else "settings"
        source = given.get(name)
        if source is None:
            yield f"{name}: must {_allowed(found)}"
            continue
        hint = _hint(name, source.value)
        yield f"{name}: must {_allowed(found)}, not {quoted(name, source.value)} ({source.origin}){hint}"


def quoted(name: str, value: object) -> str:
    """Return a value as it stands in an error line: text in quotes, the rest bare.

    A bad URL may hold a password anywhere before its last ``@``: unescaped delimiters move its parts.
    """
    if name.endswith("_url") and isinstance(value, str):
        value = _CREDENTIALS.sub(r"\1***@", value)
    shown = display(name, value)
    return repr(shown) if isinstance(value, str) and name not in SECRETS else shown


def _allowed(found: Mapping[str, Any]) -> str:
    kind = found["type"]
    if kind == "value_error":
        return str(found["ctx"]["error"])
    message: str = found["msg"]
    return _ALLOWED.get(kind) or re.sub(r"^Input should ", "", message)


def _hint(name: str, value: object) -> str:
    annotation = Settings.model_fields[name].annotation
    if get_origin(annotation) is not Literal or not isinstance(value, str):
        return ""
    return did_you_mean(value, get_args(annotation))
