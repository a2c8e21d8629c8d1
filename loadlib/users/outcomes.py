"""What one judged response means for a scenario's own metrics, the same for every client of the platform."""

from collections.abc import Callable, Mapping
from typing import Final

from loadlib.adapters.pause import pause
from loadlib.client.response import Response
from loadlib.protocols.failures import Failure
from loadlib.users.base import PlatformUser

THROTTLED: Final = "throttled"
_JSON: Final = ("application/json", "application/a2a+json")

BodyJudge = Callable[[bytes], Failure | None]


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
        wait_as_asked(user, response.headers)
        return False
    good = not response.error_kind
    user.measure(errors, not good, endpoint=response.timings.endpoint, **tags)
    if good and duration:
        user.measure(duration, response.timings.duration_s, endpoint=response.timings.endpoint, **tags)
    return good


def wait_as_asked(user: PlatformUser, headers: Mapping[str, str]) -> None:
    """Pause for a 429's Retry-After, at most ``max_retry_after_s``; not at all when it has none."""
    pause(user, min(retry_after_s(headers), user.settings.max_retry_after_s))


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds of a Retry-After, 0 when it is none, or is no number."""
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def json_body(judge: BodyJudge) -> Callable[[Response], Failure | None]:
    """Return a judge of responses that wants JSON by its media type, then asks ``judge`` about the body."""

    def judged(response: Response) -> Failure | None:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _JSON:
            return Failure("content_type", f"{media_type or 'no media type'} in place of JSON")
        return judge(response.content)

    return judged
