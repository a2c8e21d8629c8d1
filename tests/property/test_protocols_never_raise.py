"""Whatever a peer sends, the judges return a verdict: they never raise, and name at most one failure."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadlib.protocols.a2a.card import read_card
from loadlib.protocols.a2a.dialect import Dialect
from loadlib.protocols.a2a.responses import judge_cancel, judge_get, judge_not_streamed, judge_send
from loadlib.protocols.a2a.stream import A2AStreamVerifier
from loadlib.protocols.agui.fields import SPECS
from loadlib.protocols.agui.team import TeamStreamVerifier
from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.discovery import judge_card, judge_cards, judge_listing
from loadlib.protocols.failures import KINDS, Failure
from loadlib.protocols.platform_rpc import judge
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import StreamEnd, StreamVerdict, StreamVerifier

SCALARS = st.sampled_from(["", "t", "r", "m", "s", "/activeTasks", "add", None, True, 1, 1.5, 10**30])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abt"), inner, max_size=2),
    max_leaves=4,
)
AGUI_FIELDS = sorted({name for spec in SPECS.values() for name in (*dict(spec.required), *spec.optional)})
AGUI_EVENTS = st.builds(
    lambda kind, fields: {"type": kind, **fields},
    st.sampled_from([*SPECS, "NEW", "ERROR", "THOUGHT_CHUNK"]),
    st.dictionaries(st.sampled_from([*AGUI_FIELDS, "argsDelta", "status", "toolName"]), VALUES, max_size=6),
)
IDS = {"taskId": "t1", "contextId": "c1"}


def a2a_stream(dialect: Dialect) -> list[Any]:
    """Return a good stream with every sort of object in it."""
    if dialect is Dialect.V1_0:
        done = {"state": "TASK_STATE_COMPLETED", "timestamp": "2026-01-01T00:00:00Z"}
        part = {"text": "x"}
        results: list[Any] = [
            {"task": {"id": "t1", "contextId": "c1", "status": {"state": "TASK_STATE_WORKING"}}},
            {"artifactUpdate": {**IDS, "artifact": {"artifactId": "a", "parts": [part]}, "append": True}},
            {"statusUpdate": {**IDS, "status": {**done, "message": {"parts": [part]}}}},
        ]
    else:
        old_part = {"kind": "text", "text": "x"}
        results = [
            {"kind": "task", "id": "t1", "contextId": "c1", "status": {"state": "working"}},
            {"kind": "artifact-update", **IDS, "artifact": {"artifactId": "a", "parts": [old_part]}},
            {"kind": "status-update", **IDS, "final": True, "status": {"state": "completed"}},
        ]
    return [{"jsonrpc": "2.0", "id": 4, "result": result} for result in results]


def agui_stream() -> list[Any]:
    """Return a good run with a bit of everything in it."""
    ids = {"threadId": "t", "runId": "r"}
    return [
        {"type": "RUN_STARTED", **ids, "input": {"messages": [{"id": "h", "role": "user", "content": "x"}]}},
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "x", "timestamp": 1},
        {"type": "TEXT_MESSAGE_END", "messageId": "m"},
        {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "f", "delta": "{}"},
        {"type": "STATE_DELTA", "delta": [{"op": "add", "path": "/activeTasks/-", "value": {"taskId": "x"}}]},
        {"type": "MESSAGES_SNAPSHOT", "messages": [{"id": "h", "role": "user", "toolCalls": [{"id": "c"}]}]},
        {"type": "CUSTOM", "name": "progress", "value": {"taskId": "x"}},
        {"type": "RUN_FINISHED", **ids, "outcome": {"type": "success"}, "usage": [{"outputTokens": 3}]},
    ]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every member and item inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[Any, ...]] = []
    for key, inner in items:
        found += [(*path, key), *places(inner, (*path, key))]
    return found


@st.composite
def damaged(draw: st.DrawFn, stream: list[Any]) -> list[Any]:
    """Return the stream with one or two places replaced by another value, or removed."""
    events = json.loads(json.dumps(stream))
    for _ in range(draw(st.integers(1, 2))):
        known = places(events)
        if not known:
            break
        *path, last = draw(st.sampled_from(known))
        holder = events
        for key in path:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(VALUES)
        else:
            del holder[last]
    return events


def check(verifier: StreamVerifier, events: list[Any], end: StreamEnd = StreamEnd.CLOSED) -> StreamVerdict:
    """Run the verifier and hold its verdict to what every verdict promises."""
    for event in events:
        verifier.on_event(SseEvent("message", json.dumps(event)))
    verdict = verifier.finish(end)
    assert (verdict.outcome == "failed") is (verdict.failure is not None)
    if verdict.failure is not None:
        assert verdict.failure.family in KINDS
    assert all(count > 0 for count in verdict.soft.values())
    return verdict


@settings(max_examples=300)
@given(st.lists(AGUI_EVENTS, max_size=8), st.sampled_from(StreamEnd))
def test_agui_verifiers_never_raise_on_any_events(events: list[Any], end: StreamEnd) -> None:
    """Events of known types with fields of any value, in any order, inside and outside a run."""
    opening = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
    for stream in (events, [opening, *events]):
        check(AguiVerifier("t", "r"), stream, end)
        check(TeamStreamVerifier(), stream, end)


@settings(max_examples=300)
@given(damaged(agui_stream()))
def test_a_damaged_agui_stream_gets_a_verdict(events: list[Any]) -> None:
    """One or two members of a good stream replaced or removed."""
    check(AguiVerifier("t", "r"), events)
    check(TeamStreamVerifier(), events)


@settings(max_examples=300)
@given(st.sampled_from(Dialect).flatmap(lambda d: st.tuples(st.just(d), damaged(a2a_stream(d)))))
def test_a_damaged_a2a_stream_gets_a_verdict(case: tuple[Dialect, list[Any]]) -> None:
    """One or two members of a good stream replaced or removed; each event is tried as an answer, too."""
    dialect, events = case
    check(A2AStreamVerifier(dialect, 4), events)
    for event in events:
        body = json.dumps(event)
        judge_send(body, 4, dialect)
        judge_get(body, 4, dialect, task_id="t1", history_length=0)
        judge_cancel(body, 4, dialect, task_id="t1")
        judge_not_streamed(body, 4)


@pytest.mark.parametrize("dialect", Dialect)
def test_the_undamaged_streams_complete(dialect: Dialect) -> None:
    """The damage is what the properties above are about, not the streams."""
    assert check(A2AStreamVerifier(dialect, 4), a2a_stream(dialect)).outcome == "completed"
    assert check(AguiVerifier("t", "r"), agui_stream()).outcome == "completed"


CARD = {
    "name": "x",
    "description": "",
    "version": "1",
    "protocolVersion": "0.3.0",
    "url": "u",
    "capabilities": {"streaming": True},
    "defaultInputModes": [],
    "defaultOutputModes": [],
    "skills": [],
    "supportedInterfaces": [{"url": "u", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
    "additionalInterfaces": [{"transport": "JSONRPC", "url": "u"}],
    "preferredTransport": "GRPC",
}
LISTED = {
    "id": "x",
    "name": "x",
    "url": "u",
    "discoveryUrl": "u",
    "version": "1",
    "capabilities": {},
    "skills": [],
}
LISTING = {"protocolVersion": "0.3.0", "count": 1, "agents": [LISTED]}
RPC = {"jsonrpc": "2.0", "id": "r", "result": {"content": '{"status":"ok"}'}, "error": None}

Read = Callable[[Any], tuple[Any, Failure | None]]

READERS: list[tuple[Any, Read]] = [
    (CARD, read_card),
    (LISTED, lambda body: judge_card(body, "x")),
    (LISTING, lambda body: judge_cards(body, ["x"])),
    (LISTING, lambda body: judge_listing(body, ["x"])),
    (RPC, lambda body: judge("run", body, "r")),
    (RPC, lambda body: judge("health", body, "r")),
    (RPC, lambda body: judge("capabilities", body, "r")),
]


@settings(max_examples=100)
@pytest.mark.parametrize("number", range(len(READERS)))
@given(data=st.data())
def test_a_damaged_body_gets_a_result_or_a_named_failure(number: int, data: st.DataObject) -> None:
    """Cards, listings and platform answers: whole they pass, damaged they never raise."""
    body, read = READERS[number]
    assert read(body)[1] is None
    result, failure = read(
        json.dumps(data.draw(damaged([body]).map(lambda bodies: bodies[0] if bodies else {})))
    )
    assert (result is None) is (failure is not None)
    if failure is not None:
        assert failure.family in KINDS
