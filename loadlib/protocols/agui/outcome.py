"""What the end of an AG-UI run means: its outcome, and the token usage it reports.

An absent outcome is a success, and so is one that is not known. It does not know what came before the end.
"""

from dataclasses import dataclass
from typing import Literal

from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject
from loadlib.protocols.stream import Findings

Expect = Literal["success", "interrupt", "any"]
"""The ending a test expects; with ``any`` an interrupt is as good as a success, and a cancel is neutral."""

OutcomeType = Literal["success", "interrupt", "cancelled"]


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, by its RUN_FINISHED event. ``output_tokens`` is None if no usage is reported."""

    outcome: OutcomeType
    output_tokens: int | None


def read_end(event: JsonObject, found: Findings) -> RunEnd | Failure:
    """Read a RUN_FINISHED event; a malformed outcome or usage is ``bad_field``."""
    outcome = _read_outcome(event, found)
    if isinstance(outcome, Failure):
        return outcome
    tokens = read_output_tokens(event)
    return tokens if isinstance(tokens, Failure) else RunEnd(outcome, tokens)


def _read_outcome(event: JsonObject, found: Findings) -> OutcomeType | Failure:
    outcome = event.get("outcome")
    if outcome is None:
        return "success"
    kind = outcome.get("type")
    if type(kind) is not str:
        return Failure("bad_field", f"RUN_FINISHED.outcome.type is {kind!r}")
    if kind == "interrupt":
        return _check_interrupts(outcome.get("interrupts")) or "interrupt"
    if kind == "cancelled":
        return "cancelled"
    if kind != "success":
        found.note("unknown_outcome")
    return "success"


def read_output_tokens(event: JsonObject) -> int | Failure | None:
    """Return the sum of ``usage[].outputTokens``, None if nothing is reported, or ``bad_field``.

    The other counts are totals of other things or parts of this one, so they are never added.
    """
    total = None
    for entry in event.get("usage") or ():
        tokens = entry.get("outputTokens") if isinstance(entry, dict) else ...
        if tokens is None:
            continue
        if type(tokens) is not int or tokens < 0:
            return Failure("bad_field", f"{event['type']}.usage holds {entry!r}")
        total = (total or 0) + tokens
    return total


def judge_outcome(outcome: OutcomeType, expect: Expect) -> Failure | None:
    """Return the failure that an outcome is to a test expecting another, or None."""
    if expect in ("any", outcome):
        return None
    return Failure(f"outcome_{outcome}", f"expected {expect}")


def _check_interrupts(interrupts: object) -> Failure | None:
    """Require one interrupt or more, each with a reason and an id of its own."""
    if not isinstance(interrupts, list) or not interrupts:
        return Failure("bad_field", "an interrupt outcome without interrupts")
    ids = set()
    for interrupt in interrupts:
        if not isinstance(interrupt, dict) or not _is_interrupt(interrupt):
            return Failure("bad_field", f"a malformed interrupt: {interrupt!r}")
        if interrupt["id"] in ids:
            return Failure("bad_field", f"two interrupts with the id {interrupt['id']!r}")
        ids.add(interrupt["id"])
    return None


def _is_interrupt(interrupt: JsonObject) -> bool:
    tag = interrupt.get("subagentRunId", "")
    return all(type(value) is str for value in (interrupt.get("id"), interrupt.get("reason"), tag))
