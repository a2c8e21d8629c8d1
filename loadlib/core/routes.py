"""Which metrics the routes of a target feed, so that no data can be told from no route.

A rule is excused only when some lacking route would have fed exactly what it selects, and no route that is
there would have: a misspelt tag, or calls that all failed, are never excused.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from loadlib.core.store import Tags


@dataclass(frozen=True, slots=True)
class Feed:
    """A metric that a route's requests are recorded in, with the tags they carry there."""

    metric: str
    tags: Mapping[str, str]

    def serves(self, metric: str, tags: Tags) -> bool:
        """Whether a selection of ``metric`` by ``tags`` would see what this feeds."""
        return metric == self.metric and all(self.tags.get(key) == value for key, value in tags)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A route that a scenario needs and the target lacks."""

    endpoint: str
    scenario: str
    reason: str
    feeds: tuple[Feed, ...]


Excuse = Callable[[str, Tags], str | None]
"""Gives the reason why a metric's selection by tags can have no data, ``None`` when it should have some."""


def excuses(unavailable: Iterable[Unavailable], available: Iterable[Feed]) -> Excuse:
    """Return the excuses of a run whose target lacks some routes and has others, which feed ``available``."""
    lacking = [(feed, f"{entry.endpoint}: {entry.reason}") for entry in unavailable for feed in entry.feeds]
    there = tuple(available)

    def excuse(metric: str, tags: Tags) -> str | None:
        if any(feed.serves(metric, tags) for feed in there):
            return None
        return next((reason for feed, reason in lacking if feed.serves(metric, tags)), None)

    return excuse


def no_excuse(metric: str, tags: Tags) -> str | None:
    """Excuse nothing."""
    del metric, tags
    return None
