"""What an AG-UI verifier tells besides failures: marks, expectations, ends, tokens, soft findings."""

import json
from typing import Any

import pytest

from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.sse import SseEvent
from loadlib.protocols.stream import Mark, StreamEnd
from tests.unit.protocols.agui_events import (
    INTERRUPT,
    Event,
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


def test_marks_tell_content_reasoning_arguments_and_the_end() -> None:
    """Empty deltas are keep-alives and no token."""
    verifier = AguiVerifier("t", "r")
    events = run(
        ev("REASONING_MESSAGE_CHUNK", messageId="x", delta="hm"),
        *text(),
        *text("m2", ""),
        *tool(),
        chunk("m3"),
        tool_chunk("c2"),
    )
    marks = [verifier.on_event(SseEvent("message", json.dumps(event))) for event in events]
    none, content, toolmark = Mark.NONE, Mark.CONTENT, Mark.TOOL
    assert marks == [
        none,
        Mark.REASONING,
        *(none, content, none),
        *(none, none, none),
        *(none, toolmark, toolmark, none, none),
        content,
        toolmark,
        Mark.TERMINAL,
    ]
    verdict = verifier.finish(StreamEnd.CLOSED)
    assert verdict.content_events == 2
    assert verdict.soft == {"empty_delta": 1}


def test_replayed_runs_are_neither_marked_nor_counted() -> None:
    """Their content is not what was asked for now, and their end is not the end."""
    verifier = AguiVerifier("t", "r")
    for event in [start("old"), *text(), finish("old")]:
        assert verifier.on_event(SseEvent("message", json.dumps(event))) == Mark.NONE
    marks = [verifier.on_event(SseEvent("message", json.dumps(event))) for event in run(*text())]
    assert marks == [Mark.NONE, Mark.NONE, Mark.CONTENT, Mark.NONE, Mark.TERMINAL]
    assert verifier.finish(StreamEnd.CLOSED).content_events == 1


@pytest.mark.parametrize("event", [ev("RUN_ERROR", message="x"), finish(outcome=INTERRUPT)])
def test_a_bad_end_is_an_end(event: Event) -> None:
    """The reader may stop there; the verdict does not depend on how it did."""
    for end in StreamEnd:
        verifier = AguiVerifier("t", "r")
        verifier.on_event(SseEvent("message", json.dumps(start())))
        assert verifier.on_event(SseEvent("message", json.dumps(event))) == Mark.TERMINAL
        assert verifier.finish(end).outcome == "failed"


def test_an_error_before_any_run_is_an_end_however_the_stream_ended() -> None:
    """Even if the reader stopped at it."""
    verifier = AguiVerifier("t", "r")
    assert verifier.on_event(SseEvent("message", '{"type":"RUN_ERROR","message":"x"}')) == Mark.TERMINAL
    assert kind_of(verifier.finish(StreamEnd.STOPPED)) == "run_error"


@pytest.mark.parametrize(
    ("events", "expect", "outcome", "kind"),
    [
        ([start(), finish(outcome=INTERRUPT)], "interrupt", "completed", None),
        ([start(), finish(outcome=INTERRUPT)], "any", "completed", None),
        (run(*text()), "any", "completed", None),
        (run(*text()), "interrupt", "failed", "outcome_success"),
        ([start(), finish(outcome={"type": "cancelled"})], "any", "neutral", None),
        ([start(), finish(outcome={"type": "cancelled"})], "interrupt", "failed", "outcome_cancelled"),
        (run(), "any", "failed", "empty_run"),
        ([start(), ev("RUN_ERROR", message="x")], "any", "failed", "run_error"),
    ],
)
def test_the_outcome_is_held_against_the_expectation(
    events: list[Event], expect: str, outcome: str, kind: str | None
) -> None:
    """An interrupt may be what the test wants; a cancelled run is neither success nor failure."""
    verdict = judge(events, expect=expect)
    assert (verdict.outcome, kind_of(verdict)) == (outcome, kind)


def test_content_can_be_optional() -> None:
    """A run that only updates state may be what is tested."""
    assert judge(run(ev("STATE_SNAPSHOT", snapshot={})), require_content=False).outcome == "completed"


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (StreamEnd.CUT, "truncated"),
        (StreamEnd.TIMEOUT, "stream_timeout"),
        (StreamEnd.IDLE_TIMEOUT, "idle_timeout"),
        (StreamEnd.STOPPED, None),
    ],
)
def test_a_stream_that_ends_early_is_named_by_its_end(end: StreamEnd, kind: str | None) -> None:
    """Also between a replayed run and the requested one; our own stop is no failure."""
    for events in ([start(), *text()], [start("old"), *text(), finish("old")]):
        verdict = judge(events, end)
        assert kind_of(verdict) == kind
        assert verdict.outcome == ("failed" if kind else "incomplete")


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (None, None),
        ([], None),
        ([{"inputTokens": 5}], None),
        ([{"inputTokens": 5, "outputTokens": 7, "totalTokens": 12}], 7),
        ([{"outputTokens": 7, "reasoningTokens": 3}, {"provider": "x"}, {"outputTokens": 2}], 9),
    ],
)
def test_output_tokens_are_the_reported_ones(usage: list[Any] | None, tokens: int | None) -> None:
    """Summed over providers; parts are not added; nothing reported stays unknown."""
    fields = {} if usage is None else {"usage": usage}
    assert judge([start(), *text(), finish(**fields)]).output_tokens == tokens


@pytest.mark.parametrize(
    ("events", "soft"),
    [
        (run(ev("NEW_THING", x=1), *text()), {"unknown_type": 1}),
        ([ev("NEW_THING"), *run(*text()), ev("NEW_THING")], {"unknown_type": 2}),
        (run(ev("CUSTOM", name="x", value=1, extra=2), *text()), {"unknown_property": 1}),
        (run(ev("CUSTOM", name="x", value=1, raw_event=2), *text()), {"snake_case_name": 1}),
        (run(ev("TEXT_MESSAGE_START", messageId="m", name=None), *text()[1:]), {"null_optional": 1}),
        ([start(protocolVersion="1.1"), *text(), finish()], {"other_protocol_version": 1}),
        ([ev("RUN_STARTED", threadId="t", runId="r"), *text(), finish()], {"no_protocol_version": 1}),
        ([start(timestamp=9), *text(), finish(timestamp=8)], {"timestamp_backwards": 1}),
        ([start(), *text(), finish(outcome={"type": "paused"})], {"unknown_outcome": 1}),
        (run(ev("STATE_DELTA", delta=[{"op": "merge"}]), *text()), {"unknown_patch_op": 1}),
        (
            run(ev("ACTIVITY_DELTA", messageId="a", activityType="p", patch=[]), *text()),
            {"activity_without_snapshot": 1},
        ),
        (run(*text(delta=""), *text()), {"empty_delta": 1}),
    ],
)
def test_an_oddity_is_counted_and_fails_nothing(events: list[Event], soft: dict[str, int]) -> None:
    """Soft findings, each alone."""
    verdict = judge(events)
    assert verdict.outcome == "completed"
    assert verdict.soft == soft
