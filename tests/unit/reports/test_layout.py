"""Text made harmless and put into columns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.reports.layout import display_width, harmless, item, pad, shorten, to_ascii, wrap
from loadlib.reports.tables import Note, table

HEBREW = "\u05e9\u05dc\u05d5\u05dd"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("é ✓ 你", "é ✓ 你"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\ud800", r"\ud800"),
        ("a\xa0b", r"a\xa0b"),
        (HEBREW, HEBREW + "\u200e"),
        (f"{HEBREW} {HEBREW}: 42 of 43", f"{HEBREW} {HEBREW}: \u200e42 of 43"),
        (f"a {HEBREW} b", f"a {HEBREW} \u200eb"),
    ],
)
def test_what_could_act_on_a_terminal_is_shown_as_an_escape(text: str, shown: str) -> None:
    """Letters of all scripts stay; those from right to left can't pull figures over."""
    assert harmless(text) == shown


@settings(deadline=None)
@given(st.text())
def test_harmless_text_is_printable(text: str) -> None:
    """Whatever comes in, nothing but the mark after right-to-left letters is invisible."""
    assert all(char.isprintable() or char == "\u200e" for char in harmless(text))


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("abc", 3), ("你好", 4), ("e\u0301", 1), ("✓…·", 3), (HEBREW + "\u200e", 4)],
)
def test_width_is_in_columns_not_characters(text: str, columns: int) -> None:
    """Wide characters take two, combining ones none."""
    assert display_width(text) == columns


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "ab…ef"),
        ("abcdef", 4, "ab…f"),
        ("abcdef", 1, "…"),
        ("abcdef", 0, ""),
        ("你好世界", 5, "你…界"),
        ("e\u0301" * 9, 4, "e\u0301e\u0301…e\u0301"),
        ("GET /.well-known/agent-card.json", 20, "GET /.well…card.json"),
    ],
)
def test_long_names_lose_their_middle(text: str, width: int, shown: str) -> None:
    """Method and end of the path tell endpoints apart."""
    assert shorten(text, width) == shown


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 5, [""]),
        ("a b c", 5, ["a b c"]),
        ("a b c d", 5, ["a b c", "d"]),
        ("abcdefgh ij", 5, ["abcde", "fgh", "ij"]),
        ("ab cdefghij", 5, ["ab", "cdefg", "hij"]),
        ("你好世界", 5, ["你好", "世界"]),
        ("a  b", 5, ["a  b"]),
    ],
)
def test_text_wraps_between_words_and_cuts_long_ones(text: str, width: int, lines: list[str]) -> None:
    """Nothing is lost but the space at a line's end."""
    assert wrap(text, width) == lines


@settings(deadline=None)
@given(st.text(), st.integers(2, 40))
def test_wrapping_keeps_every_character_and_the_width(text: str, width: int) -> None:
    """Any text, any width."""
    lines = wrap(text, width)
    assert all(display_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == harmless(text).replace(" ", "")


@settings(deadline=None)
@given(st.text(), st.integers(0, 40))
def test_shortening_keeps_the_width(text: str, width: int) -> None:
    """Any text, any width."""
    assert display_width(shorten(text, width)) <= width


def test_an_item_hangs_beside_its_lead() -> None:
    """The lead stands once; what follows is aligned."""
    assert item("  x ", "aa bb cc", 9) == ["  x aa bb", "    cc"]


def test_padding_counts_columns() -> None:
    """Columns stay straight under names of any script."""
    assert pad("你", 4) == "你  "
    assert pad("12", 4, right=True) == "  12"


def test_ascii_has_a_likeness_for_every_mark() -> None:
    """Only letters of other scripts become question marks; combining ones go."""
    assert to_ascii("✓ ✗ … · ↳ — 85\u00b5s\n") == "+ x ~ - > - 85us\n"
    assert to_ascii("你e\u0301" + HEBREW + "\u200e") == "?e????"


def test_a_name_that_the_figures_leave_no_room_for_gets_a_line_of_its_own() -> None:
    """Neither figures nor names are cut; only a name wider than the page loses its middle."""
    rows = [("a long name of a row", "1,234"), Note("a note", "    > "), ("b", "5")]
    assert table(("name", "count"), rows, 24) == [
        "  name             count",
        "  a long name of a row",
        "                   1,234",
        "    > a note",
        "  b                    5",
    ]
    assert table(("name", "count"), rows[2:], 80) == ["  name  count", "  b         5"]


def test_a_header_of_two_lines_stands_at_the_bottom() -> None:
    """Columns that belong together share the upper line."""
    assert table(("n", "TTFB\nmed", "\np95"), [("x", "1ms", "2ms")], 80) == [
        "     TTFB",
        "  n   med  p95",
        "  x   1ms  2ms",
    ]
