"""A mapping with a capacity, so that no state of the reference platform grows with the number of clients.

Not a cache with expiry: entries leave only when newer ones need their place.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedMap(Generic[K, V]):
    """Keep at most ``capacity`` entries; the one not used for longest leaves first."""

    def __init__(self, capacity: int) -> None:
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._capacity = capacity

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return the entry and mark it as used; None when absent."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Store the entry, dropping the one not used for longest when the map is full."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def get_or_create(self, key: K, create: Callable[[], V]) -> V:
        """Return the entry, made by ``create`` when absent."""
        value = self.get(key)
        if value is None:
            value = create()
            self.put(key, value)
        return value

    def pop(self, key: K) -> V | None:
        """Remove and return the entry; None when absent."""
        return self._entries.pop(key, None)

    def values(self) -> list[V]:
        """Return the entries, longest unused first."""
        return list(self._entries.values())
