"""Tables for a terminal: the first column holds names and gives way, the others hold figures.

A table never takes more columns than it is given. This file knows no report.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from loadlib.reports.layout import display_width, harmless, item, pad, shorten

Row = Sequence[str]
_MIN_NAME = 8


@dataclass(frozen=True, slots=True)
class Note:
    """A line of its own between rows: a heading of those that follow, or a remark on the one before."""

    text: str
    lead: str = ""


def table(header: Sequence[str], rows: Iterable[Row | Note], width: int, *, indent: int = 2) -> list[str]:
    """Return the lines of a table; a line break in a header makes a second line of headers.

    A name for which the figures leave too little room gets a line of its own above them.
    """
    rows = list(rows)
    heads = _header_rows(header)
    cells = [*heads, *(row for row in rows if not isinstance(row, Note))]
    figures = [max(display_width(harmless(row[at])) for row in cells) for at in range(1, len(header))]
    room = width - indent - sum(figures) - 2 * len(figures)
    names = min(max(display_width(harmless(row[0])) for row in cells), max(_MIN_NAME, room))
    lines = [line for row in heads if any(row) for line in _lines(row, names, figures, (indent, width))]
    for row in rows:
        if isinstance(row, Note):
            lines += item(row.lead, row.text, width)
        else:
            lines += _lines(row, names, figures, (indent, width))
    return lines


def _header_rows(header: Sequence[str]) -> list[Row]:
    lines = [head.split("\n") for head in header]
    height = max(map(len, lines))
    return [[([""] * (height - len(line)) + line)[at] for line in lines] for at in range(height)]


def _lines(row: Row, names: int, figures: Sequence[int], margins: tuple[int, int]) -> list[str]:
    """Return a row's one line, or two when its name takes more than ``names`` columns."""
    indent, width = margins
    name, *cells = row
    shown = [pad(harmless(cell), size, right=True) for cell, size in zip(cells, figures, strict=True)]
    fits = display_width(harmless(name)) <= names
    line = "  ".join([" " * indent + pad(shorten(name if fits else "", names), names), *shown]).rstrip()
    return [line] if fits else [" " * indent + shorten(name, width - indent), line]
