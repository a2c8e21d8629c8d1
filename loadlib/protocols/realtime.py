"""The platform's realtime gateway: what its socket.io events say. Values in, values or named failures out.

A connection that was accepted is not of use yet: only ``connection.status``, status ``connected``, says so.
Dashboard state is sent by ``dashboard.state.update`` and comes back, to all sockets of the user, the sender's
among them, as ``dashboard.state.sync``; what the gateway does not take is dropped without an answer.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from loadlib.protocols.failures import Failure

NAMESPACE: Final = "/realtime"
STATUS: Final = "connection.status"
UPDATE: Final = "dashboard.state.update"
SYNC: Final = "dashboard.state.sync"
REQUEST: Final = "dashboard.state.request"
FULL: Final = "dashboard.state.full"

_REFUSALS: Final = (
    ("too_many_connections", re.compile(r"too many", re.IGNORECASE)),
    ("token_required", re.compile(r"token.*required|required.*token", re.IGNORECASE)),
    ("invalid_token", re.compile(r"invalid|expired", re.IGNORECASE)),
    ("connection_failed", re.compile(r"failed|no active workspace", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Sync:
    """An update as all the user's sockets see it."""

    path: str
    version: int
    tab: str


def refusal(args: tuple[Any, ...]) -> Failure | None:
    """Return why a ``connection.status`` event's arguments mean that we were refused, None for connected.

    Kinds: ``token_required``, ``invalid_token``, ``too_many_connections``, ``connection_failed``, ``refused``
    for other words, ``bad_shape`` for no status at all.
    """
    told = _object(args)
    status, message = told.get("status"), told.get("message")
    if status == "connected":
        return None
    if status != "disconnected":
        return Failure("bad_shape", f"{STATUS} with the status {str(status)[:80]!r}")
    words = message if isinstance(message, str) else ""
    kind = next((kind for kind, pattern in _REFUSALS if pattern.search(words)), "refused")
    return Failure(kind, words or "no reason given")


def auth(token: str | None) -> dict[str, str]:
    """Return what the namespace is told on connecting."""
    return {} if token is None else {"token": token}


def update(path: str, value: Any, version: int, tab: str, at_epoch_s: float) -> dict[str, Any]:
    """Return the payload of an update.

    The gateway takes paths below ``widgets``, ``activeProject``, ``activeTasks`` of at most 200 characters,
    versions of 0 or more, tab ids of at most 50 characters, no script-like text, 64 KiB in all.
    """
    moment = datetime.fromtimestamp(at_epoch_s, UTC).isoformat(timespec="milliseconds")
    return {
        "path": path,
        "value": value,
        "version": version,
        "timestamp": moment.replace("+00:00", "Z"),
        "sourceTabId": tab,
    }


def read_sync(args: tuple[Any, ...]) -> Sync | Failure:
    """Return what a ``dashboard.state.sync`` event says, or a failure of kind ``bad_shape``."""
    told = _object(args)
    path, version, tab = (told.get(name) for name in ("path", "version", "sourceTabId"))
    if isinstance(path, str) and type(version) is int and isinstance(tab, str):
        return Sync(path, version, tab)
    return Failure("bad_shape", f"{SYNC} without path, version and sourceTabId")


def read_version(args: tuple[Any, ...]) -> int | Failure:
    """Return the version in a ``dashboard.state.full`` event, or a failure of kind ``bad_shape``."""
    version = _object(args).get("version")
    return version if type(version) is int else Failure("bad_shape", f"{FULL} without a version")


def _object(args: tuple[Any, ...]) -> dict[str, Any]:
    return args[0] if args and isinstance(args[0], dict) else {}
