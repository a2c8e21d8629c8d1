"""Chunk events: the short form that opens, continues and closes an item implicitly.

A chunk stands for the explicit start, content and end events. Each owner has one lane with at most one open
item; the item ends when its lane carries something else, or when the run does. It does not check the fields'
types, and does not decide what counts as content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loadlib.protocols.agui.tracking import Owner, RunTracker, Sort
from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject

CHUNK_SORTS: Final[Mapping[str, Sort]] = {
    "TEXT_MESSAGE_CHUNK": "text",
    "TOOL_CALL_CHUNK": "tool",
    "REASONING_MESSAGE_CHUNK": "reasoning",
}

_NOT_CLOSING: Final = frozenset(
    {"RAW", "ACTIVITY_SNAPSHOT", "ACTIVITY_DELTA", "REASONING_ENCRYPTED_VALUE", "SUBAGENT_STARTED"}
)
_REPEATABLE: Final[Mapping[Sort, tuple[str, ...]]] = {
    "text": ("role", "name"),
    "tool": ("toolCallName", "parentMessageId"),
    "reasoning": (),
}


@dataclass(slots=True)
class _OpenChunk:
    sort: Sort
    item: str
    first: JsonObject


class ChunkLanes:
    """The items that chunks hold open in one run, one for each owner at most."""

    __slots__ = ("_tracker", "lanes")

    def __init__(self, tracker: RunTracker) -> None:
        self._tracker = tracker
        self.lanes: dict[Owner, _OpenChunk] = {}

    def take(self, event: JsonObject) -> Failure | None:
        """Check one chunk: ``chunk_first_fields``, ``chunk_conflict``, or an ownership failure."""
        sort = CHUNK_SORTS[event["type"]]
        item = event.get("toolCallId" if sort == "tool" else "messageId")
        lane, failure = self._find_lane(sort, item, event.get("subagentRunId"))
        if failure is not None:
            return failure
        current = self.lanes.get(lane)
        if current is not None and current.sort == sort and item in (None, current.item):
            return _check_repeat(current, event)
        self._close(lane)
        return self._start(sort, item, lane, event)

    def before(self, event: JsonObject) -> None:
        """Close what this event, which is no chunk, ends implicitly; call it before checking the event."""
        kind = event["type"]
        if kind == "MESSAGES_SNAPSHOT":
            self.close_all()
        elif kind not in _NOT_CLOSING:
            self._close(self._lane_of(event))

    def close_all(self) -> None:
        """Close every lane, as events of the run itself do."""
        for lane in list(self.lanes):
            self._close(lane)

    def _find_lane(self, sort: Sort, item: str | None, tag: Owner) -> tuple[Owner, Failure | None]:
        """Choose a chunk's lane: its tag's, that of the item it names, or the only one it can continue."""
        if tag is not None:
            return tag, None
        same = [lane for lane, chunk in self.lanes.items() if chunk.sort == sort]
        if item is not None:
            return next((lane for lane in same if self.lanes[lane].item == item), None), None
        if len(same) > 1:
            return None, Failure("chunk_conflict", f"a {sort} chunk could continue {len(same)} items")
        return (same[0] if same else None), None

    def _start(self, sort: Sort, item: str | None, lane: Owner, event: JsonObject) -> Failure | None:
        if item is None or (sort == "tool" and event.get("toolCallName") is None):
            return Failure(
                "chunk_first_fields", f"the first {sort} chunk has only {', '.join(sorted(event))}"
            )
        if self._tracker.is_open(sort, item):
            return Failure(
                "chunk_conflict", f"a chunk for {sort} {item!r}, which is open in the explicit form"
            )
        failure = self._tracker.open(sort, item, lane, event.get("parentMessageId"))
        if failure is None:
            self.lanes[lane] = _OpenChunk(sort, item, event)
        return failure

    def _close(self, lane: Owner) -> None:
        chunk = self.lanes.pop(lane, None)
        if chunk is not None:
            self._tracker.close(chunk.sort, chunk.item, None)

    def _lane_of(self, event: JsonObject) -> Owner:
        """Return the lane of an event: its tag, or the owner of the item that it continues."""
        tag: Owner = event.get("subagentRunId")
        if tag is not None:
            return tag
        kind: str = event["type"]
        if kind.startswith("TOOL_CALL_"):
            return self._tracker.owner_of("tool", event["toolCallId"])
        if kind.startswith("TEXT_MESSAGE_"):
            return self._tracker.owner_of("text", event["messageId"])
        if kind.startswith("REASONING_"):
            return self._tracker.owner_of("reasoning", event["messageId"])
        return None


def _check_repeat(chunk: _OpenChunk, event: JsonObject) -> Failure | None:
    """Hold a later chunk to the opening fields: it may repeat them, but not change them."""
    for name in _REPEATABLE[chunk.sort]:
        value = event.get(name)
        first = chunk.first.get(name, "assistant" if name == "role" else None)
        if value is not None and first is not None and value != first:
            return Failure("chunk_conflict", f"{name} {value!r} after {first!r}")
    return None
