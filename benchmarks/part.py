"""What one benchmark hands back to the command line: text to print, a record to keep, what to warn about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One benchmark's outcome.

    Attributes:
        key: its name in the document.
        text: tables for the terminal.
        record: plain values for the document.
        target: what was measured against.
        problems: what makes the numbers no evidence.
        unmet: requirements that were not held.
        others_cpu_ratios: cores that strangers used, per measurement.
    """

    key: str
    text: str
    record: Mapping[str, Any]
    target: str
    problems: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    others_cpu_ratios: tuple[float, ...] = field(default=())
