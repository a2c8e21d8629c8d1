"""What one evaluation selects from a snapshot, each selection merged once however many rules ask for it."""

import re
from collections.abc import Mapping

from loadlib.core.snapshot import Snapshot
from loadlib.core.store import Tags
from loadlib.core.values import AnyValue


class Selections:
    """The selections of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._values: dict[tuple[str, Tags], AnyValue | None] = {}
        self._by_endpoint: dict[tuple[str, Tags], Mapping[str, AnyValue]] = {}

    def value(self, metric: str, tags: Tags) -> AnyValue | None:
        """Return the merged value of the series that carry all ``tags``; ``None`` if none does."""
        key = metric, tags
        if key not in self._values:
            self._values[key] = self._snapshot.select(metric, dict(tags))
        return self._values[key]

    def by_endpoint(self, metric: str, tags: Tags) -> Mapping[str, AnyValue]:
        """Return the merged values by endpoint, of the series that carry all ``tags``."""
        key = metric, tags
        if key not in self._by_endpoint:
            self._by_endpoint[key] = self._snapshot.group(metric, "endpoint", dict(tags))
        return self._by_endpoint[key]


def matches(pattern: str, name: str) -> bool:
    """Return whether a name fits a pattern; ``*`` stands for any text, everything else for itself."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None
