"""Times the way a JavaScript server writes them. Clocks are handed in, so that tests can turn them."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, zone UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Write a UTC time as ``2026-11-22T07:19:23.179Z``, milliseconds included."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
