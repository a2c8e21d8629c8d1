"""The same user of the suite's, with a listener: Locust's request event is fired for every request.

Without one the suite books Locust's tables itself, in batches, and has nobody to fire the event for.
"""

from locust import events

from benchmarks.loadfiles.loadlib_http import BenchUser

__all__ = ["BenchUser"]


def heard(**_: object) -> None:
    """Hear of a request, as a listener of a user's own would."""


events.request.add_listener(heard)
