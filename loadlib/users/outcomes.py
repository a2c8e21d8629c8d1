"""What one judged response means for a scenario's own metrics, the same for every client of the platform."""

from typing import Final

from loadlib.adapters.pause import pause
from loadlib.client.response import Response
from loadlib.users.base import PlatformUser

THROTTLED: Final = "throttled"


def record_outcome(
    user: PlatformUser, response: Response, *, errors: str, duration: str = "", **tags: object
) -> bool:
    """Record a response in a scenario's error rate and, if good, its duration; return whether it is good.

    Being throttled (429) is neither: it has its own rate, and the user then waits as the server asks, at most
    ``max_retry_after_s``. A duration is the request's own, not the time around the call.
    """
    throttled = response.error_kind == THROTTLED
    user.measure("http_req_throttled", throttled, endpoint=response.timings.endpoint, **tags)
    if throttled:
        pause(user, min(retry_after_s(response), user.settings.max_retry_after_s))
        return False
    good = not response.error_kind
    user.measure(errors, not good, endpoint=response.timings.endpoint, **tags)
    if good and duration:
        user.measure(duration, response.timings.duration_s, endpoint=response.timings.endpoint, **tags)
    return good


def retry_after_s(response: Response) -> float:
    """Return the seconds of a 429's Retry-After, 0 when it has none that is a number."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdigit() else 0.0
