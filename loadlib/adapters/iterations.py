"""Iterations measured and users de-phased, for every user class of the run, the suite's own or not.

What an iteration is and how it is measured is `user_loop`'s. Users that a ramp starts together would pace in
step for ever (Locust anchors pacing at a user's creation), so each one starts after a random part of
``dephase_s`` and is anchored anew.
"""

import random
import time
from collections.abc import Callable
from functools import wraps
from inspect import isclass
from typing import Any, Final

from locust import TaskSet, User
from locust.user.markov_taskset import MarkovTaskSet

from loadlib.adapters.pause import pause
from loadlib.adapters.recorder import Recorder
from loadlib.adapters.stopping import stop_in_order
from loadlib.adapters.user_loop import CONTROL_FLOW, AfterIteration, Iterations
from loadlib.errors import ScenarioAbort

_MARK: Final = "__loadlib_wrapped__"
_DEPHASED: Final = "__loadlib_dephased__"


def instrument(
    user_class: type[User],
    recorder: Recorder,
    *,
    dephase_s: float,
    after_iteration: AfterIteration | None = None,
) -> None:
    """Make a user class record its iterations and start out of step. Repeating it changes nothing.

    ``after_iteration`` is called with the user once an iteration is recorded.
    """
    if _MARK in user_class.__dict__:
        return
    setattr(user_class, _MARK, True)
    iterations = Iterations(recorder, after_iteration)
    user_class.tasks = _timed_tasks(user_class.tasks, iterations.looping, iterations)
    _guard_setup(user_class, recorder)
    _dephase(user_class, dephase_s)
    stop_in_order(user_class)


def end_iteration(user: User) -> None:
    """Let a user that knows how to give up what its iteration must not hand on to the next."""
    end = getattr(user, "end_iteration", None)
    if end is not None:
        end()


def _timed_tasks(tasks: Any, timed: Callable[[Any], Any], iterations: Iterations) -> list[Any]:
    """Return tasks that are measured, a task that occurs several times as one and the same."""
    seen: dict[int, Any] = {}
    return [seen.setdefault(id(task), _timed_task(task, timed, iterations)) for task in tasks]


def _timed_task(task: Any, timed: Callable[[Any], Any], iterations: Iterations) -> Any:
    if not isclass(task):
        return timed(task)
    if issubclass(task, TaskSet) and not issubclass(task, MarkovTaskSet) and _MARK not in task.__dict__:
        setattr(task, _MARK, True)
        task.tasks = _timed_tasks(task.tasks, iterations.single, iterations)
    return task


def _guard_setup(user_class: type[User], recorder: Recorder) -> None:
    for hook_name in ("on_start", "on_stop"):
        hook = getattr(user_class, hook_name)
        if getattr(hook, _MARK, False):
            continue
        setattr(user_class, hook_name, _guarded(hook, f"{user_class.__name__}.{hook_name}", recorder))


def _guarded(hook: Callable[[User], None], name: str, recorder: Recorder) -> Callable[[User], None]:
    @wraps(hook)
    def guarded(self: User) -> None:
        try:
            hook(self)
        except Exception as error:
            if not isinstance(error, CONTROL_FLOW):
                kind = "abort" if isinstance(error, ScenarioAbort) else "setup_failed"
                recorder.note(kind, f"{name}: {type(error).__name__}: {error}")
            raise

    setattr(guarded, _MARK, True)
    return guarded


def _dephase(user_class: type[User], dephase_s: float) -> None:
    on_start = user_class.on_start
    if getattr(on_start, _DEPHASED, False):
        return

    @wraps(on_start)
    def start_out_of_step(self: User) -> None:
        on_start(self)
        if not getattr(self, _DEPHASED, False):
            setattr(self, _DEPHASED, True)
            pause(self, random.uniform(0, dephase_s))  # noqa: S311 - spreads load, guards nothing
            self._cp_last_run = time.perf_counter()

    setattr(start_out_of_step, _DEPHASED, True)
    user_class.on_start = start_out_of_step  # type: ignore[method-assign] # the hook that Locust calls
