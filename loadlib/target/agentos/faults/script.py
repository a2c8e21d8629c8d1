"""A stream as data: steps to send in order, and the player that turns them into bytes.

Steps are events (JSON values), raw bytes, pauses and unusual endings. Nothing here knows a protocol.
"""

import asyncio
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from loadlib.target.agentos.sse import MEDIA_TYPE, Ending, EventStream, Frames

HEARTBEAT_S: Final = 0.2
STALL_S: Final = 1.5
HUGE_BYTES: Final = 12 * 1024 * 1024
_PIECE: Final = b"x" * 65_536


class Stall:
    """A silence inside the stream, as long as the one who asks for it says, else ``STALL_S``."""


@dataclass(frozen=True, slots=True)
class Named:
    """An event with an ``event:`` field."""

    name: str
    data: Any


class Huge:
    """One event of ``HUGE_BYTES``, which outgrows a reasonable reader's buffer."""


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """Comments every ``HEARTBEAT_S`` seconds, ``times`` of them; 0 goes on until the client leaves."""

    times: int = 0


Step = dict[str, Any] | list[Any] | bytes | Stall | Named | Heartbeats | Huge | Ending
HEARTBEATS: Final = Heartbeats()
PAUSE_WITH_HEARTBEATS: Final = Heartbeats(6)
STALL: Final = Stall()
HUGE: Final = Huge()


@dataclass(frozen=True, slots=True)
class Script:
    """A response to play: its head and its steps; ``body`` replaces the stream by a JSON answer."""

    steps: Sequence[Step] = ()
    status: int = 200
    content_type: str = MEDIA_TYPE
    line_end: str = "\n"
    body: Any = None

    def response(self, gap_s: float, max_s: float, stall_s: float = 0.0) -> Response:
        """Return the response; ``gap_s`` pauses before each event but the first, ``stall_s`` is a stall's."""
        if not self.steps:
            return JSONResponse(self.body, self.status)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return EventStream(
            _frames(self, gap_s, stall_s or STALL_S),
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


async def _frames(script: Script, gap_s: float, stall_s: float) -> Frames:
    for index, step in enumerate(script.steps):
        if isinstance(step, Stall):
            await asyncio.sleep(stall_s)
        elif isinstance(step, (bytes, Ending)):
            yield step
        elif isinstance(step, Huge):
            yield b'data: {"type":"CUSTOM","name":"huge","value":"'
            for _ in range(HUGE_BYTES // len(_PIECE)):
                yield _PIECE
            yield f'"}}{script.line_end}{script.line_end}'.encode()
        elif isinstance(step, Heartbeats):
            for _ in range(step.times) if step.times else itertools.count():
                await asyncio.sleep(HEARTBEAT_S)
                yield f": ping{script.line_end}{script.line_end}".encode()
        else:
            if gap_s and index:
                await asyncio.sleep(gap_s)
            yield encode(step, script.line_end)
