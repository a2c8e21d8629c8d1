"""Event-stream responses that can also misbehave: cut the connection, or hang until the client leaves.

Which bytes are sent is the caller's choice; nothing here knows a protocol.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from enum import Enum
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from loadlib.target.middleware import wait_for_disconnect

MEDIA_TYPE: Final = "text/event-stream; charset=utf-8"


class Ending(Enum):
    """An unusual end of a stream, yielded in place of bytes."""

    CUT = "the connection is closed in the middle of the body"
    HANG = "nothing more is sent until the client leaves"


Frames = AsyncIterator[bytes | Ending]


class EventStream(Response):
    """Sends frames as they come and stops as soon as the client has gone or ``max_s`` seconds have passed."""

    def __init__(
        self,
        frames: Frames,
        *,
        max_s: float,
        status: int = 200,
        content_type: str = MEDIA_TYPE,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = b""
        self._frames = frames
        self._max_s = max_s
        self.init_headers({"content-type": content_type, **(headers or {})})
        del self.headers["content-length"]

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        sender = asyncio.create_task(self._send_all(send))
        leaver = asyncio.create_task(wait_for_disconnect(receive))
        try:
            await asyncio.wait({sender, leaver}, timeout=self._max_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sender, leaver):
                task.cancel()
            outcomes = await asyncio.gather(sender, leaver, return_exceptions=True)
        if isinstance(outcomes[0], Exception):
            raise outcomes[0]

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for frame in self._frames:
            if frame is Ending.HANG:
                await asyncio.Event().wait()
            if frame is Ending.CUT:
                return
            if isinstance(frame, bytes):
                await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
