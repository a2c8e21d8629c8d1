"""A stream as data: steps to send in order, and the player that turns them into bytes.

Steps are events (JSON values), raw bytes, pauses and unusual endings. Nothing here knows a protocol.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from loadlib.target.agentos.sse import MEDIA_TYPE, Ending, EventStream, Frames

HEARTBEAT_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Wait:
    """Silence for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Named:
    """An event with an ``event:`` field."""

    name: str
    data: Any


class Heartbeats:
    """Comments every ``HEARTBEAT_S`` seconds until the client leaves."""


Step = dict[str, Any] | list[Any] | bytes | Wait | Named | Heartbeats | Ending
HEARTBEATS: Final = Heartbeats()


@dataclass(frozen=True, slots=True)
class Script:
    """A response to play: its head and its steps; ``body`` replaces the stream by a JSON answer."""

    steps: Sequence[Step] = ()
    status: int = 200
    content_type: str = MEDIA_TYPE
    line_end: str = "\n"
    body: Any = None

    def response(self, gap_s: float, max_s: float) -> Response:
        """Return the response; ``gap_s`` is the pause before each event after the first."""
        if not self.steps:
            return JSONResponse(self.body, self.status)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return EventStream(
            _frames(self, gap_s),
            max_s=max_s,
            status=self.status,
            content_type=self.content_type,
            headers=headers,
        )


def encode(step: dict[str, Any] | list[Any] | Named, line_end: str = "\n") -> bytes:
    """Return an event as an SSE frame of compact JSON."""
    name = f"event: {step.name}{line_end}" if isinstance(step, Named) else ""
    data = step.data if isinstance(step, Named) else step
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return f"{name}data: {text}{line_end}{line_end}".encode()


async def _frames(script: Script, gap_s: float) -> Frames:
    for index, step in enumerate(script.steps):
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, (bytes, Ending)):
            yield step
        elif isinstance(step, Heartbeats):
            while True:
                await asyncio.sleep(HEARTBEAT_S)
                yield f": ping{script.line_end}{script.line_end}".encode()
        else:
            if gap_s and index:
                await asyncio.sleep(gap_s)
            yield encode(step, script.line_end)
