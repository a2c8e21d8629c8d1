"""Failures grouped by endpoint, kind and message, with count, first and last time: what one reads first.

Messages are made comparable (ids and numbers folded) so that groups stay few; a limit folds the rest.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from loadlib.core.parts import is_count, is_number

MAX_GROUPS: Final = 200
MAX_MESSAGE: Final = 300
_VARYING: Final = re.compile(  # ids and long numbers; JSON-RPC error codes (-32xxx) stay
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\b|\b0x[0-9a-fA-F]+\b|\b(?=\w*\d)[0-9a-fA-F]{12,}\b"
    r"|(?<!\d)(?!(?<=-)32\d{3}\b)\d{4,}"
)


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Equal failures. ``example`` is one of them in full; times are epoch seconds."""

    endpoint: str
    kind: str
    message: str
    example: str
    count: int
    first_s: float
    last_s: float

    def to_wire(self) -> list[object]:
        """Return the wire form."""
        return [self.endpoint, self.kind, self.message, self.example, self.count, self.first_s, self.last_s]

    @classmethod
    def from_wire(cls, wire: Iterable[object]) -> "FailureGroup":
        """Read a wire form; raises ``TypeError`` when it is not one."""
        fields = list(wire)
        texts, numbers = fields[:4], fields[4:]
        if (
            len(fields) != 7
            or not all(isinstance(text, str) for text in texts)
            or not (is_count(numbers[0]) and numbers[0])
            or not all(map(is_number, numbers))
        ):
            raise TypeError(f"not a failure group: {str(fields)[:120]}")
        return cls(*fields)  # type: ignore[arg-type] # checked above


class FailureLog:
    """A bounded collection of failure groups that merges."""

    def __init__(self, max_groups: int = MAX_GROUPS) -> None:
        self._max = max_groups
        self._groups: dict[tuple[str, str, str], FailureGroup] = {}

    def add(self, endpoint: str, kind: str, message: str, at_s: float) -> None:
        """Record one failure."""
        example = message[:MAX_MESSAGE]
        self.merge((FailureGroup(endpoint, kind, comparable(message), example, 1, at_s, at_s),))

    def merge(self, groups: Iterable[FailureGroup]) -> None:
        """Add groups; past the limit those with new messages are folded by kind."""
        for group in groups:
            key = (group.endpoint, group.kind, group.message)
            if key not in self._groups and len(self._groups) >= self._max:
                key = ("(other)", group.kind, "")
            old = self._groups.get(key)
            self._groups[key] = _joined(key, group, old)

    def groups(self) -> tuple[FailureGroup, ...]:
        """Return the groups, most frequent first."""
        return tuple(sorted(self._groups.values(), key=lambda g: (-g.count, g.endpoint, g.kind, g.message)))

    def take(self) -> tuple[FailureGroup, ...]:
        """Return the groups and start empty."""
        taken = self.groups()
        self._groups = {}
        return taken


def comparable(message: str) -> str:
    """Return a message of bounded length with ids and long numbers folded, to be compared."""
    return _VARYING.sub("…", message[:MAX_MESSAGE])


def _joined(key: tuple[str, str, str], new: FailureGroup, old: FailureGroup | None) -> FailureGroup:
    first = min(new, old or new, key=lambda group: (group.first_s, group.example))
    return FailureGroup(
        *key,
        example=first.example,
        count=new.count + (old.count if old else 0),
        first_s=first.first_s,
        last_s=max(new.last_s, old.last_s if old else new.last_s),
    )
