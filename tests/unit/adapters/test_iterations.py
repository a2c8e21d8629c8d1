"""Iterations of every kind of user: each task once, with its outcome; users stopped between their tasks."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
import pytest
from gevent import GreenletExit
from gevent.event import Event
from gevent.pool import Group
from locust import SequentialTaskSet, TaskSet, User, constant
from locust.env import Environment
from locust.exception import InterruptTaskSet, RescheduleTask, StopUser
from locust.user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from loadlib.adapters.iterations import end_iteration, instrument
from loadlib.adapters.pause import pause
from loadlib.errors import ScenarioAbort


class Notebook:
    """A recorder that keeps what it is given."""

    def __init__(self) -> None:
        self.values: list[tuple[str, float, Any]] = []
        self.notes: list[tuple[str, str]] = []
        self.failures: list[tuple[str, str, str]] = []

    def add(self, metric: str, value: float, tags: Any = ()) -> None:
        self.values.append((metric, value, tags))

    def iteration(self, scenario: str, duration_s: float, *, failed: bool) -> None:
        tags = (("scenario", scenario),)
        self.add("iterations", 1, tags)
        self.add("iteration_errors", int(failed), tags)
        self.add("iteration_duration", duration_s, tags)

    def fail(self, endpoint: str, kind: str, message: str) -> None:
        self.failures.append((endpoint, kind, message))

    def note(self, kind: str, detail: str) -> None:
        self.notes.append((kind, detail))

    def total(self, metric: str) -> float:
        return sum(value for name, value, _ in self.values if name == metric)


def user_of(body: Callable[[User], object], **members: Any) -> tuple[User, Notebook]:
    """Return a user whose only task is ``body``, and what is recorded of it."""

    def do(self: User) -> None:
        body(self)

    members = {"wait_time": constant(0), "scenario": "s", "tasks": [do], **members}
    user_class = type("Someone", (User,), members)
    notebook = Notebook()
    instrument(user_class, notebook, dephase_s=0.0)  # type: ignore[arg-type] # keeps what it is given
    return user_class(Environment(user_classes=[user_class])), notebook


def raising(error: BaseException) -> Callable[[User], object]:
    def body(_: User) -> None:
        raise error

    return body


OUTCOMES = [
    (lambda _: None, 1, 0, []),
    (raising(ValueError("no")), 1, 1, []),
    (raising(StopUser()), 1, 0, []),
    (raising(RescheduleTask()), 1, 0, []),
    (raising(InterruptTaskSet()), 1, 0, []),
    (raising(ScenarioAbort("enough")), 0, 0, [("abort", "enough")]),
    (raising(GreenletExit()), 0, 0, []),
]


@pytest.mark.parametrize(("body", "iterations", "errors", "notes"), OUTCOMES)
def test_task_counts_once_as_completed_or_failed_or_cut_off(
    body: Callable[[User], object], iterations: int, errors: int, notes: list[tuple[str, str]]
) -> None:
    user, notebook = user_of(body)

    def act(acting: User) -> None:
        with suppress(BaseException):
            acting.tasks[0](acting)

    gevent.spawn(act, user).join(5)
    assert notebook.total("iterations") == iterations
    assert notebook.total("iteration_errors") == errors
    assert len([name for name, _, _ in notebook.values if name == "iteration_duration"]) == iterations
    assert {tags for _, _, tags in notebook.values} == ({(("scenario", "s"),)} if iterations else set())
    assert notebook.notes == notes


@pytest.mark.parametrize("body", [lambda _: None, raising(ValueError("no")), raising(StopUser())])
def test_user_ends_its_iteration_once_that_is_recorded(body: Callable[[User], object]) -> None:
    """However it went; a user that has nothing to end goes on."""
    notebook, ended = Notebook(), []

    def act(acting: User) -> None:
        with suppress(Exception):
            acting.tasks[0](acting)

    own = {"end_iteration": lambda _: ended.append(notebook.total("iterations"))}
    for members in (own, {}):
        user_class = type("Someone", (User,), {"wait_time": constant(0), "tasks": [body], **members})
        instrument(user_class, notebook, dephase_s=0.0, after_iteration=end_iteration)  # type: ignore[arg-type]
        gevent.spawn(act, user_class(Environment(user_classes=[user_class]))).join(5)
    assert ended == [1]
    assert notebook.total("iterations") == 2


def test_task_that_two_classes_share_counts_for_the_one_whose_user_runs_it() -> None:
    def work(_: User) -> None:
        """Do nothing."""

    notebook = Notebook()
    classes = [
        type(name, (User,), {"wait_time": constant(0), "scenario": name, "tasks": [work]})
        for name in ("one", "two")
    ]
    for user_class in classes:
        instrument(user_class, notebook, dephase_s=0.0)  # type: ignore[arg-type] # keeps what it is given
    for user_class in classes:
        gevent.spawn(user_class.tasks[0], user_class(Environment(user_classes=classes))).join(5)
    counted = [tags for name, _, tags in notebook.values if name == "iterations"]
    assert counted == [(("scenario", "one"),), (("scenario", "two"),)]


def test_exception_of_a_task_is_listed_among_the_failures_and_goes_on_to_locust() -> None:
    user, notebook = user_of(raising(ValueError("no")))
    with pytest.raises(ValueError, match="no"):
        user.tasks[0](user)
    assert notebook.failures == [("task do", "exception", "ValueError: no")]


def test_weighted_task_is_measured_once_and_keeps_its_weight() -> None:
    def work(_: User) -> None:
        """Do nothing."""

    user, notebook = user_of(work, tasks=[work, work, work])
    assert len(user.tasks) == 3
    assert len(set(user.tasks)) == 1
    user.tasks[0](user)
    assert notebook.total("iterations") == 1


def test_instrumenting_again_changes_nothing() -> None:
    user, notebook = user_of(lambda _: None)
    instrument(type(user), notebook, dephase_s=0.0)  # type: ignore[arg-type] # keeps what it is given
    user.tasks[0](user)
    assert notebook.total("iterations") == 1


@pytest.mark.parametrize("kind", [TaskSet, SequentialTaskSet])
def test_tasks_of_a_set_count_and_the_set_itself_does_not(kind: type[TaskSet]) -> None:
    def first(_: TaskSet) -> None:
        """Do nothing."""

    def last(_: TaskSet) -> None:
        raise StopUser

    inner = type("Inner", (kind,), {"tasks": [last] if kind is TaskSet else [first, last]})
    user, notebook = user_of(lambda _: None, tasks=[inner])
    user.run()
    assert notebook.total("iterations") == len(inner.tasks)


def test_setup_that_raises_is_told_and_raised() -> None:
    user, notebook = user_of(lambda _: None, on_start=raising(ValueError("no account")))
    with pytest.raises(ValueError, match="no account"):
        user.on_start()
    assert notebook.notes == [("setup_failed", "Someone.on_start: ValueError: no account")]


@pytest.mark.parametrize("error", [StopUser(), GreenletExit()])
def test_setup_that_only_stops_its_user_is_no_failure(error: BaseException) -> None:
    user, notebook = user_of(lambda _: None, on_start=raising(error))
    with pytest.raises(type(error)):
        user.on_start()
    assert notebook.notes == []


def started(user: User, condition: Callable[[], object]) -> Group:
    """Start a user, and let it run until a condition holds."""
    group = Group()
    user.start(group)
    with gevent.Timeout(20):
        while not condition():
            gevent.sleep(0)
    return group


def waits(user: User) -> Callable[[], bool]:
    return lambda: user._state == LOCUST_STATE_WAITING


def test_user_that_wakes_as_it_is_stopped_is_not_cut_off_in_a_task() -> None:
    """After a loop that was held up, its wait is over when the stop comes, and it wakes before the kill."""
    begun: list[int] = []
    ended: list[int] = []

    def work(_: User) -> None:
        begun.append(1)
        gevent.sleep(0.01)
        ended.append(1)

    user, _ = user_of(work, wait_time=constant(0.03))
    group = started(user, waits(user))
    gevent.spawn_later(0.001, user.stop)
    time.sleep(0.06)  # holds the loop up, as Locust's own stop does for some milliseconds
    assert group.join(5)
    assert begun == ended != []


def test_user_stopped_while_it_waits_is_let_go_at_once() -> None:
    user, notebook = user_of(lambda _: None, wait_time=constant(60))
    group = started(user, waits(user))
    assert user.stop() is True
    assert group.join(5)
    assert notebook.total("iterations") == 1


def test_user_stopped_at_work_ends_its_task() -> None:
    begun, finish = Event(), Event()
    ended: list[int] = []

    def work(_: User) -> None:
        begun.set()
        finish.wait(20)
        ended.append(1)

    user, notebook = user_of(work)
    group = started(user, begun.is_set)
    assert user.stop() is False
    assert user.stop() is False
    assert user._state == LOCUST_STATE_STOPPING
    finish.set()
    assert group.join(5)
    assert (ended, notebook.total("iterations")) == ([1], 1)


def test_pause_inside_a_task_is_cut_short() -> None:
    begun: list[int] = []
    ended: list[int] = []

    def work(user: User) -> None:
        begun.append(1)
        pause(user, 60)
        ended.append(1)

    user, notebook = user_of(work)
    group = started(user, lambda: begun)
    assert user.stop() is True
    assert group.join(5)
    assert (ended, notebook.total("iterations")) == ([], 0)
