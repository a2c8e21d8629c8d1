"""A user that is stopped while it waits begins nothing more.

Locust kills a waiting user in two steps, and between them the user may wake, begin a request and be killed in
the middle of it. Here it is marked first, so that one that wakes sees that it is over. How long the others
may take is Locust's ``stop_timeout``.
"""

from functools import wraps

import gevent
from locust import User
from locust.user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING


def stop_in_order(user_class: type[User]) -> None:
    """Make ``stop`` of a user class safe for users that are about to wake."""
    stop = user_class.stop

    @wraps(stop)
    def mark_and_stop(self: User, force: bool = False) -> bool:
        gevent.sleep(0)  # those whose time has come wake now, and not between the mark and the end
        if self._state == LOCUST_STATE_STOPPING and not force:
            return False
        if force or self._state != LOCUST_STATE_WAITING:
            return bool(stop(self, force))
        self._state = LOCUST_STATE_STOPPING
        return bool(stop(self, True))

    user_class.stop = mark_and_stop  # type: ignore[method-assign] # the method that Locust calls
