"""The shapes that Locust follows: one for a profile, one that holds another while a preflight is on."""

from itertools import pairwise

from locust import LoadTestShape

from loadlib.adapters.profiles import Stage
from loadlib.adapters.shape import HeldShape, ProfileShape

RAMP = (Stage(10, 20), Stage(20, 20), Stage(10, 0))


class Clock(ProfileShape):
    """A shape whose run time the test sets."""

    abstract = True
    now_s = 0.0

    def get_run_time(self) -> float:
        return self.now_s


def ticks(shape: Clock, times_s: list[float]) -> list[tuple[int, float] | None]:
    found = []
    for time_s in times_s:
        shape.now_s = time_s
        found.append(shape.tick())
    return found


def test_shape_asks_for_the_users_that_are_due_at_the_slope_of_their_stage() -> None:
    """A plateau repeats the rate before it: a changed one would make Locust ramp anew."""
    made = ticks(Clock(RAMP), [0, 1, 2, 10, 11, 30, 35, 40])
    assert made == [(1, 2.0), (2, 2.0), (4, 2.0), (20, 2.0), (20, 2.0), (20, 2.0), (10, 2.0), None]


def test_shape_starts_a_jump_at_once_and_never_asks_for_less_than_a_user() -> None:
    made = ticks(Clock((Stage(0, 5000), Stage(10, 5000), Stage(10, 0), Stage(5, 0))), [0, 5, 19.999, 21])
    assert made == [(5000, 5000.0), (5000, 5000.0), (1, 500.0), (1, 500.0)]


def test_shape_that_missed_ticks_goes_straight_to_what_is_due() -> None:
    made = ticks(Clock(RAMP), [0, 8, 33])
    assert [users for users, _ in made if users] == [1, 16, 14]  # type: ignore[misc]
    assert all(before != after for before, after in pairwise(made))


class Counting(LoadTestShape):
    """A shape of somebody's own: a further user at each tick since the start, the end after ``last``."""

    last = 3

    def __init__(self) -> None:
        super().__init__()
        self.users = 0

    def reset_time(self) -> None:
        self.users = 0

    def tick(self) -> tuple[int, float] | None:
        self.users += 1
        return (self.users, 1.0) if self.users <= self.last else None


def held(is_held: list[bool]) -> HeldShape:
    return HeldShape(Counting(), lambda: is_held[0])


def test_held_shape_repeats_its_first_tick_and_then_follows() -> None:
    switch = [True]
    shape = held(switch)
    assert [shape.tick() for _ in range(3)] == [(1, 1.0)] * 3
    switch[0] = False
    assert [shape.tick() for _ in range(3)] == [(2, 1.0), (3, 1.0), None]


def test_held_shape_begins_anew_when_it_is_reset() -> None:
    """After a preflight, the profile begins with the run."""
    switch = [True]
    shape = held(switch)
    shape.tick()
    shape.reset_time()
    switch[0] = False
    assert [shape.tick() for _ in range(2)] == [(1, 1.0), (2, 1.0)]


def test_next_run_of_a_shape_that_ended_is_held_at_its_beginning() -> None:
    """As in a web UI: the shape ends the first run, and the second one has its preflight first."""
    switch = [False]
    shape = held(switch)
    while shape.tick() is not None:
        continue
    shape.reset_time()
    switch[0] = True
    assert [shape.tick() for _ in range(2)] == [(1, 1.0), (1, 1.0)]
