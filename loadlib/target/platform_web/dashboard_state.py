"""Saved dashboard states per user and workspace: version rules, checksum and the realtime path updates.

The platform keeps them in Redis for 30 days; here they live in a bounded map for the life of the process.
Its realtime updates replace the whole saved state by the one path they carry; ``merge_paths`` chooses
between that literal defect (False) and the evident intent (True).
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from loadlib.target.platform_web.bounded import BoundedMap
from loadlib.target.platform_web.clock import Clock, iso, utc_now

SAVED_STATES = 10_000
State = dict[str, object]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose state it is."""

    user: str
    workspace: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A stored state with its version and the time of the last write, in ISO form."""

    version: int
    state: State
    last_modified: str

    def as_json(self) -> dict[str, object]:
        """Return the body of the read route."""
        return {"version": self.version, "state": self.state, "lastModified": self.last_modified}


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """What became of a save; a conflict is an answer, not an error."""

    success: bool
    server_version: int
    conflict_resolution: Literal["client", "server"] | None = None

    def as_json(self) -> dict[str, object]:
        """Return the body of the save route; the resolution is absent when there was no conflict."""
        body: dict[str, object] = {"success": self.success, "serverVersion": self.server_version}
        if self.conflict_resolution:
            body["conflictResolution"] = self.conflict_resolution
        return body


class DashboardStates:
    """All saved dashboard states of the API process."""

    def __init__(self, *, merge_paths: bool = True, clock: Clock = utc_now) -> None:
        self._saved: BoundedMap[Owner, Saved] = BoundedMap(SAVED_STATES)
        self._merge_paths = merge_paths
        self._clock = clock

    def load(self, owner: Owner) -> Saved | None:
        """Return the stored state, if any."""
        return self._saved.get(owner)

    def save(self, owner: Owner, version: int, state: State, checksum: str | None = None) -> SaveOutcome:
        """Store ``state`` unless the checksum is wrong or the server's version is the higher one."""
        stored = self._saved.get(owner)
        server_version = stored.version if stored else 0
        if checksum is not None and checksum != checksum_of(state):
            return SaveOutcome(False, server_version)
        if server_version > version:
            return SaveOutcome(False, server_version, "server")
        self._saved.put(owner, Saved(version, state, iso(self._clock())))
        return SaveOutcome(True, version, "client" if 0 < server_version < version else None)

    def apply(self, owner: Owner, path: str, value: object, version: int) -> None:
        """Store a realtime update; one older than the stored state changes nothing."""
        stored = self._saved.get(owner)
        if stored is None or not self._merge_paths:
            state: State = {path: value}
        else:
            state = {**stored.state, path: value}
        self.save(owner, version, state)

    def delete(self, owner: Owner) -> None:
        """Forget the state; deleting what is absent succeeds too."""
        self._saved.pop(owner)


def checksum_of(state: State) -> str:
    """Return the hex SHA-256 of the state's JSON as JavaScript writes it: compact, key order kept."""
    text = json.dumps(state, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
