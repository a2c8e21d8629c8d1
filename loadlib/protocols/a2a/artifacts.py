"""Following the artifacts of one stream: chunks that append to nothing, or come after the last one.

All findings here are soft: the protocol's words leave these cases open, and agents in the field do them.
"""

from typing import Final

from loadlib.protocols.jsontext import JsonObject
from loadlib.protocols.stream import Findings

MAX_TRACKED: Final = 1000
"""Artifacts followed in one stream; later ones are not checked, so that memory stays bounded."""


class ArtifactLog:
    """Remembers, for each artifact seen, whether its last chunk came."""

    __slots__ = ("_closed",)

    def __init__(self) -> None:
        self._closed: dict[str, bool] = {}

    def check(self, update: JsonObject, found: Findings) -> None:
        """Note what is odd about one artifact update; a missing flag means false."""
        artifact_id: str = update["artifact"]["artifactId"]
        closed = self._closed.get(artifact_id)
        append = update.get("append") is True
        if closed is None and append:
            found.note("append_to_unknown")
        elif closed and append:
            found.note("chunk_after_last")
        elif closed is not None and not append:
            found.note("artifact_restarted")
        if closed is not None or len(self._closed) < MAX_TRACKED:
            self._closed[artifact_id] = update.get("lastChunk") is True
