"""However the bytes of a stream are cut, the SSE parser gives the same events; and they are the right ones.

The judge is a slow reading of the specification, written here on its own: it decodes the whole stream first
and then walks it character by character.
"""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.protocols.sse import SseEvent, SseParser

NASTY = (
    "\ufeff: hello\r\n"
    "retry: 3000\n"
    "data: first\r"
    "data: zweite Zeile, é日本\u2028語\r\n"
    "data\n"
    "\r\n"
    "event: error\rdata:no space\r\r"
    ": ping\n\n"
    "id: 42\ndata:  two spaces \U0001f600\n\n"
    "event: lost\n\n"
    "unknown: x\nDATA: y\nid: a\0b\ndata: a:b\u0085c\n\n\n\n"
    "id\rdata: last\n\r"
    "data: cut off 日"
).encode()


def reference(document: bytes) -> tuple[list[SseEvent], int, bool]:
    """Return the events, the number of comments, and whether anything is left over at the end."""
    text = document.decode("utf-8", "replace").removeprefix("\ufeff")
    lines, line, i = [], "", 0
    while i < len(text):
        if text[i] == "\r" and text[i + 1 : i + 2] == "\n":
            i += 1
        if text[i] in "\r\n":
            lines.append(line)
            line = ""
        else:
            line += text[i]
        i += 1
    events: list[SseEvent] = []
    comments, data, kind, last_id, retry_ms = 0, "", "", "", None
    for one in lines:
        name, colon, value = one.partition(":")
        value = value[1:] if value[:1] == " " else value
        if one == "":
            if data:
                events.append(SseEvent(kind or "message", data[:-1], last_id, retry_ms))
            data, kind = "", ""
        elif colon and name == "":
            comments += 1
        elif name == "data":
            data += value + "\n"
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
        elif name == "retry" and value != "" and all(c in "0123456789" for c in value):
            retry_ms = int(value)
    return events, comments, bool(line or data or kind)


def parse(chunks: list[bytes]) -> tuple[list[SseEvent], int, bool]:
    """Feed the chunks to the parser under test and return the same triple."""
    parser = SseParser()
    events = [event for chunk in chunks for event in parser.feed(chunk)]
    return events, parser.comments, parser.close() is not None


def cut(document: bytes, positions: list[int]) -> list[bytes]:
    """Cut the document at the given positions."""
    edges = [0, *sorted(p % (len(document) + 1) for p in positions), len(document)]
    return [document[a:b] for a, b in pairwise(edges)]


def test_the_nasty_document_is_read_as_the_specification_says() -> None:
    """The document holds every line end, a BOM, comments, several fields and a lost tail."""
    events, comments, left_over = parse([NASTY])
    assert [e.data for e in events] == [
        "first\nzweite Zeile, é日本\u2028語\n",
        "no space",
        " two spaces \U0001f600",
        "a:b\u0085c",
        "last",
    ]
    assert [e.event for e in events] == ["message", "error", "message", "message", "message"]
    assert [e.id for e in events] == ["", "", "42", "42", ""]
    assert (comments, left_over) == (2, True)
    assert (events, comments, left_over) == reference(NASTY)


def test_a_cut_at_every_byte_changes_nothing() -> None:
    """Two chunks, for every place to cut, and chunks of one byte each."""
    whole = reference(NASTY)
    for position in range(len(NASTY) + 1):
        assert parse([NASTY[:position], NASTY[position:]]) == whole
    assert parse([NASTY[i : i + 1] for i in range(len(NASTY))]) == whole


def test_every_chunk_size_changes_nothing() -> None:
    """Chunks of equal size, from one byte to the whole document."""
    whole = reference(NASTY)
    for size in range(1, len(NASTY) + 1):
        assert parse([NASTY[i : i + size] for i in range(0, len(NASTY), size)]) == whole


@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_random_cuts_change_nothing(positions: list[int]) -> None:
    """Any chunking of the nasty document, empty chunks included."""
    assert parse(cut(NASTY, positions)) == reference(NASTY)


PIECES = st.sampled_from(
    [
        b"\n", b"\r", b"\r\n", b"data", b"data:", b"data: ", b"event: e", b"id: 1", b"id", b"retry: 10",
        b"retry: x", b":", b": c", b" ", b"x", b"\xef\xbb\xbf", "日".encode(), b"\xe6\x97", b"\xff",
        "\u2028".encode(), b"\0",
    ]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=40), st.lists(st.integers(0, 10_000), max_size=8))
def test_random_documents_are_read_as_the_specification_says(
    parts: list[bytes], positions: list[int]
) -> None:
    """Documents made of what matters to the format, in any order and any chunking."""
    document = b"".join(parts)
    assert parse(cut(document, positions)) == reference(document)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.lists(st.integers(0, 10_000), max_size=8))
def test_random_bytes_are_read_as_the_specification_says(document: bytes, positions: list[int]) -> None:
    """Garbage never raises, and reads the same for both."""
    assert parse(cut(document, positions)) == reference(document)
