"""Progress of long tasks: every event about one must say which task it is about.

This is a rule of the platform; AG-UI itself asks nothing of a CUSTOM event's value or of the shared state.
Two carriers exist. A CUSTOM event whose name is about a task's progress (``task_progress``, ``task.updated``)
holds one item; progress of anything else (``upload_progress``) is nobody's business here. The shared state
holds a list ``activeTasks`` of items, whole in a snapshot, whole or piecewise in a delta. An item is an
object with a non-empty text ``taskId``. Anything else in events and state is not looked at.
"""

import re
from typing import Final

from loadlib.protocols.failures import Failure
from loadlib.protocols.jsontext import JsonObject, is_text

STATE_KEY: Final = "activeTasks"

_TASK: Final = re.compile(r"task", re.IGNORECASE)
_LIFE: Final = re.compile(
    r"progress|updat|status|state|step|creat|queue|start|running|complet|finish|fail|cancel", re.IGNORECASE
)
_ITEM_PATH: Final = re.compile(rf"/{STATE_KEY}/(?:\d+|-)")
_ID_PATH: Final = re.compile(rf"/{STATE_KEY}/\d+/taskId")


def is_progress_name(name: str) -> bool:
    """Tell whether a CUSTOM event's name speaks of a task and of its progress or a stage of its life."""
    return _TASK.search(name) is not None and _LIFE.search(name) is not None


def check_custom(event: JsonObject) -> Failure | None:
    """Check a CUSTOM event; one of another name passes."""
    if not is_progress_name(event["name"]) or _is_item(event["value"]):
        return None
    return _failure(f"CUSTOM {event['name']}", event["value"])


def check_snapshot(state: object) -> Failure | None:
    """Check the ``activeTasks`` of a whole state; a state without them passes."""
    if not isinstance(state, dict) or state.get(STATE_KEY) is None:
        return None
    return _check_items(state[STATE_KEY])


def check_delta(patch: list[JsonObject]) -> Failure | None:
    """Check what a well-formed JSON Patch writes to, or takes from, ``activeTasks``."""
    for operation in patch:
        failure = _check_operation(operation)
        if failure is not None:
            return failure
    return None


def _check_operation(operation: JsonObject) -> Failure | None:
    op = operation["op"]
    if op not in {"add", "replace", "remove"}:
        return None
    path, value = operation["path"], operation.get("value")
    if path == "" and op != "remove":
        return check_snapshot(value)
    if path == f"/{STATE_KEY}" and op != "remove":
        return check_snapshot({STATE_KEY: value})
    lost_id = _ID_PATH.fullmatch(path) and not is_text(value)
    bad_item = _ITEM_PATH.fullmatch(path) and op != "remove" and not _is_item(value)
    return _failure(path, value) if lost_id or bad_item else None


def _check_items(items: object) -> Failure | None:
    if not isinstance(items, list):
        return _failure(STATE_KEY, items)
    return next((_failure(STATE_KEY, item) for item in items if not _is_item(item)), None)


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and is_text(item.get("taskId"))


def _failure(where: str, value: object) -> Failure:
    return Failure("progress_without_task_id", f"{where}: {value!r}")
