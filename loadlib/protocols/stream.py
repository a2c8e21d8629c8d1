"""What all stream verifiers share: marks, ends, the verdict, and how an end and the findings make a verdict.

It does not know any protocol's events. Two levels exist: a *hard* failure decides the stream, and the first
one stays; a *soft* finding is counted and never fails anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Final, Literal, Protocol

from loadlib.protocols.failures import Failure
from loadlib.protocols.sse import SseEvent

Outcome = Literal["completed", "failed", "neutral", "incomplete"]
"""completed: a terminal event of the expected meaning was seen. failed: exactly one failure kind.
neutral: ended, neither success nor failure. incomplete: we stopped first; left out of latency."""

CRLF_FRAMING: Final = "crlf_framing"
"""Soft finding for a reader to add when `SseParser.crlf_seen`: it breaks consumers that split at LF LF."""


class StreamEnd(Enum):
    """How the reading of a stream ended."""

    CLOSED = "closed"
    """The peer closed it cleanly: the body's last byte was announced as such."""
    CUT = "cut"
    """The connection died before the body's end."""
    TIMEOUT = "timeout"
    """The total time allowed for the stream was used up."""
    IDLE_TIMEOUT = "idle_timeout"
    """No byte, heartbeats included, came for the idle limit."""
    STOPPED = "stopped"
    """We ended it ourselves: the test's end, or our own cancel."""


class Mark:
    """What one event was, as bits for the reader that takes the times; plain ints, for speed."""

    NONE: Final = 0
    CONTENT: Final = 1
    """Output for the user; the first one ends TTFT. An empty delta is none."""
    TERMINAL: Final = 2
    """The event that ends the requested work, well or badly."""
    REASONING: Final = 4
    TOOL: Final = 8
    """A non-empty piece of a tool call's arguments."""


@dataclass(frozen=True, slots=True)
class StreamVerdict:
    """The judgement of one stream.

    ``failure`` is set exactly when ``outcome`` is ``failed``. ``soft`` counts soft findings by name.
    ``content_events`` counts the events marked `Mark.CONTENT`. ``output_tokens`` is what the peer's own usage
    report says, or None; it is never estimated.
    """

    outcome: Outcome
    failure: Failure | None = None
    soft: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    content_events: int = 0
    output_tokens: int | None = None

    def with_soft(self, name: str, count: int = 1) -> "StreamVerdict":
        """Return the same verdict with one more soft finding, such as `CRLF_FRAMING`."""
        counts = {**self.soft, name: self.soft.get(name, 0) + count}
        return replace(self, soft=MappingProxyType(counts))


class StreamVerifier(Protocol):
    """Judges one stream. Give it every event in order, then tell it once how the stream ended."""

    def on_event(self, event: SseEvent) -> int:
        """Check one event and return its `Mark` bits. Never raises for anything a peer can send."""
        ...

    def finish(self, end: StreamEnd, leftover: Failure | None = None) -> StreamVerdict:
        """Return the verdict. ``leftover`` is what the SSE parser's ``close`` (or its overflow) reported."""
        ...


class Findings:
    """What a verifier has found so far: the first hard failure, soft counts, content events."""

    __slots__ = ("content_events", "failure", "soft")

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.soft: dict[str, int] = {}
        self.content_events = 0

    def fail(self, failure: Failure) -> None:
        """Remember a hard failure, unless one is remembered already."""
        if self.failure is None:
            self.failure = failure

    def note(self, name: str, count: int = 1) -> None:
        """Count a soft finding."""
        self.soft[name] = self.soft.get(name, 0) + count

    def conclude(
        self,
        end: StreamEnd,
        leftover: Failure | None,
        *,
        terminal: bool,
        good: Outcome = "completed",
        stopped: Outcome = "incomplete",
        output_tokens: int | None = None,
    ) -> StreamVerdict:
        """Return the verdict for a stream of these findings.

        ``terminal``: the terminal event was seen and its meaning is ``good``. ``stopped`` is the outcome of a
        stream that we ended before that. After the terminal event only a half event in a cleanly closed body
        is a failure; a cut or a timeout there is a soft finding, as the work was done.
        """
        self._judge_end(end, leftover, terminal)
        outcome: Outcome = good if terminal else stopped
        if self.failure is not None:
            outcome = "failed"
        counts = MappingProxyType(dict(self.soft))
        return StreamVerdict(outcome, self.failure, counts, self.content_events, output_tokens)

    def _judge_end(self, end: StreamEnd, leftover: Failure | None, terminal: bool) -> None:
        if leftover is not None and (end is StreamEnd.CLOSED or leftover.kind != "truncated"):
            self.fail(leftover)
        elif terminal:
            if end in _SOFT_AFTER_TERMINAL:
                self.note(_SOFT_AFTER_TERMINAL[end])
        elif end in _FAILED_ENDS:
            self.fail(_FAILED_ENDS[end])


_FAILED_ENDS: Final[Mapping[StreamEnd, Failure]] = {
    StreamEnd.CLOSED: Failure("no_terminal", "the stream was closed cleanly without a terminal event"),
    StreamEnd.CUT: Failure("truncated", "the connection died before a terminal event"),
    StreamEnd.TIMEOUT: Failure("stream_timeout", "no terminal event within the stream's total time"),
    StreamEnd.IDLE_TIMEOUT: Failure("idle_timeout", "no byte within the idle limit"),
}

_SOFT_AFTER_TERMINAL: Final[Mapping[StreamEnd, str]] = {
    StreamEnd.CUT: "cut_after_terminal",
    StreamEnd.TIMEOUT: "not_closed_after_terminal",
    StreamEnd.IDLE_TIMEOUT: "not_closed_after_terminal",
}
