"""Durations and sizes as people write and read them; nothing here knows metrics or settings."""

import re
from typing import Final

SECONDS_PER: Final[dict[str, float]] = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,  # micro sign
    "\u03bcs": 1e-6,  # Greek letter mu
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|\u00b5s|\u03bcs|ms|s|m|h|d)")
_BARE: Final = re.compile(r"\d+(?:\.\d+)?")


def parse_duration_s(text: str, *, bare_unit: str = "s") -> float:
    """Return the seconds of a Go-style duration such as ``1m30s``, ``250ms`` or ``2d``.

    A bare number is taken in ``bare_unit`` (k6 reads it as milliseconds, the command line as seconds).
    Raises ``ValueError`` naming what is allowed.
    """
    text = text.strip()
    if _BARE.fullmatch(text):
        return float(text) * SECONDS_PER[bare_unit]
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration; write it like 30s, 1m30s, 250ms or 2h")
    return sum(float(number) * SECONDS_PER[unit] for number, unit in parts)


def format_duration(seconds: float) -> str:
    """Return a measured time with three significant digits and its unit: ``231ms``, ``1.24s``, ``85µs``."""
    if seconds == 0:
        return "0ms"
    size = abs(seconds)
    if size < 0.9995e-3:
        return f"{seconds * 1e6:.3g}µs"
    if size < 0.9995:
        return f"{seconds * 1e3:.3g}ms"
    if size < 99.95:
        return f"{seconds:.3g}s"
    return format_span(seconds)


def format_span(seconds: float) -> str:
    """Return a whole-second span as ``1m30s`` or ``2h05m``, for elapsed and planned times."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02d}m"


def format_bytes(size: float) -> str:
    """Return a size in decimal units as k6 prints it: ``12 kB``, ``3.4 MB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(size) < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.4g} TB"
