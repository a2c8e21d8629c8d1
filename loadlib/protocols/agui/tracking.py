"""What is open in one AG-UI run, and to whom it belongs.

Six sorts of item are opened, continued and closed: text messages, tool calls, reasoning messages, reasoning
spans, steps and subagents. Ids are unique within a sort only. Owners (a subagent, or None for the parent
agent) are kept after the close, since a closed id may be opened again or continued; an event without an
attribution agrees with any owner. A new run starts with a new `RunTracker`.
"""

from collections.abc import Mapping
from typing import Final, Literal

from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject

Sort = Literal["text", "tool", "reasoning", "reasoning_span", "step", "subagent"]
Owner = str | None

_CLOSE_ORDER: Final[tuple[Sort, ...]] = ("step", "text", "reasoning", "reasoning_span", "tool")
_BUCKET: Final[Mapping[str, str]] = {
    "text": "message",
    "tool": "tool",
    "reasoning": "reasoning",
    "reasoning_span": "reasoning",
    "activity": "activity",
}
_ROLE_BUCKET: Final[Mapping[str, str]] = {"reasoning": "reasoning", "activity": "activity"}


class RunTracker:
    """The open items and the owners of one run. Every check returns a failure or None, and never raises."""

    __slots__ = ("_closed_subagents", "_open", "_owners", "_steps", "_subagents")

    def __init__(self) -> None:
        self._open: dict[str, set[str]] = {sort: set() for sort in _CLOSE_ORDER if sort != "step"}
        self._owners: dict[str, dict[str, Owner]] = {bucket: {} for bucket in set(_BUCKET.values())}
        self._steps: set[tuple[Owner, str]] = set()
        self._subagents: set[str] = set()
        self._closed_subagents: set[str] = set()

    def open(self, sort: Sort, item: str, tag: Owner, parent_message: str | None = None) -> Failure | None:
        """Open a message, call or span. A tool call belongs to the owner of the message that carries it."""
        if item in self._open[sort]:
            return Failure(f"dup_open:{sort}", f"{sort} {item!r} is open already")
        owners = self._owners[_BUCKET[sort]]
        inherited = tag
        if parent_message is not None and parent_message in self._owners["message"]:
            inherited = self._owners["message"][parent_message]
            if tag is not None and tag != inherited:
                return _mismatch(sort, item, tag, inherited)
        if item in owners and inherited is not None and owners[item] != inherited:
            return _mismatch(sort, item, inherited, owners[item])
        self._open[sort].add(item)
        owners.setdefault(item, inherited)
        return None

    def is_open(self, sort: Sort, item: str) -> bool:
        """Tell whether this message, call or span is open."""
        return item in self._open[sort]

    def proceed(self, sort: Sort, item: str, tag: Owner) -> Failure | None:
        """Continue an open message, call or span."""
        if item not in self._open[sort]:
            return Failure(f"not_open:{sort}", f"{sort} {item!r} is not open")
        return None if tag is None else self.check_owner(sort, item, tag)

    def close(self, sort: Sort, item: str, tag: Owner) -> Failure | None:
        """Close an open message, call or span."""
        failure = self.proceed(sort, item, tag)
        if failure is None:
            self._open[sort].discard(item)
        return failure

    def check_owner(self, sort: str, item: str, tag: Owner) -> Failure | None:
        """Hold an attribution against the recorded owner; an item never seen has none, and agrees."""
        owners = self._owners[_BUCKET[sort]]
        if tag is None or item not in owners or owners[item] == tag:
            return None
        return _mismatch(sort, item, tag, owners[item])

    def owner_of(self, sort: Sort, item: str) -> Owner:
        """Return the recorded owner; None is the parent agent, or nobody known."""
        return self._owners[_BUCKET[sort]].get(item)

    def own(self, sort: str, item: str, tag: Owner) -> None:
        """Record a new owner, as an event that makes a whole item at once does."""
        self._owners[_BUCKET[sort]][item] = tag

    def knows(self, sort: str, item: str) -> bool:
        """Tell whether an owner is on record for the item."""
        return item in self._owners[_BUCKET[sort]]

    def start_step(self, name: str, tag: Owner) -> Failure | None:
        """Start a step; its name is unique among one owner's active steps."""
        if (tag, name) in self._steps:
            return Failure("dup_open:step", f"step {name!r} is active already")
        self._steps.add((tag, name))
        return None

    def finish_step(self, name: str, tag: Owner) -> Failure | None:
        """Finish a step, which only its owner may do."""
        if (tag, name) not in self._steps:
            return Failure("not_open:step", f"step {name!r} was not started by {tag or 'the parent agent'}")
        self._steps.discard((tag, name))
        return None

    def start_subagent(self, subagent: str, parent: Owner) -> Failure | None:
        """Start a subagent; an id serves one invocation, and a named parent must have been started."""
        if subagent in self._subagents or subagent in self._closed_subagents:
            return Failure("dup_open:subagent", f"subagent {subagent!r} was started already")
        if parent is not None and parent not in self._subagents and parent not in self._closed_subagents:
            return Failure("not_open:subagent", f"the parent subagent {parent!r} was never started")
        self._subagents.add(subagent)
        return None

    def finish_subagent(self, subagent: str) -> Failure | None:
        """Finish an active subagent, well or badly."""
        if subagent not in self._subagents:
            return Failure("not_open:subagent", f"subagent {subagent!r} is not active")
        self._subagents.discard(subagent)
        self._closed_subagents.add(subagent)
        return None

    def check_all_closed(self) -> Failure | None:
        """Return ``open_at_finish:<sort>`` if anything is open: steps first, subagents last."""
        open_items: dict[str, set[str]] = {
            "step": {name for _, name in self._steps},
            **self._open,
            "subagent": self._subagents,
        }
        for sort, items in open_items.items():
            if items:
                return Failure(f"open_at_finish:{sort}", f"open: {', '.join(sorted(items)[:5])}")
        return None

    def seed(self, messages: list[object], *, authoritative: bool) -> Failure | None:
        """Record the owners that a list of messages tells.

        A snapshot is authoritative and overrides; the input echoed by a run's start only fills gaps. A null
        attribution inside is ``bad_field``.
        """
        for message in messages:
            if not isinstance(message, dict) or type(message.get("id")) is not str:
                continue
            tag = message.get("subagentRunId")
            if "subagentRunId" in message and type(tag) is not str:
                return Failure("bad_field", f"a message's subagentRunId is {tag!r}")
            self._seed_one(message, tag, authoritative)
        return None

    def _seed_one(self, message: JsonObject, tag: Owner, authoritative: bool) -> None:
        role = message.get("role")
        bucket = _ROLE_BUCKET.get(role, "message") if isinstance(role, str) else "message"
        entries = [(bucket, message["id"])]
        calls = message.get("toolCalls")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict) and type(call.get("id")) is str:
                entries.append(("tool", call["id"]))
        for name, item in entries:
            if authoritative or item not in self._owners[name]:
                self._owners[name][item] = tag


def _mismatch(sort: str, item: str, tag: Owner, owner: Owner) -> Failure:
    return Failure(
        "owner_mismatch",
        f"{sort} {item!r} of {owner or 'the parent agent'}, claimed by {tag or 'the parent agent'}",
    )
