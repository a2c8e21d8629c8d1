"""The SSE parser follows the WHATWG rules, one table row each."""

import time

import pytest

from loadlib.protocols.sse import SseEvent, SseFramingError, SseParser

Expected = list[tuple[str, str]]

CASES: dict[str, tuple[bytes, Expected]] = {
    "one line": (b"data: a\n\n", [("message", "a")]),
    "several data lines are joined with LF": (b"data: a\ndata: b\n\n", [("message", "a\nb")]),
    "data without a colon is an empty line": (b"data\n\n", [("message", "")]),
    "two bare data lines make one LF": (b"data\ndata\n\n", [("message", "\n")]),
    "exactly one leading space goes": (b"data:  a\n\n", [("message", " a")]),
    "no leading space is needed": (b"data:a\n\n", [("message", "a")]),
    "exactly one leading space goes from every field": (b"event:  x\ndata: a\n\n", [(" x", "a")]),
    "a tab is no space": (b"data:\ta\n\n", [("message", "\ta")]),
    "the value keeps its colons": (b"data: a:b: c\n\n", [("message", "a:b: c")]),
    "an event name is used once": (b"event: x\ndata: a\n\ndata: b\n\n", [("x", "a"), ("message", "b")]),
    "the last event name wins": (b"event: x\nevent: y\ndata: a\n\n", [("y", "a")]),
    "an event without data is dropped, with its name": (b"event: x\n\ndata: a\n\n", [("message", "a")]),
    "blank lines alone dispatch nothing": (b"\n\n\ndata: a\n\n\n", [("message", "a")]),
    "field names are case-sensitive": (b"Data: x\ndata: a\n\n", [("message", "a")]),
    "a name with a space is another name": (b"data : x\ndata: a\n\n", [("message", "a")]),
    "unknown fields are ignored": (b"foo: x\nbar\ndata: a\n\n", [("message", "a")]),
    "comments are no data": (b": ping\n:\ndata: a\n\n", [("message", "a")]),
    "CRLF ends a line": (b"data: a\r\ndata: b\r\n\r\n", [("message", "a\nb")]),
    "CR ends a line": (b"data: a\rdata: b\r\r", [("message", "a\nb")]),
    "line ends mix": (b"data: a\r\ndata: b\rdata: c\n\r\n", [("message", "a\nb\nc")]),
    "LF CR is two line ends": (b"data: a\n\rdata: b\n\n", [("message", "a"), ("message", "b")]),
    "a leading BOM goes": (b"\xef\xbb\xbfdata: a\n\n", [("message", "a")]),
    "a second BOM is part of the name": (
        b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n",
        [("message", "b")],
    ),
    "a later BOM is part of the name": (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [("message", "a")]),
    "U+2028 and U+0085 end no line": (
        "data: a\u2028b\u0085c\x0bd\n\n".encode(),
        [("message", "a\u2028b\u0085c\x0bd")],
    ),
    "invalid bytes become U+FFFD": (b"data: a\xffb\xe6\x97\n\n", [("message", "a�b�")]),
    "an event without its blank line is lost": (b"data: a\n\ndata: b\n", [("message", "a")]),
}


@pytest.mark.parametrize("name", CASES)
def test_rule(name: str) -> None:
    """Each row is one rule of the specification."""
    document, expected = CASES[name]
    assert [(e.event, e.data) for e in SseParser().feed(document)] == expected


def test_id_and_retry_persist_over_events() -> None:
    """The last id and the reconnection time stay in force; an id with NUL and a bad retry are ignored."""
    document = (
        b"id: 7\nretry: 1500\ndata: a\n\ndata: b\n\nid: x\0y\nretry: 1s\nretry:\ndata: c\n\nid\ndata: d\n\n"
    )
    assert SseParser().feed(document) == [
        SseEvent("message", "a", "7", 1500),
        SseEvent("message", "b", "7", 1500),
        SseEvent("message", "c", "7", 1500),
        SseEvent("message", "d", "", 1500),
    ]


def test_a_cr_at_the_end_of_a_chunk_ends_its_line_at_once() -> None:
    """The event is not held back until the next chunk, and the LF that comes then is swallowed."""
    parser = SseParser()
    assert [e.data for e in parser.feed(b"data: a\r\n\r")] == ["a"]
    assert parser.feed(b"\n") == []
    assert [e.data for e in parser.feed(b"data: b\n\n")] == ["b"]
    assert parser.close() is None


def test_comments_are_counted() -> None:
    """Heartbeats prove life; a reader resets its idle timer by them."""
    parser = SseParser()
    parser.feed(b": ping\n\n: ping\n\ndata: a\n\n")
    assert parser.comments == 2


@pytest.mark.parametrize(
    ("document", "seen"), [(b"data: a\n\n", False), (b"data: a\r\n\r\n", True), (b"data: a\n\r", True)]
)
def test_line_ends_other_than_lf_are_noticed(document: bytes, seen: bool) -> None:
    """Legal, but worth a warning: the official AG-UI client breaks on them."""
    parser = SseParser()
    parser.feed(document)
    assert parser.crlf_seen is seen


@pytest.mark.parametrize(
    "document", [b"data: a", b"data: a\n", b"data: a\n\nda", b": pi", b"event: error\n", b"data: a\r\n\r\nx"]
)
def test_anything_left_at_the_end_is_truncated(document: bytes) -> None:
    """The specification discards it silently; a load test must not."""
    parser = SseParser()
    parser.feed(document)
    failure = parser.close()
    assert failure is not None
    assert failure.kind == "truncated"


@pytest.mark.parametrize(
    "document", [b"", b"\xef\xbb\xbf", b"data: a\n\n", b"data: a\n\n: x\n", b"data: a\r\r", b"id: 1\n"]
)
def test_a_whole_stream_leaves_nothing(document: bytes) -> None:
    """A BOM, comments and ids that belong to no event are not lost events."""
    parser = SseParser()
    parser.feed(document)
    assert parser.close() is None


def feed_all(parser: SseParser, pieces: list[bytes]) -> None:
    """Feed every piece."""
    for piece in pieces:
        parser.feed(piece)


@pytest.mark.parametrize("pieces", [[b"data: " + b"x" * 200], [b"data: xx\n"] * 30, [b"data: x", b"x" * 99]])
def test_an_event_that_outgrows_the_buffer_is_refused(pieces: list[bytes]) -> None:
    """One endless line, endless lines, or a line in pieces: each ends in a named failure that stays."""
    parser = SseParser(max_buffer_bytes=100)
    with pytest.raises(SseFramingError) as caught:
        feed_all(parser, pieces)
    assert caught.value.failure.kind == "sse_framing"
    with pytest.raises(SseFramingError):
        parser.feed(b"\n\n")
    assert parser.close() == caught.value.failure


def test_the_limit_is_on_what_waits_not_on_the_stream() -> None:
    """Any number of events of a fair size pass under a small limit."""
    parser = SseParser(max_buffer_bytes=100)
    events = [event for _ in range(50) for event in parser.feed(b"data: " + b"x" * 50 + b"\n\n")]
    assert len(events) == 50


def test_a_large_event_in_small_pieces_costs_linear_work() -> None:
    """Fifty times the bytes in equal pieces take nothing like 2,500 times the work."""

    def cost_s(pieces: int) -> float:
        best = float("inf")
        for _ in range(3):
            parser = SseParser()
            started_s = time.process_time()
            parser.feed(b"data: ")
            for _ in range(pieces):
                parser.feed(b"x" * 16)
            assert len(parser.feed(b"\n\n")) == 1
            best = min(best, time.process_time() - started_s)
        return best

    assert cost_s(100_000) < 500 * cost_s(2_000)
