"""The fields of every AG-UI 1.0 event type, and the check of one event against them.

A known field that is missing or of the wrong type is fatal; what is not known is counted and else ignored.
It does not know order, identity or ownership.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject, parse_object
from loadlib.protocols.stream import Findings

_TEXT: Final = (str,)
_FLAG: Final = (bool,)
_WHOLE: Final = (int,)
_LIST: Final = (list,)
_OBJECT: Final = (dict,)
_TEXT_OR_LIST: Final = (str, list)
_ANY: Final = (str, int, float, bool, list, dict, type(None))

Types = tuple[type, ...]

_BASE: Final[Mapping[str, Types]] = {"timestamp": _WHOLE, "rawEvent": _ANY, "metadata": _OBJECT}
_TAG: Final[Mapping[str, Types]] = {"subagentRunId": _TEXT}
_TEXT_ROLES: Final = frozenset({"developer", "system", "assistant", "user"})


@dataclass(frozen=True, slots=True)
class EventSpec:
    """The fields of one event type, with the types each may have.

    ``null_is_fatal`` names the optionals that may not be null: attribution and subagent lifecycle. ``enums``
    gives the values of closed text fields.
    """

    required: tuple[tuple[str, Types], ...]
    optional: Mapping[str, Types]
    null_is_fatal: frozenset[str]
    enums: tuple[tuple[str, frozenset[str]], ...] = ()


def _spec(
    required: Mapping[str, Types] | None = None,
    optional: Mapping[str, Types] | None = None,
    *,
    tag: bool = True,
    no_nulls: frozenset[str] = frozenset(),
    **enums: frozenset[str],
) -> EventSpec:
    every_optional = {**_BASE, **(_TAG if tag else {}), **(optional or {})}
    fatal = no_nulls | {"subagentRunId"}
    return EventSpec(tuple((required or {}).items()), every_optional, fatal, tuple(enums.items()))


def _texts(*names: str) -> Mapping[str, Types]:
    return dict.fromkeys(names, _TEXT)


_RUN: Final = _texts("threadId", "runId")

SPECS: Final[Mapping[str, EventSpec]] = {
    "RUN_STARTED": _spec(_RUN, {**_texts("protocolVersion", "parentRunId"), "input": _OBJECT}, tag=False),
    "RUN_FINISHED": _spec(_RUN, {"result": _ANY, "outcome": _OBJECT, "usage": _LIST}, tag=False),
    "RUN_ERROR": _spec(_texts("message"), {"code": _TEXT, "usage": _LIST}, tag=False),
    "STEP_STARTED": _spec(_texts("stepName")),
    "STEP_FINISHED": _spec(_texts("stepName")),
    "TEXT_MESSAGE_START": _spec(_texts("messageId"), _texts("role", "name"), role=_TEXT_ROLES),
    "TEXT_MESSAGE_CONTENT": _spec(_texts("messageId", "delta")),
    "TEXT_MESSAGE_END": _spec(_texts("messageId")),
    "TEXT_MESSAGE_CHUNK": _spec(None, _texts("messageId", "role", "delta", "name"), role=_TEXT_ROLES),
    "TOOL_CALL_START": _spec(_texts("toolCallId", "toolCallName"), _texts("parentMessageId")),
    "TOOL_CALL_ARGS": _spec(_texts("toolCallId", "delta")),
    "TOOL_CALL_END": _spec(_texts("toolCallId")),
    "TOOL_CALL_CHUNK": _spec(None, _texts("toolCallId", "toolCallName", "parentMessageId", "delta")),
    "TOOL_CALL_RESULT": _spec(
        {**_texts("messageId", "toolCallId"), "content": _TEXT_OR_LIST},
        _texts("role"),
        role=frozenset({"tool"}),
    ),
    "STATE_SNAPSHOT": _spec({"snapshot": _ANY}),
    "STATE_DELTA": _spec({"delta": _LIST}),
    "MESSAGES_SNAPSHOT": _spec({"messages": _LIST}, tag=False),
    "ACTIVITY_SNAPSHOT": _spec(
        {**_texts("messageId", "activityType"), "content": _OBJECT}, {"replace": _FLAG}
    ),
    "ACTIVITY_DELTA": _spec({**_texts("messageId", "activityType"), "patch": _LIST}),
    "RAW": _spec({"event": _ANY}, _texts("source")),
    "CUSTOM": _spec({"name": _TEXT, "value": _ANY}),
    "REASONING_START": _spec(_texts("messageId")),
    "REASONING_END": _spec(_texts("messageId")),
    "REASONING_MESSAGE_START": _spec(_texts("messageId", "role"), role=frozenset({"reasoning"})),
    "REASONING_MESSAGE_CONTENT": _spec(_texts("messageId", "delta")),
    "REASONING_MESSAGE_END": _spec(_texts("messageId")),
    "REASONING_MESSAGE_CHUNK": _spec(None, _texts("messageId", "delta")),
    "REASONING_ENCRYPTED_VALUE": _spec(
        _texts("subtype", "entityId", "encryptedValue"), subtype=frozenset({"tool-call", "message"})
    ),
    "SUBAGENT_STARTED": _spec(
        _texts("subagentRunId", "name"),
        _texts("description", "parentSubagentRunId", "parentToolCallId", "parentMessageId"),
        tag=False,
        no_nulls=frozenset({"description", "parentSubagentRunId", "parentToolCallId", "parentMessageId"}),
    ),
    "SUBAGENT_FINISHED": _spec(
        _texts("subagentRunId"),
        {"result": _ANY, "outcome": _OBJECT},
        tag=False,
        no_nulls=frozenset({"outcome"}),
    ),
    "SUBAGENT_ERROR": _spec(
        _texts("subagentRunId", "message"), _texts("code"), tag=False, no_nulls=frozenset({"code"})
    ),
}
"""All 31 event types of AG-UI 1.0."""


def read_event(data: str) -> JsonObject | Failure:
    """Return the event object of one SSE payload. Kinds: ``bad_json``, ``not_object``, ``no_type``."""
    event = parse_object(data)
    if isinstance(event, Failure):
        return event
    if type(event.get("type")) is not str:
        return Failure("no_type", f"type is {event.get('type')!r}")
    return event


def check_fields(event: JsonObject, spec: EventSpec, found: Findings) -> Failure | None:
    """Check one event of a known type; return ``bad_field`` or None, and note the soft findings."""
    required = spec.required
    for name, types in required:
        if type(event.get(name, ...)) not in types:
            return _bad_field(event, name)
    if len(event) > len(required) + 1:
        failure = _check_others(event, spec, found)
        if failure is not None:
            return failure
    for name, values in spec.enums:
        if name in event and event[name] is not None and event[name] not in values:
            return _bad_field(event, name)
    return None


def _check_others(event: JsonObject, spec: EventSpec, found: Findings) -> Failure | None:
    required = {name for name, _ in spec.required}
    for name, value in event.items():
        if name == "type" or name in required:
            continue
        types = spec.optional.get(name)
        if types is None:
            found.note("snake_case_name" if "_" in name else "unknown_property")
        elif type(value) not in types:
            if value is not None or name in spec.null_is_fatal:
                return _bad_field(event, name)
            found.note("null_optional")
    return None


def _bad_field(event: JsonObject, name: str) -> Failure:
    value = repr(event[name]) if name in event else "missing"
    return Failure("bad_field", f"{event['type']}.{name} is {value}")
