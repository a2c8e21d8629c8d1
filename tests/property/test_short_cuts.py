"""Short cuts for what most events are give what the long way gives, whatever the events are.

Each is taken or not by the form of its input alone. So the same meaning is put in a form that takes it and in
one that does not, and must come to the same.
"""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import parse_object
from loadlib.protocols.sse import SseEvent, SseParser
from loadlib.protocols.stream import StreamEnd, StreamVerdict
from tests.unit.protocols.agui_events import chunk, ev, finish, start

WHOLE = ["data: a\n\n", "data: \n\n", "data: d\r\n\r\n", "\ufeffdata: mark\n\n", "data: b\ndata: c\n\n"]
PARTS = ["data: é日\n", "data: e\r", "data: f", "\n", ": beat\n\n", "event: x\n", "id: 7\n\n"]
FRAMES = st.lists(st.sampled_from([*WHOLE, *PARTS]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
ENDINGS = st.sampled_from(["", " ", "\n", "x", "}", "{}", "\x00"])
PIECES = st.lists(
    st.builds(
        lambda item, delta: ev("TEXT_MESSAGE_CONTENT", messageId=item, delta=delta),
        st.sampled_from(["m", "m", "m", "n", 3, []]),
        st.sampled_from(["tok ", "", "Error: no", None, 4]),
    )
    | st.sampled_from(
        [
            ev("TEXT_MESSAGE_START", messageId="n", role="assistant"),
            ev("TEXT_MESSAGE_END", messageId="m"),
            ev("TEXT_MESSAGE_CONTENT", messageId="m"),
            ev("TEXT_MESSAGE_CONTENT", messageId="m", delta="of a subagent", subagentRunId="s"),
            chunk("k", "x"),
            chunk(None, "y"),
            start("other"),
            finish("other"),
            finish(),
        ]
    ),
    max_size=8,
)


@settings(max_examples=300)
@given(FRAMES)
def test_events_of_chunks_are_those_of_their_bytes_one_by_one(frames: list[str]) -> None:
    """A chunk that holds whole events and nothing else is not read line by line."""
    at_once, bit_by_bit = SseParser(), SseParser()
    events = [event for frame in frames for event in at_once.feed(frame.encode())]
    document = "".join(frames).encode()
    assert events == [event for i in range(len(document)) for event in bit_by_bit.feed(document[i : i + 1])]
    assert str(at_once.close()) == str(bit_by_bit.close())
    assert at_once.comments == bit_by_bit.comments


@given(VALUES, ENDINGS)
def test_object_of_a_text_is_that_of_its_bytes(value: Any, ending: str) -> None:
    """Bytes take the long way."""
    text = json.dumps(value) + ending
    short, long = parse_object(text), parse_object(text.encode())
    if isinstance(short, Failure):
        assert isinstance(long, Failure)
        assert short.kind == long.kind
    else:
        assert short == long == json.loads(text)


MORE = ev("TEXT_MESSAGE_CONTENT", messageId="m", delta="tok ")


@settings(max_examples=200)
@given(PIECES)
@example([chunk("k", "x"), MORE, chunk(None, "y")])
@example([MORE, ev("TEXT_MESSAGE_END", messageId="m"), finish()])
@example([ev("RUN_ERROR", message="no"), MORE])
def test_piece_of_text_is_judged_alike_with_a_further_field(pieces: list[Any]) -> None:
    """A timestamp changes no judgement, and an event that has one is read field by field."""
    events = [start(), ev("TEXT_MESSAGE_START", messageId="m", role="assistant"), *pieces]
    stamped = [{**one, "timestamp": 1} if one["type"] == "TEXT_MESSAGE_CONTENT" else one for one in events]
    short, long = judged(events), judged(stamped)
    assert short == long


def judged(events: list[Any]) -> tuple[list[int], StreamVerdict]:
    """Return the marks of events and what is said at their end."""
    verifier = AguiVerifier("t", "r")
    marks = [verifier.on_event(SseEvent("message", json.dumps(event))) for event in events]
    return marks, verifier.finish(StreamEnd.CLOSED)
