"""What is measured of a stream is what the target did: known waits are injected and found again.

Lower bounds of what begins with the request are strict, but for a hundredth that clocks of different
processes may differ by. A busy machine may be late to read the event a gap begins with, which makes the gap
shorter, and late with everything else: those bounds are generous, and relative to waits that were injected.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.integration.bench import fetch
from tests.integration.protocol_calls import Call, Case, Recorded, play
from tests.support import TargetServer, start_target

TTFT_S: Final = 0.6
GAP_S: Final = 0.06
STALL_S: Final = 0.8
CHUNKS: Final = 6
BEATS_S: Final = 6 * 0.2
CLOCK: Final = 0.99
BUSY: Final = 2.0
"""How much longer than injected a wait may look on a busy machine, besides ``BUSY_S``."""
BUSY_S: Final = 0.5
LATE_S: Final = 0.25
"""How late a busy machine may be to read the event that a gap begins with."""

WORDS: Final = f"chunks={CHUNKS} ttft={TTFT_S * 1000:.0f} delay={GAP_S * 1000:.0f} stall={STALL_S * 1000:.0f}"
DURATION_S: Final = TTFT_S + (CHUNKS - 1) * GAP_S + STALL_S
LIMIT: Final = {"stall_s": 0.5}
CALLS: Final[Mapping[str, Call]] = {
    "agui": ["agui", WORDS],
    "team": ["team", f"{WORDS} mode=chunks"],
    "a2a-1.0": ["a2a", "1.0", WORDS],
    "a2a-0.3": ["a2a", "0.3", WORDS],
}
BEATS: Final[Mapping[str, Call]] = {
    "agui": ["agui", "mode=heartbeat_pause"],
    "team": ["team", "mode=heartbeat_pause"],
    "a2a-1.0": ["a2a", "1.0", "mode=heartbeat_pause"],
}
ROUTES: Final = {
    "agui": "agentos POST /agui",
    "team": "agentos POST /agents/validation/runs",
    "a2a": "agentos POST /a2a/reference",
}


@pytest.fixture(scope="module")
def server() -> Iterator[TargetServer]:
    """Return a target of this module's own, as its truth is read."""
    with start_target() as started:
        yield started


@pytest.fixture(scope="module")
def played(server: TargetServer) -> tuple[Mapping[str, Recorded], Mapping[str, Any]]:
    """Return one stream of each protocol with known waits, and what the target itself says of them."""
    fetch(f"{server.base_url}/__target/truth/reset", b"")
    runs = dict(zip(CALLS, play(server.env, [Case([c], LIMIT) for c in CALLS.values()]), strict=True))
    return runs, json.loads(fetch(f"{server.base_url}/__target/truth"))["routes"]


@pytest.fixture(scope="module")
def timed(played: tuple[Mapping[str, Recorded], Mapping[str, Any]]) -> Mapping[str, Recorded]:
    """Return what was measured."""
    return played[0]


@pytest.fixture(scope="module")
def truth(played: tuple[Mapping[str, Recorded], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the target's own account by route."""
    return played[1]


@pytest.fixture(scope="module")
def beating(server: TargetServer) -> Mapping[str, Recorded]:
    """Return one stream of each protocol with heartbeats in the middle of its content."""
    limits = {**LIMIT, "idle_timeout_s": 0.9}
    return dict(zip(BEATS, play(server.env, [Case([c], limits) for c in BEATS.values()]), strict=True))


def _within(measured_s: float, injected_s: float) -> bool:
    return injected_s * CLOCK <= measured_s <= injected_s * BUSY + BUSY_S


def _gap_within(measured_s: float, injected_s: float) -> bool:
    return injected_s - LATE_S <= measured_s <= injected_s * BUSY + BUSY_S


@pytest.mark.parametrize("name", CALLS)
def test_time_to_first_token_is_the_injected_wait(timed: Mapping[str, Recorded], name: str) -> None:
    ttft = timed[name].trend("stream_ttft")
    assert ttft.count == 1
    assert _within(ttft.minimum, TTFT_S)


@pytest.mark.parametrize("name", CALLS)
def test_first_byte_and_first_event_come_before_the_first_token(
    timed: Mapping[str, Recorded], name: str
) -> None:
    """Every protocol here opens its stream at once and has content only after the injected wait."""
    run = timed[name]
    ttfb, ttfe = run.trend("stream_ttfb").minimum, run.trend("stream_ttfe").minimum
    ttft, whole = run.trend("stream_ttft").minimum, run.trend("stream_duration").minimum
    assert 0 < ttfb <= ttfe < ttft < whole
    assert ttfe < ttft - TTFT_S / 2


@pytest.mark.parametrize("name", CALLS)
def test_every_gap_between_content_events_is_measured(timed: Mapping[str, Recorded], name: str) -> None:
    gaps = timed[name].trend("stream_chunk_gap")
    assert gaps.count == CHUNKS - 1
    assert _gap_within(gaps.maximum, STALL_S + GAP_S)
    assert _gap_within(gaps.sum, DURATION_S - TTFT_S)


@pytest.mark.parametrize("name", CALLS)
def test_gap_above_the_limit_is_a_stall_and_others_are_not(timed: Mapping[str, Recorded], name: str) -> None:
    run = timed[name]
    assert run.total("stream_stalls") == 1
    assert _gap_within(run.trend("stream_stall_time").sum, STALL_S + GAP_S)


@pytest.mark.parametrize("name", CALLS)
def test_duration_reaches_to_the_terminal_event(timed: Mapping[str, Recorded], name: str) -> None:
    run = timed[name]
    whole = run.trend("stream_duration")
    assert whole.count == 1
    assert _within(whole.minimum, DURATION_S)
    assert whole.minimum >= run.trend("stream_ttft").minimum + run.trend("stream_chunk_gap").sum


@pytest.mark.parametrize("name", CALLS)
def test_events_are_counted_and_stream_stays_out_of_request_durations(
    timed: Mapping[str, Recorded], name: str
) -> None:
    run = timed[name]
    assert run.total("stream_events") >= CHUNKS + 2
    assert run.count("http_req_waiting", protocol=name.partition("-")[0]) == 1
    assert run.count("http_req_duration", protocol=name.partition("-")[0]) == 0


@pytest.mark.parametrize("name", BEATS)
def test_heartbeats_do_not_end_a_stall_but_keep_the_stream_alive(
    beating: Mapping[str, Recorded], name: str
) -> None:
    """They last longer than the idle limit, so without them the stream would have failed."""
    run = beating[name]
    assert run.rate("stream_failed") == (0, 1)
    assert run.total("stream_stalls") == 1
    assert run.trend("stream_chunk_gap").maximum >= BEATS_S - LATE_S


def test_first_token_is_content_and_no_step_tool_or_opening(server: TargetServer) -> None:
    """What comes at once, a reasoning step, a tool call or an empty message, is an event and no token."""
    texts = [f"mode={mode} chunks=2 ttft=500 delay=100" for mode in ("ok", "reason", "tool")]
    for run in play(server.env, [Case([["agui", text]]) for text in texts]):
        assert run.trend("stream_ttft").minimum >= 0.5 * CLOCK
        assert run.trend("stream_ttfe").minimum < run.trend("stream_ttft").minimum - 0.2


@pytest.mark.parametrize("name", CALLS)
def test_measured_duration_agrees_with_the_targets_own(
    timed: Mapping[str, Recorded], truth: Mapping[str, Any], name: str
) -> None:
    """The client sees the stream a little later than the target, and both saw the injected waits."""
    own = truth[ROUTES[name.partition("-")[0]]]
    own_s = own["duration"]["max_ms"] / 1000
    assert own["count"] == sum(call.startswith(name.partition("-")[0]) for call in CALLS)
    assert own_s >= DURATION_S * CLOCK
    assert own_s / BUSY - BUSY_S < timed[name].trend("stream_duration").minimum < own_s * BUSY + BUSY_S


def test_reported_tokens_are_counted_and_never_guessed(server: TargetServer) -> None:
    reported, silent = play(
        server.env, [Case([["agui", "mode=usage chunks=5"]]), Case([["agui", "chunks=5"]])]
    )
    assert reported.total("stream_tokens") > 0
    assert silent.count("stream_tokens") == 0
