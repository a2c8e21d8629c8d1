"""Iterations: one execution of a task, measured and recorded; and the loop of them that a user is in.

Locust's own loop looks up, schedules, starts and waits in a dozen calls for each task, which cost a fifth of
what a request does. A task of a user class therefore goes on with the user's next ones by itself. What is out
of the ordinary is left to Locust: a task that raises, task sets, tasks that a scenario schedules. Does not
decide who runs what: tasks and waits are the user's.
"""

from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any, Final

import gevent
from gevent import get_hub
from locust import TaskSet, User
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from loadlib.adapters.recorder import Recorder
from loadlib.adapters.scenario_tag import scenario_of
from loadlib.errors import ScenarioAbort

CONTROL_FLOW: Final = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopUser, StopTest)
_OWN: Final = "__loadlib_task__"
"""Attribute of looping tasks: the task itself."""

Task = Callable[[Any], object]
AfterIteration = Callable[[User], None]


class Iterations:
    """How the iterations of a user class are performed.

    Args:
        recorder: hears of each.
        after: called with the user once an iteration is recorded.
    """

    def __init__(self, recorder: Recorder, after: AfterIteration | None) -> None:
        self._recorder = recorder
        self._after = after

    def single(self, task: Task) -> Task:
        """Return a task of a task set that records itself as an iteration."""

        @wraps(task)
        def iteration(owner: Any) -> None:
            user = owner.user if isinstance(owner, TaskSet) else owner
            self._perform(task, owner, user, scenario_of(user.__class__))

        return iteration

    def looping(self, task: Task) -> Task:
        """Return a task of a user class that records itself and goes on with the user's next tasks.

        It returns to Locust when a task of another kind comes next. Called with a user that Locust does not
        run, it is one iteration. A user that needs no wait, and waited for something in its task, goes on
        at once: others have had their turn.
        """

        @wraps(task)
        def loop(user: User) -> None:
            self._perform(task, user, user, scenario_of(user.__class__))
            if user._taskset_instance is not None:
                self._go_on(user, user._taskset_instance)

        setattr(loop, _OWN, task)
        return loop

    def _go_on(self, user: User, taskset: TaskSet) -> None:
        perform, hub_loop, scenario = self._perform, get_hub().loop, scenario_of(user.__class__)
        tasks: Any = user.tasks
        draw = getattr(tasks, "draw", taskset.get_next_task)
        queue = taskset._task_queue
        wait_time: Any = getattr(user, "wait_time", None) or taskset.wait_time
        passed = -1
        while user.tasks is tasks and not queue:
            task = draw()
            own = getattr(task, _OWN, None)
            if own is None:
                queue.append(task)
                return
            seconds = wait_time()
            if seconds > 0 or hub_loop.iteration == passed or user._state == LOCUST_STATE_STOPPING:
                _wait(user, seconds)
            passed = hub_loop.iteration
            perform(own, user, user, scenario)

    def _perform(self, task: Task, owner: object, user: User, scenario: str) -> None:
        """Execute a task and record the iteration, unless the end of the run cuts it off."""
        started_s = perf_counter()
        try:
            task(owner)
        except CONTROL_FLOW:
            self._record(user, scenario, perf_counter() - started_s, failed=False)
            raise
        except ScenarioAbort as error:
            self._recorder.note("abort", str(error))
            raise
        except Exception as error:
            self._record(user, scenario, perf_counter() - started_s, failed=True)
            name = getattr(task, "__name__", "")
            self._recorder.fail(f"task {name}", "exception", f"{type(error).__name__}: {error}")
            raise
        self._record(user, scenario, perf_counter() - started_s, failed=False)

    def _record(self, user: User, scenario: str, duration_s: float, *, failed: bool) -> None:
        self._recorder.iteration(scenario, duration_s, failed=failed)
        if self._after is not None:
            self._after(user)


def _wait(user: User, seconds: float) -> None:
    """Wait between two tasks, as Locust does; without a time, let others run.

    Raises:
        StopUser: the user is to begin nothing more.
    """
    if user._state == LOCUST_STATE_STOPPING:
        raise StopUser
    user._state = LOCUST_STATE_WAITING
    gevent.sleep(max(0.0, seconds))
    if user._state == LOCUST_STATE_STOPPING:
        raise StopUser
    user._state = LOCUST_STATE_RUNNING
