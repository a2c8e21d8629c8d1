"""The text of one file: where an offset stands, and how a problem at it is shown to the person who wrote it.

Lines end as editors count them: at LF, CRLF and CR. This file does not know YAML.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_MARGIN: Final = "    "
_SHOWN: Final = 160


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` up to, not including, ``end`` of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong at one place; sorts by place."""

    start: int
    end: int
    message: str


class Source:
    """A file's name and text."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, both from 1."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def place(self, offset: int) -> str:
        """Return ``file:line:column`` of an offset."""
        line, column = self.position(offset)
        return f"{self.name}:{line}:{column}"

    def show(self, problem: Problem) -> str:
        """Return ``file:line:column: message``, the line, and carets below what is meant."""
        line_number, column = self.position(problem.start)
        line = self._line(line_number)
        length = max(1, min(problem.end - problem.start, len(line) - column + 1))
        first = max(0, column - 1 - _SHOWN // 2) if len(line) > _SHOWN else 0
        before, marked = line[first : column - 1], line[column - 1 : column - 1 + length]
        shown = _printable(line[first : first + _SHOWN])
        carets = "^" * max(1, min(_width(marked), _SHOWN))
        head = f"{self.place(problem.start)}: {problem.message}"
        return f"{head}\n{_MARGIN}{shown}\n{_MARGIN}{_blank(before)}{carets}"

    def _line(self, number: int) -> str:
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() or one == "\t" else "\ufffd" for one in text)


def _blank(text: str) -> str:
    """Return blanks as wide as ``text`` is on a terminal; tabs stay, so that they reach as far."""
    return "".join("\t" if one == "\t" else " " * _width(one) for one in text)


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )
