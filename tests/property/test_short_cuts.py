"""Short cuts for what most events are give what the long way gives, whatever the events are.

Each is taken or not by the form of its input alone. So the same meaning is put in a form that takes it and in
one that does not, and must come to the same.
"""

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from loadlib.protocols.a2a.dialect import Dialect
from loadlib.protocols.a2a.stream import A2AStreamVerifier
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


TASK = {
    Dialect.V1_0: {"task": {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING"}}},
    Dialect.V0_3: {"kind": "task", "id": "t", "contextId": "c", "status": {"state": "working"}},
}
DONE = {
    Dialect.V1_0: {
        "statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"}}
    },
    Dialect.V0_3: {
        "kind": "status-update",
        "taskId": "t",
        "contextId": "c",
        "final": True,
        "status": {"state": "completed"},
    },
}
ADDED = st.fixed_dictionaries(
    {
        "taskId": st.sampled_from(["t", "t", "t", "u", None]),
        "contextId": st.sampled_from(["c", "c", "c", "d", 3]),
        "artifact": st.fixed_dictionaries(
            {
                "artifactId": st.sampled_from(["a", "a", "a", "b", "", None]),
                "text": st.sampled_from(["tok ", "tok ", "Error: no", "", None, 4]),
            }
        ),
    },
    optional={"append": st.booleans(), "lastChunk": st.booleans()},
)
NAMES = st.sampled_from(["message", "message", "message", "message", "error"])


@settings(max_examples=300)
@given(
    st.sampled_from(Dialect),
    st.lists(st.tuples(NAMES, ADDED | st.just("done") | st.just("task")), max_size=5),
)
def test_added_text_is_judged_alike_in_two_parts(dialect: Dialect, added: list[tuple[str, Any]]) -> None:
    """A second part that is empty changes no judgement, and an update of two parts is read part by part."""
    short, long = (
        a2a_judged(
            dialect, [("message", TASK[dialect]), *((name, a2a(dialect, one, more)) for name, one in added)]
        )
        for more in (False, True)
    )
    assert short == long


def a2a(dialect: Dialect, added: Any, more: bool) -> dict[str, Any]:
    """Return a result: the end, the task again, or an update of one part, or of one and an empty one."""
    if isinstance(added, str):
        return (DONE if added == "done" else TASK)[dialect]
    artifact = added["artifact"]
    kind = {} if dialect is Dialect.V1_0 else {"kind": "text"}
    parts = [{**kind, "text": artifact["text"]}, *([{**kind, "text": ""}] if more else [])]
    update = {**added, "artifact": {"artifactId": artifact["artifactId"], "parts": parts}}
    return {"artifactUpdate": update} if dialect is Dialect.V1_0 else {**update, "kind": "artifact-update"}


def a2a_judged(dialect: Dialect, results: list[tuple[str, Any]]) -> tuple[list[int], StreamVerdict]:
    """Return the marks of results in events of these names, and what is said at their end."""
    verifier = A2AStreamVerifier(dialect, "1")
    texts = [(name, json.dumps({"jsonrpc": "2.0", "id": "1", "result": result})) for name, result in results]
    marks = [verifier.on_event(SseEvent(name, text)) for name, text in texts]
    return marks, verifier.finish(StreamEnd.CLOSED)


def judged(events: list[Any]) -> tuple[list[int], StreamVerdict]:
    """Return the marks of events and what is said at their end."""
    verifier = AguiVerifier("t", "r")
    marks = [verifier.on_event(SseEvent("message", json.dumps(event))) for event in events]
    return marks, verifier.finish(StreamEnd.CLOSED)
