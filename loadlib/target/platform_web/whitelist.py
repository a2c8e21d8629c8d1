"""Strict validation of query strings and bodies: every field has a rule, an unknown field is an error.

The messages follow the validator of the platform's API, all problems of one request in one list. The rules
know nothing of routes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from loadlib.target.platform_web.nest_errors import bad_request

Rule = Callable[[str, object], object]
"""Takes a field's name and value, returns the converted value, raises ValueError with the message."""


@dataclass(frozen=True, slots=True)
class Field:
    """A known field of a query or body."""

    name: str
    rule: Rule
    required: bool = False


class Whitelist:
    """The fields a route knows."""

    def __init__(self, *fields: Field) -> None:
        self._fields = {field.name: field for field in fields}

    def clean(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the converted fields that are present; raise the 400 answer that lists every problem."""
        problems = [f"property {name} should not exist" for name in values if name not in self._fields]
        cleaned: dict[str, object] = {}
        for field in self._fields.values():
            value = values.get(field.name)
            if value is None and not field.required:
                continue
            try:
                cleaned[field.name] = field.rule(field.name, value)
            except ValueError as problem:
                problems.append(str(problem))
        if problems:
            raise bad_request(*problems)
        return cleaned


def text(max_length: int = 10_000, *, empty: bool = False) -> Rule:
    """Accept a string of at most ``max_length`` characters."""

    def rule(name: str, value: object) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{name} must be a string")
        if not value and not empty:
            raise ValueError(f"{name} should not be empty")
        if len(value) > max_length:
            raise ValueError(f"{name} must be shorter than or equal to {max_length} characters")
        return value

    return rule


def one_of(*allowed: str) -> Rule:
    """Accept one of the given words."""

    def rule(name: str, value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"{name} must be one of the following values: {', '.join(allowed)}")
        return value

    return rule


def integer(lowest: int, highest: int | None = None) -> Rule:
    """Accept a whole number, in decimal text too (a query string has nothing else)."""

    def rule(name: str, value: object) -> int:
        number = _whole_number(value)
        if number is None:
            raise ValueError(f"{name} must be an integer number")
        if number < lowest:
            raise ValueError(f"{name} must not be less than {lowest}")
        if highest is not None and number > highest:
            raise ValueError(f"{name} must not be greater than {highest}")
        return number

    return rule


def texts(fewest: int, most: int) -> Rule:
    """Accept a list of ``fewest`` to ``most`` strings."""

    def rule(name: str, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise ValueError(f"each value in {name} must be a string")
        if len(value) < fewest:
            raise ValueError(f"{name} must contain at least {fewest} elements")
        if len(value) > most:
            raise ValueError(f"{name} must contain no more than {most} elements")
        return value

    return rule


def mapping() -> Rule:
    """Accept a JSON object."""

    def rule(name: str, value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise ValueError(f"{name} must be an object")
        return value

    return rule


def boolean() -> Rule:
    """Accept true or false."""

    def rule(name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError(f"{name} must be a boolean value")
        return value

    return rule


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.removeprefix("-").isascii() and value.removeprefix("-").isdigit():
        return int(value)
    return None
