"""What the realtime gateway accepts as a dashboard state update; anything else it drops without a word."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_UPDATE_BYTES: Final = 64 * 1024
MAX_PATH_LENGTH: Final = 200
MAX_TAB_ID_LENGTH: Final = 50
PATH_ROOTS: Final = ("widgets", "activeProject", "activeTasks")
SCRIPT_LIKE: Final = re.compile(r"<\s*script|javascript:|\bon\w+\s*=", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StateUpdate:
    """A valid update of one path of the dashboard state."""

    path: str
    value: object
    version: int
    tab_id: str

    def as_sync(self) -> dict[str, object]:
        """Return the payload of the event all the user's sockets receive."""
        return {"path": self.path, "value": self.value, "version": self.version, "sourceTabId": self.tab_id}


def parse_state_update(payload: object) -> StateUpdate | None:
    """Return the update, or None for one that is malformed, larger than 64 KiB or holds script-like text."""
    if not isinstance(payload, dict):
        return None
    path, version, tab_id = payload.get("path"), payload.get("version"), payload.get("sourceTabId")
    if not isinstance(path, str) or not _is_path(path):
        return None
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        return None
    if not isinstance(tab_id, str) or not 0 < len(tab_id) <= MAX_TAB_ID_LENGTH:
        return None
    if "value" not in payload or not _is_time(payload.get("timestamp")) or not _is_harmless(payload):
        return None
    return StateUpdate(path, payload["value"], version, tab_id)


def _is_path(path: str) -> bool:
    return len(path) <= MAX_PATH_LENGTH and path.partition(".")[0] in PATH_ROOTS


def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_harmless(payload: dict[object, object]) -> bool:
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) <= MAX_UPDATE_BYTES and SCRIPT_LIKE.search(text) is None
