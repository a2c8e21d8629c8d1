"""Reads the file of users that a test may act as: a JSON list, JSON lines, or CSV with a header line.

Each user has ``user_id`` and, optionally, ``workspace_id``, ``token`` (AgentOS) and ``session_token`` (API,
web). Signs nothing and contacts nobody; every problem is reported with its line, and never with a token.
"""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from loadlib.core.suggest import did_you_mean
from loadlib.errors import ConfigurationError
from loadlib.settings.kinds import check_token

COLUMNS: Final = ("user_id", "workspace_id", "token", "session_token")
_TOKENS: Final = ("token", "session_token")


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """One user of the file; tokens are not in its representation."""

    user_id: str
    workspace_id: str | None = None
    token: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


class _LineError(Exception):
    """A problem on a line of the file."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


_Lines = Iterator[tuple[int, object]]


def read_identities(path: Path) -> tuple[IdentityRow, ...]:
    """Return the users of a file, at least one.

    The format follows the name, ``.csv``, or else the content: ``[`` starts a list, the rest is JSON lines.
    Raises ``ConfigurationError`` with one ``file:line`` per problem.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from None
    rows: list[IdentityRow] = []
    problems: list[str] = []
    try:
        for line, raw in _reader(path, text)(text):
            _collect(rows, problems, path, line, raw)
    except _LineError as error:
        problems.append(f"{path}:{error.line}: {error}")
    if not rows and not problems:
        problems.append(f"{path}:1: no user in the file; columns are {', '.join(COLUMNS)}")
    if problems:
        raise ConfigurationError(*problems)
    return tuple(rows)


def _reader(path: Path, text: str) -> Callable[[str], _Lines]:
    if path.suffix.lower() == ".csv":
        return _csv
    return _json_list if text.lstrip().startswith("[") else _json_lines


def _collect(rows: list[IdentityRow], problems: list[str], path: Path, line: int, raw: object) -> None:
    try:
        rows.append(_row(raw))
    except ValueError as error:
        problems.append(f"{path}:{line}: {error}")


def _row(raw: object) -> IdentityRow:
    if not isinstance(raw, dict):
        raise ValueError(f"a user is an object with {', '.join(COLUMNS)}, not {type(raw).__name__}")
    for key in raw:
        if key not in COLUMNS:
            raise ValueError(f"unknown column {key!r}{did_you_mean(str(key), COLUMNS)}")
    values = {key: _text(key, value) for key, value in raw.items() if value not in (None, "")}
    if "user_id" not in values:
        raise ValueError("user_id is missing")
    return IdentityRow(**values)


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{key} must be text, not {type(value).__name__}")
    if key in _TOKENS:
        try:
            return check_token(value)
        except ValueError as error:
            raise ValueError(f"{key} must {error}") from None
    return value


def _csv(text: str) -> _Lines:
    reader = csv.DictReader(text.splitlines(), restkey="a column without a name", strict=True)
    try:
        for row in reader:
            yield reader.line_num, dict(row)
    except csv.Error as error:
        raise _LineError(reader.line_num, f"not CSV: {error}") from None


def _json_lines(text: str) -> _Lines:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise _LineError(number, f"not JSON: {getattr(error, 'msg', error)}") from None


def _json_list(text: str) -> _Lines:
    """Yield the items of a list with the line each starts on, which a plain ``json.loads`` would not tell."""
    decoder = json.JSONDecoder()
    place = _skip_blank(text, text.index("[") + 1)
    while text[place : place + 1] != "]":
        line = text.count("\n", 0, place) + 1
        try:
            item, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise _LineError(error.lineno, f"not JSON: {error.msg}") from None
        yield line, item
        place = _after_item(text, _skip_blank(text, place))
    rest = _skip_blank(text, place + 1)
    if rest < len(text):
        raise _LineError(text.count("\n", 0, rest) + 1, "not JSON: text after the list")


def _after_item(text: str, place: int) -> int:
    """Return where the next item, or the closing bracket, begins."""
    found = text[place : place + 1]
    if found == "]":
        return place
    if found != ",":
        raise _LineError(text.count("\n", 0, place) + 1, "not JSON: a comma or ] is missing")
    return _skip_blank(text, place + 1)


def _skip_blank(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place
