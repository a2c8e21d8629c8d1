"""The tasks of a user, drawn with the user's own random numbers.

Locust draws tasks with the random numbers of the process, which all its users share: no seed could repeat
what one of them does. This file does not decide what tasks there are; task sets inside of tasks stay as they
are.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import TypeVar, overload

T = TypeVar("T")


class OwnChoice(Sequence[T]):
    """Looks like a list to Locust's ``random.choice``; every index gives a task of its own drawing."""

    def __init__(self, tasks: Sequence[T], random: Random) -> None:
        self._tasks = tuple(tasks)
        self._count = len(self._tasks)
        self._next = random.random

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """Return the next task drawn, whatever the index; a slice is one of the list itself."""
        if index.__class__ is slice:
            return self._tasks[index]
        return self.draw()

    def draw(self) -> T:
        """Return the next task drawn.

        Raises:
            IndexError: there are no tasks.
        """
        return self._tasks[int(self._next() * self._count) if self._count > 1 else 0]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        return iter(self._tasks)
