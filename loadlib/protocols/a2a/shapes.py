"""The objects that A2A answers are made of: tasks, messages, status and artifact updates, parts.

Checks required members and tells what an object holds. It does not relate one object to another: identity,
order and expectation belong to `responses` and `stream`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from loadlib.protocols.a2a.dialect import AGENT_ROLE, Dialect, read_state
from loadlib.protocols.error_text import HEAD_CHARS
from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject, is_text

Member = Literal["task", "message", "status", "artifact"]

_BY_NAME: Final[Mapping[str, Member]] = {
    "task": "task",
    "message": "message",
    "statusUpdate": "status",
    "artifactUpdate": "artifact",
}
_BY_KIND: Final[Mapping[str, Member]] = {
    "task": "task",
    "message": "message",
    "status-update": "status",
    "artifact-update": "artifact",
}
_PART_MEMBERS: Final = ("text", "raw", "url", "data")


@dataclass(slots=True)
class A2AObject:
    """One object of an answer, its required members checked. ``state`` is None where the object has none."""

    member: Member
    body: JsonObject
    task_id: str | None
    context_id: str | None
    state: str | None = None
    has_content: bool = False
    """Whether it carries output for the user: a non-empty part of an artifact update, a direct message, or
    the message of a status update. A task is a snapshot and never counts."""


def read_member(dialect: Dialect, result: object) -> A2AObject | Failure:
    """Return the object in a result of send or stream, or a ``bad_shape`` failure.

    1.0 tells the object's sort by the one member that wraps it, 0.3 by its ``kind``.
    """
    if not isinstance(result, dict):
        return Failure("bad_shape", f"the result is {type(result).__name__}, not an object")
    if dialect is Dialect.V0_3:
        kind = result.get("kind")
        member = _BY_KIND.get(kind) if isinstance(kind, str) else None
        if member is None:
            return Failure("bad_shape", f"the result's kind is {kind!r}")
        return _READERS[member](dialect, result)
    names = [name for name in result if name in _BY_NAME]
    if len(names) != 1:
        return Failure("bad_shape", f"one of {', '.join(_BY_NAME)} was due, got {', '.join(names) or 'none'}")
    body = result[names[0]]
    if not isinstance(body, dict):
        return Failure("bad_shape", f"{names[0]} is {type(body).__name__}, not an object")
    return _READERS[_BY_NAME[names[0]]](dialect, body)


def added_text(
    dialect: Dialect, result: object, task_id: str, context_id: str
) -> tuple[JsonObject, str] | None:
    """Return an artifact update and its text, if it is of this task and holds one part of text and no more.

    Most results of a stream are such, and there is nothing else to check in one; None tells nothing.
    """
    if type(result) is not dict:
        return None
    is_modern = dialect is Dialect.V1_0
    if is_modern:
        update = result.get("artifactUpdate") if len(result) == 1 else None
    else:
        update = result if result.get("kind") == "artifact-update" else None
    if type(update) is not dict:
        return None
    if update.get("taskId") != task_id or update.get("contextId") != context_id:
        return None
    artifact = update.get("artifact")
    parts = artifact.get("parts") if type(artifact) is dict and is_text(artifact.get("artifactId")) else None
    if type(parts) is not list or len(parts) != 1 or type(parts[0]) is not dict:
        return None
    part = parts[0]
    text = part.get("text")
    plain = len(part) == 1 if is_modern else part.get("kind") == "text"
    return (update, text) if plain and type(text) is str and text else None


def read_task(dialect: Dialect, body: JsonObject) -> A2AObject | Failure:
    """Read a task: id, contextId and a known state are required."""
    task_id, context_id = body.get("id"), body.get("contextId")
    state = read_state(dialect, body.get("status"))
    if not (is_text(task_id) and is_text(context_id)):
        return Failure("bad_shape", f"a task with id {task_id!r} and contextId {context_id!r}")
    if state is None:
        return _unknown_state(body)
    return A2AObject("task", body, task_id, context_id, state)


def parts_content(dialect: Dialect, parts: object) -> bool | None:
    """Tell whether any part holds something; None if the list is empty or any part is malformed."""
    if not isinstance(parts, list) or not parts:
        return None
    content = False
    for part in parts:
        value = _part_value(dialect, part) if isinstance(part, dict) else None
        if value is None:
            return None
        content = content or value != ""
    return content


def content_text(read: A2AObject) -> str:
    """Return how the text in an object starts: an artifact's, a message's, that of a task's artifacts.

    At most ``HEAD_CHARS`` characters; empty where the object holds no text.
    """
    body = read.body
    holders = {"artifact": [body.get("artifact")], "message": [body]}.get(read.member, body.get("artifacts"))
    text = ""
    for holder in holders if isinstance(holders, list) else ():
        parts = holder.get("parts") if isinstance(holder, dict) else None
        for part in parts if isinstance(parts, list) else ():
            piece = part.get("text") if isinstance(part, dict) else None
            text += piece[:HEAD_CHARS] if isinstance(piece, str) else ""
            if len(text) >= HEAD_CHARS:
                return text[:HEAD_CHARS]
    return text


def _read_message(dialect: Dialect, body: JsonObject) -> A2AObject | Failure:
    content = parts_content(dialect, body.get("parts"))
    if content is None or not is_text(body.get("messageId")):
        return Failure("bad_shape", "a message needs a messageId and at least one well-formed part")
    if body.get("role") != AGENT_ROLE[dialect]:
        return Failure("bad_shape", f"a message of role {body.get('role')!r} from an agent")
    task_id, context_id = body.get("taskId"), body.get("contextId")
    return A2AObject("message", body, task_id or None, context_id or None, None, content)


def _read_status(dialect: Dialect, body: JsonObject) -> A2AObject | Failure:
    task_id, context_id = body.get("taskId"), body.get("contextId")
    status = body.get("status")
    state = read_state(dialect, status)
    if not (is_text(task_id) and is_text(context_id)):
        return Failure("bad_shape", f"a status update with taskId {task_id!r}, contextId {context_id!r}")
    if state is None or not isinstance(status, dict):
        return _unknown_state(body)
    if dialect is Dialect.V0_3 and type(body.get("final")) is not bool:
        return Failure("bad_shape", "a status update without a final flag")
    content = False
    if "message" in status:
        message = status["message"]
        content = isinstance(message, dict) and bool(parts_content(dialect, message.get("parts")))
    return A2AObject("status", body, task_id, context_id, state, content)


def _read_artifact(dialect: Dialect, body: JsonObject) -> A2AObject | Failure:
    task_id, context_id = body.get("taskId"), body.get("contextId")
    artifact = body.get("artifact")
    if not (is_text(task_id) and is_text(context_id)):
        return Failure("bad_shape", f"an artifact update with taskId {task_id!r}, contextId {context_id!r}")
    if not isinstance(artifact, dict) or not is_text(artifact.get("artifactId")):
        return Failure("bad_shape", "an artifact without an artifactId")
    content = parts_content(dialect, artifact.get("parts"))
    if content is None:
        return Failure("bad_shape", "an artifact needs at least one well-formed part")
    return A2AObject("artifact", body, task_id, context_id, None, content)


def _part_value(dialect: Dialect, part: JsonObject) -> object:
    """Return what the part holds ("" if nothing), or None if it is malformed."""
    if dialect is Dialect.V1_0:
        present = [name for name in _PART_MEMBERS if name in part]
        if len(present) != 1:
            return None
        return _text_or_data(part, present[0])
    kind = part.get("kind")
    if kind == "file":
        file = part.get("file")
        return (file.get("bytes") or file.get("uri") or "") if isinstance(file, dict) else None
    return _text_or_data(part, kind) if kind in ("text", "data") else None


def _text_or_data(part: JsonObject, name: str) -> object:
    """Return the member's value; a data part may hold any JSON value, null included, the others hold text."""
    value = part.get(name)
    if name == "data":
        return "" if value is None else (value, name)
    return value if isinstance(value, str) else None


def _unknown_state(body: JsonObject) -> Failure:
    return Failure("bad_shape", f"no known state in status {body.get('status')!r}")


_READERS: Final = {
    "task": read_task,
    "message": _read_message,
    "status": _read_status,
    "artifact": _read_artifact,
}
