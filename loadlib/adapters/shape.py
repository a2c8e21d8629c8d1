"""Locust load shapes: one follows a profile's stages, one holds any shape during the preflight."""

from collections.abc import Callable
from typing import Any

from locust import LoadTestShape

from loadlib.adapters.profiles import Stages, rate_at, users_at

Tick = tuple[Any, ...] | None


class ProfileShape(LoadTestShape):
    """Tells Locust, each second, how many users the profile wants."""

    abstract = True

    def __init__(self, stages: Stages) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stages = stages

    def tick(self) -> tuple[int, float] | None:
        """Return (users, users to start or stop per second), ``None`` at the end.

        The rate is the stage's, so a steady stage gives equal ticks: a changed one makes Locust ramp anew.
        """
        elapsed_s = self.get_run_time()  # type: ignore[no-untyped-call]
        users = users_at(self._stages, elapsed_s)
        if users is None:
            return None
        return max(users, 1), rate_at(self._stages, elapsed_s)


class HeldShape(LoadTestShape):
    """Repeats a shape's first tick while ``is_held`` says so.

    When a shape changes its mind, a local Locust cuts off what it does at the start: the preflight.
    """

    abstract = True
    use_common_options = True

    def __init__(self, shape: LoadTestShape, is_held: Callable[[], bool]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._shape = shape
        self._is_held = is_held
        self._last: Tick = None

    def reset_time(self) -> None:
        """Begin the shape anew, now."""
        self._shape.reset_time()

    def tick(self) -> Tick:
        """Return the shape's tick."""
        if self._last is None or not self._is_held():
            self._last = self._shape.tick()
        return self._last
