"""Deltas: what a recording process hands to the deciding one, numbered so that loss and repetition show.

The wire form is plain lists, dicts, numbers and texts, as MessagePack carries them. This file sends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from loadlib.core.failures import FailureGroup
from loadlib.core.store import SealedWindow, Tags


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
    final: bool = False

    def to_wire(self) -> dict[str, object]:
        """Return the wire form."""
        return {
            "run_id": self.run_id,
            "process": self.process,
            "sequence": self.sequence,
            "final": self.final,
            "windows": [[w.index, w.tagsets, w.entries] for w in self.windows],
            "failures": [group.to_wire() for group in self.failures],
            "notes": [list(note) for note in self.notes],
        }

    @classmethod
    def from_wire(cls, wire: Mapping[str, object]) -> "Delta":
        """Read a wire form; raises ``ValueError`` when it is not one."""
        try:
            return cls(
                run_id=str(wire["run_id"]),
                process=str(wire["process"]),
                sequence=int(wire["sequence"]),  # type: ignore[call-overload] # a bad type is an error below
                windows=tuple(_window(*raw) for raw in wire["windows"]),  # type: ignore[attr-defined]
                failures=tuple(FailureGroup.from_wire(raw) for raw in wire["failures"]),  # type: ignore[attr-defined]
                notes=tuple((str(kind), str(detail)) for kind, detail in wire["notes"]),  # type: ignore[attr-defined]
                final=bool(wire["final"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a delta: {error}") from error


def _window(index: int, tagsets: list[list[list[str]]], entries: list[list[object]]) -> SealedWindow:
    return SealedWindow(
        index,
        [_tags(raw) for raw in tagsets],
        [(position, name, part) for position, name, part in entries],  # type: ignore[misc]
    )


def _tags(raw: list[list[str]]) -> Tags:
    return tuple((key, value) for key, value in raw)
