"""What one call of the scenario wants of its requests, redirects included, and how their samples are made.

Does not send anything.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from loadlib.client.judging import Checks, Judge, StatusRule
from loadlib.client.sample import Tags


class Call:
    """The wishes of one call.

    Attributes:
        name: of the call site, None for the endpoint's template.
        tags: of all its samples.
        context: handed to the recorder.
        rules: expected statuses, None for 200-399.
        discard: the body is read and counted, but not kept.
        deadline_s: of `time.perf_counter`, 0 until the first request starts.
    """

    __slots__ = ("checks", "context", "deadline_s", "discard", "judge", "name", "rules", "tags", "timeout_s")

    def __init__(  # noqa: PLR0917 - built once per call, by position because that is cheaper
        self,
        name: str | None,
        tags: Tags,
        context: dict[str, Any] | None,
        rules: Iterable[StatusRule] | None,
        timeout_s: float,
        judge: Judge | None = None,
        checks: Checks | None = None,
        discard: bool = False,
    ) -> None:
        self.name = name
        self.tags = tags
        self.context = context
        self.rules = rules
        self.timeout_s = timeout_s
        self.judge = judge
        self.checks = checks
        self.discard = discard
        self.deadline_s = 0.0


def merge_tags(base: Tags, own: Mapping[str, str] | Iterable[tuple[str, str]] | None) -> Tags:
    """Return sorted tag pairs; a tag of ``own`` replaces one of ``base``."""
    if not own:
        return base
    return tuple(sorted({**dict(base), **dict(own)}.items()))
