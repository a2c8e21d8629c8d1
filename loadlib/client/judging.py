"""Whether an answer is what the scenario wanted: its status, the scenario's judge, the checks.

Does not know transport failures: an answer that never came needs no judge.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from loadlib.client.errors import MAX_ERROR_CHARS, status_kind
from loadlib.client.sample import HttpSample, Recorder, Tags

if TYPE_CHECKING:
    from loadlib.client.response import Response

StatusRule = int | tuple[int, int]
ControlFlow = tuple[type[BaseException], ...]


@runtime_checkable
class FailureLike(Protocol):
    """A named failure, such as the protocols of this suite return."""

    @property
    def kind(self) -> str:
        """The short name that becomes the sample's ``error_kind``."""

    @property
    def detail(self) -> str:
        """The text for people."""


Judgement = FailureLike | str | None
Judge = Callable[["Response"], Judgement]
Checks = Mapping[str, Callable[["Response"], object]]

_KIND: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


def is_expected(status: int, rules: Iterable[StatusRule] | None) -> bool:
    """Tell whether ``rules`` name a status: numbers and inclusive (low, high) ranges; default 200-399."""
    if rules is None:
        return 200 <= status < 400
    return any(status == rule if isinstance(rule, int) else rule[0] <= status <= rule[1] for rule in rules)


def mark_failed(sample: HttpSample, kind: str, error: str) -> None:
    """Make a sample count as failed."""
    sample.expected = False
    sample.error_kind = kind
    sample.error = error[:MAX_ERROR_CHARS]


def mark_status(sample: HttpSample, rules: Iterable[StatusRule] | None) -> None:
    """Judge a sample by its status alone."""
    if not is_expected(sample.status, rules):
        mark_failed(sample, status_kind(sample.status), f"HTTP status {sample.status}")


def mark_judged(sample: HttpSample, judgement: object) -> None:
    """Apply a judgement: a failure has kind and detail; a text that looks like a kind is a kind."""
    if isinstance(judgement, FailureLike):
        mark_failed(sample, str(judgement.kind), str(judgement.detail))
        return
    text = str(judgement)
    mark_failed(sample, text if _KIND.fullmatch(text) else "judged", text)


def run_judge(judge: Judge, response: "Response", sample: HttpSample) -> None:
    """Let the scenario judge; a judge that raises fails the sample instead of losing it."""
    try:
        judgement = judge(response)
    except Exception as error:
        mark_failed(sample, "judge_error", f"{type(error).__name__}: {error}")
        return
    if judgement is not None:
        mark_judged(sample, judgement)


def run_checks(checks: Checks, response: "Response", recorder: Recorder, tags: Tags) -> None:
    """Record every check; a predicate that raises is a failed check."""
    for name, predicate in checks.items():
        try:
            passed = bool(predicate(response))
        except Exception:
            passed = False
        recorder.check(name, passed, tags)
