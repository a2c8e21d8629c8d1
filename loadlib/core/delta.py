"""Deltas: what a recording process hands to the deciding one, numbered so that loss and repetition show.

The wire form is plain lists, dicts, numbers and texts, as MessagePack carries them. This file sends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from loadlib.core.failures import FailureGroup
from loadlib.core.store import Entry, SealedWindow, Tags

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delta:
    """The windows one process sealed since its last delta. ``sequence`` starts at 1 in each run."""

    run_id: str
    process: str
    sequence: int
    windows: tuple[SealedWindow, ...]
    failures: tuple[FailureGroup, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """Events of the process that decide how the run ends, as (kind, detail)."""
    folded: int = 0
    """Tag sets folded since the last delta, for want of room."""
    final: bool = False

    def to_wire(self) -> dict[str, object]:
        """Return the wire form."""
        return {
            "run_id": self.run_id,
            "process": self.process,
            "sequence": self.sequence,
            "final": self.final,
            "folded": self.folded,
            "windows": [[w.index, w.tagsets, w.entries] for w in self.windows],
            "failures": [group.to_wire() for group in self.failures],
            "notes": [list(note) for note in self.notes],
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, object]) -> "Delta":
        """Read a wire form; raises ``ValueError`` when it is not one. Merging checks the parts."""
        try:
            return cls(
                run_id=_of(str, wire["run_id"]),
                process=_of(str, wire["process"]),
                sequence=_sequence(wire["sequence"]),
                windows=tuple(_window(*raw) for raw in _of(list, wire["windows"])),
                failures=tuple(FailureGroup.from_wire(raw) for raw in _of(list, wire["failures"])),
                notes=tuple(_note(*raw) for raw in _of(list, wire["notes"])),
                folded=_of(int, wire["folded"]),
                final=_of(bool, wire["final"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a delta: {type(error).__name__}: {error}") from error


def _of(kind: type[T], value: object) -> T:
    if type(value) is not kind:
        raise TypeError(f"{str(value)[:60]!r} is no {kind.__name__}")
    return value


def _sequence(value: object) -> int:
    if _of(int, value) < 1:
        raise ValueError(f"sequence {value} is below 1")
    return _of(int, value)


def _note(kind: object, detail: object) -> tuple[str, str]:
    return _of(str, kind), _of(str, detail)


def _window(index: object, tagsets: object, entries: object) -> SealedWindow:
    tags = [_tags(raw) for raw in _of(list, tagsets)]
    return SealedWindow(_of(int, index), tags, [_entry(len(tags), *raw) for raw in _of(list, entries)])


def _entry(tagsets: int, position: object, name: object, part: object) -> Entry:
    if not 0 <= _of(int, position) < tagsets:
        raise ValueError(f"tag set {position} of {tagsets}")
    return _of(int, position), _of(str, name), _of(list, part)


def _tags(raw: object) -> Tags:
    return tuple((_of(str, key), _of(str, value)) for key, value in _of(list, raw))
