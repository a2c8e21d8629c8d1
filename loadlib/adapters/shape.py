"""A Locust load shape that follows the stages of a profile, second by second."""

from typing import Final

from locust import LoadTestShape

from loadlib.adapters.profiles import Stages, users_at

_AT_ONCE: Final = 100.0


class ProfileShape(LoadTestShape):
    """Tells Locust, each second, how many users the profile wants."""

    abstract = True
    use_common_options = True

    def __init__(self, stages: Stages) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stages = stages
        self._users = 0

    def tick(self) -> tuple[int, float] | None:
        """Return (users, users to start or stop per second), ``None`` at the end."""
        users = users_at(self._stages, self.get_run_time())  # type: ignore[no-untyped-call]
        if users is None:
            return None
        change = abs(users - self._users)
        self._users = users
        return max(users, 1), max(1.0, min(_AT_ONCE, float(change)))
