"""What the realtime gateway allows a user and a workspace, kept by all users of this process together.

Sockets beyond the limit would be refused, and updates beyond it dropped without a word, so that a run would
measure its own excess. Users are told apart by their session: those that share one are one user to the
platform. A session or workspace that the settings give to every user is shared by all processes of the run,
and each may use its part of the limit. It does not connect and does not wait.
"""

from collections import Counter, deque
from typing import Final
from weakref import WeakValueDictionary

from locust import User
from locust.env import Environment

from loadlib.adapters.profiles import stages_for
from loadlib.errors import ConfigurationError
from loadlib.settings import Settings

WINDOW_S: Final = 60.0
MARGIN_S: Final = 1.0
"""Added to the window: updates may take different times to the gateway, which counts as they come."""

_SETTINGS: Final = {"session": "realtime_sockets_per_user", "workspace": "realtime_sockets_per_workspace"}
_ATTRIBUTE: Final = "loadlib_realtime_limits"


class Seats:
    """The sockets in use, by session and by workspace; a limit that is reached is a configuration error."""

    def __init__(self, per_user: int, per_workspace: int) -> None:
        self._limits = {"session": per_user, "workspace": per_workspace}
        self._taken: Counter[tuple[str, str]] = Counter()

    def take(self, session: str, workspace: str | None, sockets: int) -> None:
        """Take seats for a user's sockets.

        Raises:
            ConfigurationError: there are not enough; none are taken then.
        """
        keys = _keys(session, workspace)
        for sort, name in keys:
            if self._taken[sort, name] + sockets > self._limits[sort]:
                raise ConfigurationError(self._full(sort, self._taken[sort, name], sockets))
        self._taken.update(dict.fromkeys(keys, sockets))

    def leave(self, session: str, workspace: str | None, sockets: int) -> None:
        """Give seats back."""
        for key in _keys(session, workspace):
            self._taken[key] -= sockets
            if not self._taken[key]:
                del self._taken[key]

    def _full(self, sort: str, taken: int, sockets: int) -> str:
        return (
            f"realtime: users of one {sort} have {taken} sockets in this process and want {sockets} more; "
            f"allowed are {self._limits[sort]} ({_SETTINGS[sort]}, split between processes that share it). "
            f"Give the users more {sort}s (identities_file), start fewer of them, or raise the setting to "
            "exceed the platform's limit by choice"
        )


class UpdateBudget:
    """The updates of one session: at most so many in any minute. Moments are seconds of one clock."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._moments: deque[float] = deque()

    def take(self, now_s: float) -> float:
        """Book the next update and return how many seconds it must wait."""
        span_s = WINDOW_S + MARGIN_S
        while self._moments and self._moments[0] <= now_s - span_s:
            self._moments.popleft()
        at_s = now_s
        if len(self._moments) >= self._per_minute:
            at_s = max(now_s, self._moments[-self._per_minute] + span_s)
        self._moments.append(at_s)
        return at_s - now_s


def expected_users(user: User, settings: Settings) -> int:
    """Return how many users of a user's class the profile has at its peak, rounded down; 0 if none drives."""
    if settings.scenario is None or settings.origin("profile") == "default":
        return 0
    stages = stages_for(settings.scenario, settings.profile, users=settings.users)
    weights = [user_class.weight for user_class in user.environment.user_classes]
    return int(max(stage.users for stage in stages) * type(user).weight / sum(weights))


class RealtimeLimits:
    """The limits of one process; get them by `of`."""

    def __init__(self, settings: Settings, processes: int) -> None:
        self._settings = settings
        one_user = processes if settings.session_token is not None else 1
        one_workspace = processes if settings.workspace_id is not None else one_user
        self.seats = Seats(
            settings.realtime_sockets_per_user // one_user,
            settings.realtime_sockets_per_workspace // one_workspace,
        )
        self._per_minute = max(1, settings.realtime_updates_per_minute // one_user)
        self._budgets: WeakValueDictionary[str, UpdateBudget] = WeakValueDictionary()

    @classmethod
    def of(cls, environment: Environment, settings: Settings, processes: int) -> "RealtimeLimits":
        """Return the limits that all users of the process share."""
        limits = getattr(environment, _ATTRIBUTE, None)
        if not isinstance(limits, cls):
            limits = cls(settings, processes)
            setattr(environment, _ATTRIBUTE, limits)
        return limits

    def foresee(self, users: int, sockets: int) -> None:
        """Look ahead to the peak of the run, when so many users have so many sockets each.

        Raises:
            ConfigurationError: they cannot have them, as a setting gives all of them one session.
        """
        wanted, allowed = users * sockets, self._settings.realtime_sockets_per_user
        if self._settings.session_token is not None and wanted > allowed:
            raise ConfigurationError(
                f"realtime: {users} users of {sockets} sockets each will share one session (session_token), "
                f"which may have {allowed} (realtime_sockets_per_user). Give the users sessions of their own "
                "(identities_file), start fewer of them, or raise the setting to exceed the platform's limit "
                "by choice"
            )

    def budget(self, session: str) -> UpdateBudget:
        """Return the budget of a session; it lives as long as one of its users."""
        budget = self._budgets.get(session)
        if budget is None:
            budget = self._budgets[session] = UpdateBudget(self._per_minute)
        return budget


def _keys(session: str, workspace: str | None) -> list[tuple[str, str]]:
    keys = [("session", session)] if session else []
    return keys if workspace is None else [*keys, ("workspace", workspace)]
