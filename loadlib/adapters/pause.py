"""Pauses that a stopping run may cut short: a user that only waits is let go at once."""

import gevent
from gevent import GreenletExit, getcurrent
from locust import User
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING


def current_user() -> User | None:
    """Return the Locust user whose greenlet is running, ``None`` outside of users."""
    arguments: tuple[object, ...] = getattr(getcurrent(), "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], User) else None


def pause(user: User, seconds: float) -> None:
    """Sleep; while asleep the user counts as waiting, so the end of the run kills it without delay.

    Raises ``GreenletExit``, as the kill would, when it was stopped and woke before it could be killed.
    """
    if seconds <= 0:
        return
    running = user._state == LOCUST_STATE_RUNNING
    if running:
        user._state = LOCUST_STATE_WAITING
    gevent.sleep(seconds)
    if not running:
        return
    if user._state == LOCUST_STATE_STOPPING:
        raise GreenletExit
    if user._state == LOCUST_STATE_WAITING:
        user._state = LOCUST_STATE_RUNNING
