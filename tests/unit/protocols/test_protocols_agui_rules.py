"""The rules of AG-UI streams: good ones complete, and each bad one has exactly its own failure kind."""

from importlib import import_module
from typing import Any

import pytest

from loadlib.protocols.agui.fields import SPECS
from tests.unit.protocols.agui_events import (
    INTERRUPT,
    S1,
    TASK,
    Event,
    agent,
    chunk,
    ev,
    finish,
    judge,
    kind_of,
    run,
    start,
    text,
    tool,
    tool_chunk,
)

GOOD: dict[str, list[Event]] = {
    "text": run(*text()),
    "an empty message beside a tool call": run(*text("p", ""), *tool()),
    "a tool call left unanswered": run(*tool()[:-1], ev("TEXT_MESSAGE_START", messageId="m"), *text()[2:]),
    "a closed id opened again": run(*text(), *text()),
    "interleaved messages": run(text("a")[0], text("b")[0], *text("a")[1:], *text("b")[1:]),
    "reasoning span and message of one id": run(
        ev("REASONING_START", messageId="x"),
        ev("REASONING_MESSAGE_START", messageId="x", role="reasoning"),
        ev("REASONING_MESSAGE_CONTENT", messageId="x", delta="hm"),
        ev("REASONING_MESSAGE_END", messageId="x"),
        ev("REASONING_END", messageId="x"),
        ev("REASONING_ENCRYPTED_VALUE", subtype="message", entityId="x", encryptedValue="e"),
        *text(),
    ),
    "steps": run(ev("STEP_STARTED", stepName="a"), ev("STEP_FINISHED", stepName="a"), *text()),
    "the same step of two owners": run(
        ev("STEP_STARTED", stepName="a"),
        ev("STEP_STARTED", stepName="a", **S1),
        ev("STEP_FINISHED", stepName="a"),
        ev("STEP_FINISHED", stepName="a", **S1),
        *text(),
    ),
    "state, snapshots, raw and custom": run(
        ev("STATE_DELTA", delta=[{"op": "add", "path": "/a", "value": None}]),
        ev("STATE_SNAPSHOT", snapshot=None),
        ev("STATE_SNAPSHOT", snapshot={"activeTasks": [TASK]}),
        ev("STATE_DELTA", delta=[{"op": "add", "path": "/activeTasks/-", "value": TASK}]),
        ev("STATE_DELTA", delta=[{"op": "replace", "path": "/activeTasks/0/status", "value": "done"}]),
        ev("STATE_DELTA", delta=[{"op": "remove", "path": "/activeTasks/0"}]),
        ev("MESSAGES_SNAPSHOT", messages=[{"id": "h", "role": "user", "content": "hi"}]),
        ev("RAW", event={"any": 1}, source="x"),
        ev("CUSTOM", name="theme", value="dark"),
        ev("CUSTOM", name="task_progress", value=TASK),
        *text(),
    ),
    "an activity": run(
        ev("ACTIVITY_SNAPSHOT", messageId="a", activityType="plan", content={}),
        ev("ACTIVITY_DELTA", messageId="a", activityType="plan", patch=[{"op": "remove", "path": "/x"}]),
        *text(),
    ),
    "subagents, nested": run(
        agent(),
        agent("s2", parentSubagentRunId="s"),
        *text("n", **S1),
        *tool(**S1),
        ev("SUBAGENT_ERROR", subagentRunId="s2", message="gave up"),
        ev("SUBAGENT_FINISHED", subagentRunId="s", outcome={"type": "suspended"}),
    ),
    "attribution without any announcement": run(*text("n", **S1)),
    "an untagged continuation of a tagged message": run(text("n", **S1)[0], *text("n")[1:]),
    "chunks": run(chunk(), chunk(None), chunk("m2"), tool_chunk(), tool_chunk(None, None), chunk("m")),
    "chunks that repeat their opening": run(
        chunk(role="assistant"), chunk(role="assistant"), tool_chunk(), tool_chunk()
    ),
    "raw and activity do not end a chunk": run(
        chunk(),
        ev("RAW", event=1),
        ev("ACTIVITY_SNAPSHOT", messageId="a", activityType="p", content={}),
        chunk(None),
    ),
    "chunks of two owners": run(chunk("a"), chunk("b", **S1), chunk("a"), chunk("b"), chunk("b", **S1)),
    "a subagent's end closes its chunk": run(agent(), chunk("b", **S1), ev("SUBAGENT_FINISHED", **S1)),
    "reasoning chunks": run(ev("REASONING_MESSAGE_CHUNK", messageId="x", delta="hm"), chunk()),
    "a replayed run before the requested one": [start("old"), *text(), finish("old"), *run(*text())],
    "a replayed failure before the requested run": [
        start("old"),
        ev("RUN_ERROR", message="x"),
        *run(*text()),
    ],
    "a replayed empty run": [start("old"), finish("old"), *run(*text())],
    "an error before a replayed run": [ev("RUN_ERROR", message="x"), *run(*text())],
    "an explicit success": [start(), *text(), finish(outcome={"type": "success", "pendingToolCallIds": []})],
    "a null result": [start(), *text(), finish(result=None)],
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_stream_completes_without_any_finding(name: str) -> None:
    """Nothing hard; and nothing soft but what the row is about."""
    verdict = judge(GOOD[name])
    assert verdict.failure is None
    assert verdict.outcome == "completed"
    assert set(verdict.soft) <= {"empty_delta"}


@pytest.mark.parametrize("name", GOOD)
def test_the_official_schema_accepts_every_event_of_the_good_streams(name: str) -> None:
    """The rows are real events, by the AG-UI project's own types."""
    core = import_module("ag_ui.core")
    pydantic = import_module("pydantic")
    events = pydantic.TypeAdapter(core.Event)
    for event in GOOD[name]:
        assert events.validate_python(event).type == event["type"]


def test_the_table_of_fields_has_every_event_type_of_the_protocol() -> None:
    """The 31 types of AG-UI 1.0, no more and no fewer."""
    core = import_module("ag_ui.core")
    assert set(SPECS) == {kind.value for kind in core.EventType}
    assert len(SPECS) == 31


BAD: dict[str, tuple[list[Any], str]] = {
    "not JSON": ([start(), "{"], "bad_json"),
    "a list": (["[]"], "not_object"),
    "no type": (["{}"], "no_type"),
    "a type that is no text": (['{"type":1}'], "no_type"),
    "missing field": (run(ev("TEXT_MESSAGE_START")), "bad_field"),
    "mistyped field": (run(ev("TEXT_MESSAGE_START", messageId=1)), "bad_field"),
    "mistyped delta": (run(text()[0], ev("TEXT_MESSAGE_CONTENT", messageId="m", delta=None)), "bad_field"),
    "snake case instead": (run(ev("TEXT_MESSAGE_START", message_id="m")), "bad_field"),
    "mistyped optional": (run(ev("TEXT_MESSAGE_START", messageId="m", name=1)), "bad_field"),
    "unknown role": (run(ev("TEXT_MESSAGE_START", messageId="m", role="robot")), "bad_field"),
    "wrong reasoning role": (
        run(ev("REASONING_MESSAGE_START", messageId="x", role="assistant")),
        "bad_field",
    ),
    "no reasoning role": (run(ev("REASONING_MESSAGE_START", messageId="x")), "bad_field"),
    "float timestamp": (run(ev("CUSTOM", name="x", value=1, timestamp=1.5)), "bad_field"),
    "null attribution": (run(*text(subagentRunId=None)), "bad_field"),
    "null lifecycle optional": (run(agent(description=None)), "bad_field"),
    "subagent without a name": (run(ev("SUBAGENT_STARTED", subagentRunId="s")), "bad_field"),
    "subagent error without a message": (run(agent(), ev("SUBAGENT_ERROR", **S1)), "bad_field"),
    "subagent outcome unknown": (
        run(agent(), ev("SUBAGENT_FINISHED", outcome={"type": "x"}, **S1)),
        "bad_field",
    ),
    "run error without a message": ([start(), ev("RUN_ERROR")], "bad_field"),
    "outcome is a list": ([start(), *text(), finish(outcome=[])], "bad_field"),
    "outcome without a type": ([start(), *text(), finish(outcome={})], "bad_field"),
    "interrupt without interrupts": (
        [start(), finish(outcome={"type": "interrupt", "interrupts": []})],
        "bad_field",
    ),
    "interrupt ids twice": (
        [start(), finish(outcome={"type": "interrupt", "interrupts": INTERRUPT["interrupts"] * 2})],
        "bad_field",
    ),
    "interrupt without a reason": (
        [start(), finish(outcome={"type": "interrupt", "interrupts": [{"id": "i"}]})],
        "bad_field",
    ),
    "mistyped usage": ([start(), *text(), finish(usage=[{"outputTokens": "9"}])], "bad_field"),
    "snapshot message without a role": (run(ev("MESSAGES_SNAPSHOT", messages=[{"id": "h"}])), "bad_field"),
    "snapshot message with a null attribution": (
        run(ev("MESSAGES_SNAPSHOT", messages=[{"id": "h", "role": "user", "subagentRunId": None}])),
        "bad_field",
    ),
    "snapshot message that is no object": (run(ev("MESSAGES_SNAPSHOT", messages=["x"])), "bad_field"),
    "mistyped usage of an error": ([start(), ev("RUN_ERROR", message="x", usage=[1])], "bad_field"),
    "content first": (text(), "first_event"),
    "finished first": ([finish()], "first_event"),
    "content after the end": ([*run(*text()), *text()], "event_after_close"),
    "finished twice": ([*run(*text()), finish()], "event_after_close"),
    "a replayed error twice": ([start("old"), *[ev("RUN_ERROR", message="x")] * 2], "event_after_close"),
    "a run in a run": ([start(), start()], "nested_run_started"),
    "text opened twice": (run(text()[0], text()[0]), "dup_open:text"),
    "tool opened twice": (run(tool()[0], tool()[0]), "dup_open:tool"),
    "reasoning opened twice": (
        run(*[ev("REASONING_MESSAGE_START", messageId="x", role="reasoning")] * 2),
        "dup_open:reasoning",
    ),
    "span opened twice": (run(*[ev("REASONING_START", messageId="x")] * 2), "dup_open:reasoning_span"),
    "step started twice": (run(*[ev("STEP_STARTED", stepName="a")] * 2), "dup_open:step"),
    "subagent started twice": (run(agent(), agent()), "dup_open:subagent"),
    "subagent id used again": (run(agent(), ev("SUBAGENT_FINISHED", **S1), agent()), "dup_open:subagent"),
    "content without start": (run(text()[1]), "not_open:text"),
    "content after end": (run(*text(), text()[1]), "not_open:text"),
    "end without start": (run(text()[2]), "not_open:text"),
    "args without start": (run(tool()[1]), "not_open:tool"),
    "tool end without start": (run(tool()[3]), "not_open:tool"),
    "reasoning content without start": (
        run(ev("REASONING_MESSAGE_CONTENT", messageId="x", delta="a")),
        "not_open:reasoning",
    ),
    "a span is no message": (
        run(ev("REASONING_START", messageId="x"), ev("REASONING_MESSAGE_END", messageId="x")),
        "not_open:reasoning",
    ),
    "span end without start": (run(ev("REASONING_END", messageId="x")), "not_open:reasoning_span"),
    "step finished without start": (run(ev("STEP_FINISHED", stepName="a")), "not_open:step"),
    "step finished by another": (
        run(ev("STEP_STARTED", stepName="a"), ev("STEP_FINISHED", stepName="a", **S1)),
        "not_open:step",
    ),
    "subagent finished without start": (run(ev("SUBAGENT_FINISHED", **S1)), "not_open:subagent"),
    "subagent of an unknown parent": (run(agent(parentSubagentRunId="p")), "not_open:subagent"),
    "text open at the end": (run(*text()[:2]), "open_at_finish:text"),
    "tool open at the end": (run(*tool()[:3]), "open_at_finish:tool"),
    "reasoning open at the end": (
        run(*text(), ev("REASONING_MESSAGE_START", messageId="x", role="reasoning")),
        "open_at_finish:reasoning",
    ),
    "span open at the end": (
        run(*text(), ev("REASONING_START", messageId="x")),
        "open_at_finish:reasoning_span",
    ),
    "step open at the end": (run(*text(), ev("STEP_STARTED", stepName="a")), "open_at_finish:step"),
    "subagent open at the end": (run(*text(), agent()), "open_at_finish:subagent"),
    "content claimed by a subagent": (run(text()[0], text(**S1)[1]), "owner_mismatch"),
    "end claimed by another": (run(*text(**S1)[:2], text(subagentRunId="s2")[2]), "owner_mismatch"),
    "reopened by another": (run(*text(**S1), *text(subagentRunId="s2")), "owner_mismatch"),
    "tool call in another's message": (
        run(
            *text(**S1),
            ev("TOOL_CALL_START", toolCallId="c", toolCallName="f", parentMessageId="m", subagentRunId="s2"),
        ),
        "owner_mismatch",
    ),
    "encrypted value of another's call": (
        run(
            *tool(**S1),
            ev(
                "REASONING_ENCRYPTED_VALUE",
                subtype="tool-call",
                entityId="c",
                encryptedValue="e",
                subagentRunId="s2",
            ),
        ),
        "owner_mismatch",
    ),
    "activity patched by another": (
        run(
            ev("ACTIVITY_SNAPSHOT", messageId="a", activityType="p", content={}, **S1),
            ev("ACTIVITY_DELTA", messageId="a", activityType="p", patch=[], subagentRunId="s2"),
        ),
        "owner_mismatch",
    ),
    "owner told by a snapshot": (
        run(
            ev("MESSAGES_SNAPSHOT", messages=[{"id": "m", "role": "assistant", "content": "", **S1}]),
            *text(subagentRunId="s2"),
        ),
        "owner_mismatch",
    ),
    "owner of a call told by a snapshot": (
        run(
            ev(
                "MESSAGES_SNAPSHOT",
                messages=[{"id": "m", "role": "assistant", "toolCalls": [{"id": "c"}], **S1}],
            ),
            *tool(subagentRunId="s2"),
        ),
        "owner_mismatch",
    ),
    "owner told by the run's input": (
        [start(input={"messages": [{"id": "m", "role": "assistant", **S1}]}), *text(subagentRunId="s2")],
        "owner_mismatch",
    ),
    "first chunk without an id": (run(chunk(None)), "chunk_first_fields"),
    "first tool chunk without a name": (run(tool_chunk(name=None)), "chunk_first_fields"),
    "first tool chunk without an id": (run(tool_chunk(None)), "chunk_first_fields"),
    "custom ends a chunk": (run(chunk(), ev("CUSTOM", name="x", value=1), chunk(None)), "chunk_first_fields"),
    "a snapshot ends every chunk": (
        run(chunk(**S1), ev("MESSAGES_SNAPSHOT", messages=[]), chunk(None, **S1)),
        "chunk_first_fields",
    ),
    "chunk of another role": (run(chunk(), chunk(role="user")), "chunk_conflict"),
    "chunk of another tool": (run(tool_chunk(), tool_chunk(name="other")), "chunk_conflict"),
    "chunk of an explicit message": (run(text()[0], chunk()), "chunk_conflict"),
    "chunk that could continue two": (run(chunk("a"), chunk("b", **S1), chunk(None)), "chunk_conflict"),
    "arguments of a chunk's call": (run(tool_chunk(), tool()[1]), "not_open:tool"),
    "content of a chunk's reasoning": (
        run(
            ev("REASONING_MESSAGE_CHUNK", messageId="x", delta="a"),
            ev("REASONING_MESSAGE_CONTENT", messageId="x", delta="b"),
        ),
        "not_open:reasoning",
    ),
    "content of a chunk's message": (run(chunk(), text()[1]), "not_open:text"),
    "another thread": ([start(thread_id="t2"), *text(), finish(thread_id="t2")], "thread_id_mismatch"),
    "finished for another thread": ([start(), *text(), finish(thread_id="t2")], "thread_id_mismatch"),
    "replay of another thread": (
        [start("old", "t2"), finish("old", "t2"), *run(*text())],
        "thread_id_mismatch",
    ),
    "finished as another run": ([start(), *text(), finish("r2")], "run_id_mismatch"),
    "only another run": ([start("r2"), *text(), finish("r2")], "run_id_mismatch"),
    "patch is no list of objects": (run(ev("STATE_DELTA", delta=["x"])), "bad_patch"),
    "patch without a path": (run(ev("STATE_DELTA", delta=[{"op": "remove"}])), "bad_patch"),
    "patch with a relative path": (
        run(ev("STATE_DELTA", delta=[{"op": "remove", "path": "a"}])),
        "bad_patch",
    ),
    "patch without a value": (run(ev("STATE_DELTA", delta=[{"op": "add", "path": "/a"}])), "bad_patch"),
    "patch without a from": (run(ev("STATE_DELTA", delta=[{"op": "move", "path": "/a"}])), "bad_patch"),
    "patch without an op": (run(ev("STATE_DELTA", delta=[{"path": "/a"}])), "bad_patch"),
    "activity patch": (
        run(ev("ACTIVITY_DELTA", messageId="a", activityType="p", patch=[{"op": "test", "path": "/a"}])),
        "bad_patch",
    ),
    "run error": ([start(), ev("RUN_ERROR", message="boom")], "run_error"),
    "run error with a code": ([start(), ev("RUN_ERROR", message="boom", code="QUOTA")], "run_error:QUOTA"),
    "run error first": ([ev("RUN_ERROR", message="boom")], "run_error"),
    "run error with things open": ([start(), text()[0], ev("RUN_ERROR", message="boom")], "run_error"),
    "late run error": ([*run(*text()), ev("RUN_ERROR", message="boom")], "run_error"),
    "error of a run that was not asked for": ([start("r2"), ev("RUN_ERROR", message="boom")], "run_error"),
    "interrupt": ([start(), finish(outcome=INTERRUPT)], "outcome_interrupt"),
    "cancelled": ([start(), finish(outcome={"type": "cancelled"})], "outcome_cancelled"),
    "nothing at all": ([], "no_terminal"),
    "no terminal event": ([start(), *text()], "no_terminal"),
    "no terminal event of a second run": ([*run(*text()), start("r2")], "no_terminal"),
    "an empty run": (run(), "empty_run"),
    "an empty message": (run(*text(delta="")), "empty_run"),
    "reasoning alone": (run(ev("REASONING_MESSAGE_CHUNK", messageId="x", delta="hm")), "empty_run"),
    "state alone": (run(ev("STATE_SNAPSHOT", snapshot={})), "empty_run"),
    "custom progress without a task": (
        run(ev("CUSTOM", name="taskProgress", value={})),
        "progress_without_task_id",
    ),
    "custom progress that is no object": (
        run(ev("CUSTOM", name="TASK.UPDATED", value=50)),
        "progress_without_task_id",
    ),
    "snapshot with an empty task id": (
        run(ev("STATE_SNAPSHOT", snapshot={"activeTasks": [TASK, {"taskId": ""}]})),
        "progress_without_task_id",
    ),
    "snapshot whose tasks are no list": (
        run(ev("STATE_SNAPSHOT", snapshot={"activeTasks": {"a": 1}})),
        "progress_without_task_id",
    ),
    "delta adding a task without id": (
        run(ev("STATE_DELTA", delta=[{"op": "add", "path": "/activeTasks/-", "value": {"taskName": "x"}}])),
        "progress_without_task_id",
    ),
    "delta replacing the list": (
        run(ev("STATE_DELTA", delta=[{"op": "replace", "path": "/activeTasks", "value": [{}]}])),
        "progress_without_task_id",
    ),
    "delta replacing the whole state": (
        run(ev("STATE_DELTA", delta=[{"op": "replace", "path": "", "value": {"activeTasks": [{}]}}])),
        "progress_without_task_id",
    ),
    "delta removing the task id": (
        run(ev("STATE_DELTA", delta=[{"op": "remove", "path": "/activeTasks/0/taskId"}])),
        "progress_without_task_id",
    ),
    "the first violation stays": ([start(), text()[1], start(), "{"], "not_open:text"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_stream_has_exactly_its_kind(name: str) -> None:
    """One row for each way to break a rule."""
    events, kind = BAD[name]
    assert kind_of(judge(events)) == kind
