"""The load profiles of each scenario: users over time, as piecewise-linear stages.

``users`` scales a profile's peak, ``duration`` stretches or shortens its stages in proportion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Stage:
    """Go to ``users`` over ``duration_s``, linearly; a duration of 0 is a jump."""

    duration_s: float
    users: float


Stages = tuple[Stage, ...]


def _stages(*pairs: tuple[float, float]) -> Stages:
    return tuple(Stage(duration_s, users) for duration_s, users in pairs)


def _around(load: Stages, peak: float) -> Mapping[str, Stages]:
    return MappingProxyType(
        {
            "smoke": _stages((0, 5), (10, 5)),
            "load": load,
            "stress": _stages((60, peak), (120, 2 * peak), (120, 4 * peak), (60, 0)),
            "spike": _stages((30, peak / 5), (5, 3 * peak), (60, 3 * peak), (5, peak / 5), (60, peak / 5)),
            "soak": _stages((60, peak), (3600, peak), (60, 0)),
        }
    )


PROFILES: Final[Mapping[str, Mapping[str, Stages]]] = MappingProxyType(
    {
        "a2a": _around(_stages((30, 20), (120, 50), (120, 50), (30, 100), (30, 50), (30, 0)), 50),
        "dashboard": _around(_stages((60, 30), (180, 30), (60, 0)), 30),
        "ccr": _around(_stages((30, 20), (120, 20), (30, 0)), 20),
        "streaming": _around(_stages((30, 20), (180, 20), (30, 0)), 20),
        "realtime": _around(_stages((30, 20), (180, 20), (30, 0)), 20),
        "mixed": {
            **_around(_stages((60, 50), (240, 50), (60, 0)), 50),
            "smoke": _stages((0, 8), (20, 8)),
        },
    }
)
GENERIC: Final = _around(_stages((30, 10), (120, 10), (30, 0)), 10)


def stages_for(
    scenario: str, profile: str, *, users: int | None = None, duration_s: float | None = None
) -> Stages:
    """Return the stages to run. Unknown scenarios get generic ones; raises ``KeyError`` for a bad profile."""
    stages = PROFILES.get(scenario, GENERIC)[profile]
    peak = max(stage.users for stage in stages)
    total_s = total_duration_s(stages)
    user_factor = users / peak if users else 1.0
    time_factor = duration_s / total_s if duration_s else 1.0
    return tuple(Stage(stage.duration_s * time_factor, stage.users * user_factor) for stage in stages)


def total_duration_s(stages: Stages) -> float:
    """Return how long the stages take."""
    return sum(stage.duration_s for stage in stages)


def users_at(stages: Stages, elapsed_s: float) -> int | None:
    """Return the number of users due at a time, rounded; ``None`` when the stages are over."""
    previous, begin_s = 0.0, 0.0
    for stage in stages:
        end_s = begin_s + stage.duration_s
        if elapsed_s < end_s:
            part = (elapsed_s - begin_s) / stage.duration_s
            return round(previous + (stage.users - previous) * part)
        previous, begin_s = stage.users, end_s
    return None


def rate_at(stages: Stages, elapsed_s: float) -> float:
    """Return how many users a second are to be started or stopped: a ramp's slope, all at once for a jump.

    A stage that changes nothing has the rate of the one before it, whose users may still be starting.
    """
    previous, begin_s, rate = 0.0, 0.0, 1.0
    for stage in stages:
        change = abs(stage.users - previous)
        if change:
            rate = max(1.0, float(ceil(change / stage.duration_s if stage.duration_s else change)))
        begin_s += stage.duration_s
        if elapsed_s < begin_s:
            break
        previous = stage.users
    return rate


def user_seconds(stages: Stages, elapsed_s: float) -> float:
    """Return how many user-seconds the stages ask for within a time from their start."""
    previous, begin_s, total = 0.0, 0.0, 0.0
    for stage in stages:
        length_s = min(stage.duration_s, elapsed_s - begin_s)
        if length_s > 0:
            reached = previous + (stage.users - previous) * length_s / stage.duration_s
            total += length_s * (previous + reached) / 2
        previous, begin_s = stage.users, begin_s + stage.duration_s
    return total
