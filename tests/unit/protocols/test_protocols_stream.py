"""How the end of a stream and the findings make a verdict, the same for every protocol."""

import pytest

from loadlib.protocols.failures import Failure
from loadlib.protocols.stream import CRLF_FRAMING, Findings, StreamEnd, StreamVerdict

LEFT = Failure("truncated", "left over")
OVERFLOW = Failure("sse_framing", "too long")


@pytest.mark.parametrize(
    ("end", "leftover", "terminal", "outcome", "kind"),
    [
        (StreamEnd.CLOSED, None, True, "completed", None),
        (StreamEnd.CUT, None, True, "completed", None),
        (StreamEnd.CUT, LEFT, True, "completed", None),
        (StreamEnd.TIMEOUT, None, True, "completed", None),
        (StreamEnd.IDLE_TIMEOUT, None, True, "completed", None),
        (StreamEnd.STOPPED, LEFT, True, "completed", None),
        (StreamEnd.CLOSED, LEFT, True, "failed", "truncated"),
        (StreamEnd.CLOSED, None, False, "failed", "no_terminal"),
        (StreamEnd.CLOSED, LEFT, False, "failed", "truncated"),
        (StreamEnd.CUT, None, False, "failed", "truncated"),
        (StreamEnd.CUT, LEFT, False, "failed", "truncated"),
        (StreamEnd.TIMEOUT, LEFT, False, "failed", "stream_timeout"),
        (StreamEnd.IDLE_TIMEOUT, None, False, "failed", "idle_timeout"),
        (StreamEnd.STOPPED, LEFT, False, "incomplete", None),
        (StreamEnd.STOPPED, OVERFLOW, False, "failed", "sse_framing"),
        (StreamEnd.CLOSED, OVERFLOW, True, "failed", "sse_framing"),
    ],
)
def test_the_end_decides_a_stream_without_a_hard_failure(
    end: StreamEnd, leftover: Failure | None, terminal: bool, outcome: str, kind: str | None
) -> None:
    """After the terminal event only a half event in a clean body fails; before it, all ends but our own."""
    verdict = Findings().conclude(end, leftover, terminal=terminal)
    assert verdict.outcome == outcome
    assert (verdict.failure.kind if verdict.failure else None) == kind


@pytest.mark.parametrize("end", StreamEnd)
def test_the_first_hard_failure_decides_whatever_the_end(end: StreamEnd) -> None:
    """Neither a later failure, nor the end, nor a leftover replaces it."""
    findings = Findings()
    findings.fail(Failure("bad_json"))
    findings.fail(Failure("no_type"))
    verdict = findings.conclude(end, LEFT, terminal=False)
    assert (verdict.outcome, verdict.failure) == ("failed", Failure("bad_json"))


@pytest.mark.parametrize(
    ("end", "soft"),
    [
        (StreamEnd.CUT, {"cut_after_terminal": 1}),
        (StreamEnd.IDLE_TIMEOUT, {"not_closed_after_terminal": 1}),
        (StreamEnd.CLOSED, {}),
        (StreamEnd.STOPPED, {}),
    ],
)
def test_an_unclean_end_after_the_work_is_a_soft_finding(end: StreamEnd, soft: dict[str, int]) -> None:
    """The work was done; the server's manner of closing is told apart."""
    assert Findings().conclude(end, None, terminal=True).soft == soft


def test_a_reader_can_add_a_soft_finding_to_a_verdict() -> None:
    """The framing is known to the parser's owner, not to the verifier; the verdict itself is not changed."""
    verdict = StreamVerdict("completed", soft={"x": 1})
    assert verdict.with_soft(CRLF_FRAMING).soft == {"x": 1, "crlf_framing": 1}
    assert verdict.with_soft("x", 2).soft == {"x": 3}
    assert verdict.soft == {"x": 1}
