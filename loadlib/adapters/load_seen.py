"""How much load there really was, against what was asked for: with less, a run is no evidence. Pure."""

from collections.abc import Iterator

from loadlib.adapters.profiles import Stages, user_seconds
from loadlib.core.result import Problem

ENOUGH = 0.7
"""The part of a profile's user-seconds that must have been run."""
SPAWN_SLACK_S = 3.0
"""How late all users may be at any length of a run: spawning, and looking once a second, take time."""


class LoadSeen:
    """The users of a run, as seen about once a second; times are seconds from its start."""

    def __init__(self) -> None:
        self.peak_users = 0
        self.user_seconds = 0.0
        self._elapsed_s = 0.0
        self._gone = False

    def see(self, users: int, wanted: int, elapsed_s: float) -> None:
        """Take how many users there are, and how many Locust wants."""
        self.peak_users = max(self.peak_users, users)
        self.user_seconds += users * max(0.0, elapsed_s - self._elapsed_s)
        self._elapsed_s = max(self._elapsed_s, elapsed_s)
        self._gone = users == 0 and wanted > 0

    def problems(self, stages: Stages | None) -> Iterator[Problem]:
        """Yield what was wrong with the load of a completed run; ask before its users are stopped."""
        if self._gone:
            yield Problem("no_users", "every user had ended before the run did", invalidates=True)
        planned = user_seconds(stages, self._elapsed_s) if stages else 0.0
        late = SPAWN_SLACK_S * max((stage.users for stage in stages or ()), default=0.0)
        if planned - self.user_seconds > max((1 - ENOUGH) * planned, late):
            detail = (
                f"the profile asked for {planned:.0f} user-seconds, {self.user_seconds:.0f} were run "
                f"(at most {self.peak_users} users at a time)"
            )
            yield Problem("load_missing", detail, invalidates=True)
