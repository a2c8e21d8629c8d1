"""What one judged response means for a scenario's own metrics, the same for every client of the platform."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Generic, TypeVar

from loadlib.adapters.pause import pause
from loadlib.client.response import Response
from loadlib.protocols.failures import Failure
from loadlib.users.base import PlatformUser

THROTTLED: Final = "throttled"
_JSON: Final = ("application/json", "application/a2a+json")

BodyJudge = Callable[[bytes], Failure | None]
T = TypeVar("T")


class Reading(Generic[T]):
    """A judge that reads an answer once and keeps what it read in ``value``, ``None`` for a failure."""

    def __init__(self, read: Callable[[Response], T | Failure]) -> None:
        self._read = read
        self.value: T | None = None

    def __call__(self, response: Response) -> Failure | None:
        """Judge a response."""
        read = self._read(response)
        if isinstance(read, Failure):
            return read
        self.value = read
        return None


def record_outcome(
    user: PlatformUser, response: Response, *, errors: str, duration: str = "", **tags: object
) -> bool:
    """Record a response in a scenario's error rate and, if good, its duration; return whether it is good.

    Being throttled (429) is neither: it has its own rate, and the user then waits as the server asks, at most
    ``max_retry_after_s``. A duration is the request's own, not the time around the call.
    """
    good = count_outcome(user, response, errors=errors, duration=duration, **tags)
    wait_if_throttled(user, [response])
    return good


def count_outcome(
    user: PlatformUser, response: Response, *, errors: str, duration: str = "", **tags: object
) -> bool:
    """Do the same without the wait, for one of several responses that came in parallel."""
    throttled = response.error_kind == THROTTLED
    user.measure("http_req_throttled", throttled, endpoint=response.timings.endpoint, **tags)
    if throttled:
        return False
    good = not response.error_kind
    user.measure(errors, not good, endpoint=response.timings.endpoint, **tags)
    if good and duration:
        user.measure(duration, response.timings.duration_s, endpoint=response.timings.endpoint, **tags)
    return good


def wait_if_throttled(user: PlatformUser, responses: Iterable[Response]) -> None:
    """Pause once, as long as the most patient of the throttled responses asks."""
    asked_s = [retry_after_s(one.headers) for one in responses if one.error_kind == THROTTLED]
    wait_as_asked(user, max(asked_s, default=0.0))


def wait_as_asked(user: PlatformUser, asked_s: float) -> None:
    """Pause for a 429's Retry-After, at most ``max_retry_after_s``."""
    pause(user, min(asked_s, user.settings.max_retry_after_s))


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds of a Retry-After (RFC 9110 section 10.2.3), number or date; 0 for anything else."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return 0.0
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - time.time())


def json_body(judge: BodyJudge) -> Callable[[Response], Failure | None]:
    """Return a judge of responses that wants JSON by its media type, then asks ``judge`` about the body."""

    def judged(response: Response) -> Failure | None:
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _JSON:
            return Failure("content_type", f"{media_type or 'no media type'} in place of JSON")
        return judge(response.content)

    return judged
