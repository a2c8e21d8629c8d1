"""Text in columns of a terminal: made harmless, measured, shortened and wrapped by display width.

Names and messages come from servers and users' files; whatever could move the cursor, colour the screen or
turn the reading direction is shown as an escape instead. This file knows no report.
"""

from itertools import accumulate
from typing import Final
from unicodedata import bidirectional, category, east_asian_width

ELLIPSIS: Final = "…"
_HARMFUL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ZERO_WIDTH: Final = frozenset({"Mn", "Me", "Cf"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})
_LEFT_TO_RIGHT: Final = frozenset({"L", "EN"})
_LEFT_TO_RIGHT_MARK: Final = "\u200e"
_ASCII: Final = str.maketrans({"…": "~", "✓": "+", "✗": "x", "·": "-", "↳": ">", "—": "-", "\u00b5": "u"})


def harmless(text: str) -> str:
    r"""Return the text with control, format and unassigned characters as escapes such as ``\x1b``.

    Right-to-left letters are followed by a mark that keeps what comes after them, figures first, in place.
    """
    if text.isascii() and text.isprintable():
        return text
    return _anchored("".join(_shown(char) for char in text))


def display_width(text: str) -> int:
    """Return how many columns a harmless text takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else sum(map(_width, text))


def shorten(text: str, width: int) -> str:
    """Return the harmless text, its middle replaced by ``…`` when it takes more than ``width`` columns."""
    text = harmless(text)
    if display_width(text) <= width:
        return text
    room = max(0, width - 1)
    head = fitting(text, room - room // 2)
    tail = fitting(text[::-1], room // 2)[::-1]
    while tail and category(tail[0]) in _ZERO_WIDTH:
        tail = tail[1:]
    return f"{head}{ELLIPSIS}{tail}" if width > 0 else ""


def fitting(text: str, width: int) -> str:
    """Return the longest start of a harmless text that takes at most ``width`` columns."""
    return text[: sum(end <= width for end in accumulate(map(_width, text)))]


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return a harmless text filled with spaces to ``width`` columns; ``right`` aligns it to the right."""
    space = " " * (width - display_width(text))
    return space + text if right else text + space


def wrap(text: str, width: int) -> list[str]:
    """Return the harmless text in lines of at most ``width`` columns; words that are longer are cut."""
    lines: list[str] = []
    line: str | None = None
    for word in harmless(text).split(" "):
        longer = word if line is None else f"{line} {word}"
        if display_width(longer) <= width:
            line = longer
            continue
        if line is not None:
            lines.append(line)
        *full, line = _cut(word, width)
        lines += full
    return [*lines, line or ""]


def item(lead: str, text: str, width: int) -> list[str]:
    """Return ``text`` wrapped beside ``lead``, which only the first line shows."""
    indent = display_width(lead)
    first, *rest = wrap(text, width - indent)
    return [f"{lead}{first}".rstrip(), *(f"{' ' * indent}{line}" for line in rest)]


def to_ascii(text: str) -> str:
    """Return a laid-out text in ASCII: marks by their likeness, other characters as ``?``, no line longer."""
    visible = "".join(char for char in text.translate(_ASCII) if _width(char) or char == "\n")
    return visible.encode("ascii", "replace").decode()


def _shown(char: str) -> str:
    harmful = category(char) in _HARMFUL or (char.isspace() and char != " ")
    return char.encode("unicode_escape").decode() if harmful else char


def _anchored(text: str) -> str:
    anchored: list[str] = []
    turned = False
    for char in text:
        direction = bidirectional(char)
        if turned and direction in _LEFT_TO_RIGHT:
            anchored.append(_LEFT_TO_RIGHT_MARK)
            turned = False
        turned = turned or direction in _RIGHT_TO_LEFT
        anchored.append(char)
    return "".join([*anchored, _LEFT_TO_RIGHT_MARK] if turned else anchored)


def _width(char: str) -> int:
    if category(char) in _ZERO_WIDTH:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _cut(word: str, width: int) -> list[str]:
    pieces = []
    while display_width(word) > width:
        piece = fitting(word, width) or word[0]
        pieces.append(piece)
        word = word[len(piece) :]
    return [*pieces, word]
