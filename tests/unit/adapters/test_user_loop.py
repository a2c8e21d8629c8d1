"""The loop of a user's iterations: which tasks come, when others have their turn, and who ends it."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import gevent
from gevent.pool import Group
from locust import SequentialTaskSet, TaskSet, User, constant
from locust.env import Environment
from locust.exception import RescheduleTask

from loadlib.adapters.iterations import instrument

DEADLINE_S = 20.0
ENOUGH = 6


class Diary:
    """A recorder that counts, and the tasks in the order they were done in."""

    def __init__(self) -> None:
        self.iterations = 0
        self.done: list[str] = []

    def iteration(self, scenario: str, duration_s: float, *, failed: bool) -> None:
        self.iterations += 1

    def fail(self, endpoint: str, kind: str, message: str) -> None:
        """Take a failure, which Locust hears of as well."""


def user_with(diary: Diary, tasks: list[Any], **members: Any) -> User:
    """Return a user that has ``tasks``, ready to be started."""
    members = {"wait_time": constant(0), "tasks": tasks, **members}
    user_class: Any = type("Someone", (User,), members)
    instrument(user_class, diary, dephase_s=0.0)  # type: ignore[arg-type] # counts what it is given
    user: User = user_class(Environment(user_classes=[user_class]))
    return user


def play(user: User, until: Callable[[], bool]) -> None:
    """Let Locust run a user until a condition holds, and stop it."""
    group = Group()
    user.start(group)
    with gevent.Timeout(DEADLINE_S):
        while not until():
            gevent.sleep(0.001)
    user.stop()
    assert group.join(DEADLINE_S)


def noting(diary: Diary, name: str, body: Callable[[Any], object] = lambda _: None) -> Callable[[Any], None]:
    def task(owner: Any) -> None:
        diary.done.append(name)
        body(owner)

    task.__name__ = name
    return task


def test_all_tasks_of_a_user_come_and_each_is_an_iteration() -> None:
    diary = Diary()
    play(user_with(diary, [noting(diary, "a"), noting(diary, "b")]), lambda: set(diary.done) == {"a", "b"})
    assert diary.iterations == len(diary.done)


def test_user_that_never_waits_lets_others_have_their_turn() -> None:
    """Neither a sleep nor a request: without its turn, nobody would ever stop it."""
    diary = Diary()
    play(user_with(diary, [noting(diary, "busy")]), lambda: len(diary.done) > ENOUGH)


def test_user_whose_task_waited_goes_on_at_once() -> None:
    """Others have had their turn: a sleep of 0 seconds on top of each request would be for nothing."""
    diary, turns = Diary(), []

    def another() -> None:
        while True:
            turns.append(len(diary.done))
            gevent.sleep(0)

    def waits(_: Any) -> None:
        gevent.sleep(0.001)
        turns.clear()

    other = gevent.spawn(another)
    seen: list[int] = []
    play(
        user_with(diary, [noting(diary, "a", waits), noting(diary, "b", lambda _: seen.append(len(turns)))]),
        lambda: len(seen) > ENOUGH,
    )
    other.kill()
    assert min(seen) == 0


def test_wait_between_tasks_is_the_users() -> None:
    diary, asked = Diary(), []

    def wait_time(_: User) -> float:
        asked.append(len(diary.done))
        return 0.001

    play(user_with(diary, [noting(diary, "a")], wait_time=wait_time), lambda: len(diary.done) >= ENOUGH)
    assert asked[:ENOUGH] == list(range(1, ENOUGH + 1))


def test_task_sets_and_plain_tasks_take_turns() -> None:
    diary = Diary()

    class Inner(SequentialTaskSet):
        """Does two things and leaves."""

        def leave(self) -> None:
            diary.done.append("inner")
            self.interrupt()

        tasks = [leave]  # noqa: RUF012 - as Locust wants it

    user = user_with(diary, [noting(diary, "plain"), Inner])
    play(user, lambda: {"plain", "inner"} <= set(diary.done) and len(diary.done) > ENOUGH)
    assert diary.iterations == len(diary.done)


def test_task_that_is_scheduled_comes_next() -> None:
    diary = Diary()
    extra = noting(diary, "extra")

    def schedules(user: User) -> None:
        taskset = user._taskset_instance
        assert isinstance(taskset, TaskSet)
        if diary.done.count("first") == 1:
            taskset.schedule_task(extra)  # type: ignore[no-untyped-call]

    play(user_with(diary, [noting(diary, "first", schedules)]), lambda: len(diary.done) >= ENOUGH)
    assert list(islice(diary.done, 4)) == ["first", "extra", "first", "first"]


def test_tasks_that_replace_others_are_drawn_from_then_on() -> None:
    diary = Diary()
    later = noting(diary, "later")

    def replaces(user: User) -> None:
        user.tasks = [later]

    play(user_with(diary, [noting(diary, "first", replaces)]), lambda: len(diary.done) >= ENOUGH)
    assert diary.done[:3] == ["first", "later", "later"]


def test_task_that_raises_is_told_to_locust_and_the_user_goes_on() -> None:
    diary, told = Diary(), []

    def raises(_: Any) -> None:
        if diary.done.count("a") == 2:
            raise ValueError("no")

    user = user_with(diary, [noting(diary, "a", raises)])
    user.environment.events.user_error.add_listener(lambda exception, **_: told.append(str(exception)))
    play(user, lambda: len(diary.done) >= ENOUGH)
    assert told == ["no"]
    assert diary.iterations == len(diary.done)


def test_task_that_asks_to_be_rescheduled_waits_and_goes_on() -> None:
    diary, waits = Diary(), []

    def reschedules(_: Any) -> None:
        raise RescheduleTask

    def wait_time(_: User) -> float:
        waits.append(len(diary.done))
        return 0.0

    play(
        user_with(diary, [noting(diary, "a", reschedules)], wait_time=wait_time),
        lambda: len(diary.done) >= ENOUGH,
    )
    assert waits[:ENOUGH] == list(range(1, ENOUGH + 1))


def test_user_told_to_stop_at_work_ends_its_task_and_begins_none() -> None:
    diary, begun = Diary(), []

    def works(_: Any) -> None:
        begun.append(1)
        gevent.sleep(0.002)

    play(user_with(diary, [noting(diary, "a", works)]), lambda: len(begun) >= ENOUGH)
    assert diary.iterations == len(begun)
