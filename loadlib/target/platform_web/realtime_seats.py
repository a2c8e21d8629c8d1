"""Counts the sockets per user and workspace and refuses one too many; it knows nothing of sockets."""

from collections import Counter
from typing import Final

from loadlib.target.platform_web.callers import Session

TOO_MANY: Final = "Too many connections"


class Seats:
    """The connected sockets with their sessions, bounded by the limits."""

    def __init__(self, per_user: int, per_workspace: int) -> None:
        self._per_user = per_user
        self._per_workspace = per_workspace
        self._sessions: dict[str, Session] = {}
        self._users: Counter[str] = Counter()
        self._workspaces: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._sessions)

    def take(self, sid: str, session: Session) -> bool:
        """Seat a socket; False when the user or the workspace has all it may have."""
        workspace = session.workspace or ""
        if self._users[session.user] >= self._per_user or self._workspaces[workspace] >= self._per_workspace:
            return False
        self._sessions[sid] = session
        self._users[session.user] += 1
        self._workspaces[workspace] += 1
        return True

    def session(self, sid: str) -> Session | None:
        """Return the session of a seated socket."""
        return self._sessions.get(sid)

    def leave(self, sid: str) -> None:
        """Free the socket's seat; a socket that had none changes nothing."""
        session = self._sessions.pop(sid, None)
        if session is None:
            return
        for counter, key in ((self._users, session.user), (self._workspaces, session.workspace or "")):
            counter[key] -= 1
            if counter[key] <= 0:
                del counter[key]
