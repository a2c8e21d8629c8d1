"""Python's garbage collector, kept from costing a run what it need not.

A search of everything takes a tenth of a second in a process that has imported Locust; every user stands
still meanwhile, and the target would be blamed. While a run is on, what was there before is left out, and the
youngest objects are searched more seldom: requests leave nothing behind that must be searched for.
"""

import gc
from typing import Final

YOUNGEST: Final = 10_000
"""Container objects allocated and not freed between two searches; Python's own number is 700."""


class GarbageRules:
    """The collector's rules during a run, and those before it."""

    def __init__(self) -> None:
        self._before: tuple[int, int, int] | None = None

    def apply(self) -> None:
        """Search once, now, and apply the rules of a run."""
        gc.collect()
        gc.freeze()
        if self._before is None:
            self._before = gc.get_threshold()
            gc.set_threshold(YOUNGEST, *self._before[1:])

    def restore(self) -> None:
        """Go back to the rules from before; harmless when they are in force."""
        gc.unfreeze()
        if self._before is not None:
            gc.set_threshold(*self._before)
            self._before = None
