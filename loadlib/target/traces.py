"""The trace ids that requests brought along, so that a test can follow one from client to server; bounded."""

import re
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any, Final

TRACES_LIMIT: Final = 1000
"""Requests remembered; the oldest are forgotten first."""

_TRACEPARENT: Final = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """The caller's W3C trace context: ids in hex, ``sampled`` as the caller decided."""

    trace_id: str
    parent_id: str
    sampled: bool


def parse_traceparent(header: bytes) -> TraceContext | None:
    """Return the context of a ``traceparent`` header, or None for a malformed or all-zero one."""
    match = _TRACEPARENT.match(header)
    if match is None:
        return None
    trace_id, parent_id = match[1].decode(), match[2].decode()
    if int(trace_id, 16) == 0 or int(parent_id, 16) == 0:
        return None
    return TraceContext(trace_id, parent_id, bool(int(match[3], 16) & 1))


class Traces:
    """The last requests that carried a trace context."""

    def __init__(self) -> None:
        self._seen: deque[dict[str, Any]] = deque(maxlen=TRACES_LIMIT)

    def record(self, context: TraceContext, route: str, status: int, duration_s: float) -> None:
        """Remember one request; ``route`` is "service METHOD template"."""
        entry = {**asdict(context), "route": route, "status": status, "duration_ms": duration_s * 1000.0}
        self._seen.append(entry)

    def describe(self) -> dict[str, Any]:
        """Return what is remembered, oldest first."""
        return {"limit": TRACES_LIMIT, "traces": list(self._seen)}

    def reset(self) -> None:
        """Forget everything."""
        self._seen.clear()
