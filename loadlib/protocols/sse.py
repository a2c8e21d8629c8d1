"""A Server-Sent Events parser: bytes in, in pieces of any size; events out.

Follows the WHATWG specification ("Interpreting an event stream") byte for byte. It does no networking, does
not reconnect, does not look at the media type, and does not know what the data means.

A line is decoded only when it is whole, so a character split between two network chunks survives. Every byte
is copied a bounded number of times, whatever the chunking.
"""

from dataclasses import dataclass
from typing import Final

from loadlib.protocols.failures import Failure

DEFAULT_MAX_BUFFER_BYTES: Final = 10 * 1024 * 1024

_BOM: Final = b"\xef\xbb\xbf"
_MAX_RETRY_DIGITS: Final = 15


@dataclass(slots=True)
class SseEvent:
    """One dispatched event. Read-only by agreement: freezing it would double the cost of making one.

    ``event`` is the event's type, ``message`` when the stream names none. ``data`` is the payload, its lines
    joined with LF. ``id`` and ``retry_ms`` (milliseconds) are the last event id and the reconnection time
    in force, which persist from event to event as the specification says.
    """

    event: str
    data: str
    id: str = ""
    retry_ms: int | None = None


class SseFramingError(Exception):
    """More bytes are waiting for the end of one event than the parser may hold."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class SseParser:
    """Turns the bytes of one response body into events.

    ``comments`` counts comment lines (heartbeats): they prove life and are never events. ``crlf_seen`` tells
    that a line ended in CR or CRLF, which is legal SSE but breaks consumers that split at blank LF lines.
    """

    __slots__ = (
        "_at_start",
        "_data",
        "_data_bytes",
        "_event",
        "_failure",
        "_held",
        "_held_bytes",
        "_id",
        "_max_buffer_bytes",
        "_retry_ms",
        "_skip_lf",
        "comments",
        "crlf_seen",
    )

    def __init__(self, max_buffer_bytes: int = DEFAULT_MAX_BUFFER_BYTES) -> None:
        self.comments = 0
        self.crlf_seen = False
        self._max_buffer_bytes = max_buffer_bytes
        self._held: list[bytes] = []  # pieces of the line that has no end yet
        self._held_bytes = 0
        self._data: list[bytes] = []  # data lines of the event that has no end yet
        self._data_bytes = 0
        self._event = ""
        self._id = ""
        self._retry_ms: int | None = None
        self._at_start = True
        self._skip_lf = False
        self._failure: Failure | None = None

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Return the events that this chunk completes, in order.

        Raises `SseFramingError` as soon as the bytes held back for an unfinished event exceed the limit, and
        again on every later call.
        """
        if self._failure is not None:
            raise SseFramingError(self._failure)
        if self._skip_lf and chunk:
            self._skip_lf = False
            if chunk[0] == 0x0A:
                chunk = chunk[1:]
        if b"\r" in chunk:
            chunk = self._with_lf_only(chunk)
        if chunk[-2:] == b"\n\n" and not (self._held or self._data or self._event):
            whole = self._whole_events(chunk)
            if whole:
                return whole
        if b"\n" not in chunk:
            self._hold(chunk)
            return []
        lines = self._complete_lines(chunk)
        events = self._read_lines(lines)
        self._check_limit()
        return events

    def close(self) -> Failure | None:
        """Say whether the end of the body lost something: `truncated` if an event was unfinished, else None.

        The specification discards an event that no blank line ended; for a load test that is a broken stream.
        """
        if self._failure is not None:
            return self._failure
        rest = b"".join(self._held)
        if self._at_start:
            rest = rest.removeprefix(_BOM)
        if not (rest or self._data or self._event):
            return None
        lost = self._data_bytes + len(rest)
        return Failure("truncated", f"the body ended inside an event; {lost} bytes were left over")

    def _whole_events(self, chunk: bytes) -> list[SseEvent]:
        """Return the events of a chunk that holds nothing but whole ones of one data line each, else none.

        Most chunks of most streams are of this form; any other is left, unread, to the line by line reading.
        """
        events = []
        for text in chunk[:-2].split(b"\n\n"):
            if text[:6] != b"data: " or b"\n" in text:
                return []
            events.append(SseEvent("message", text[6:].decode("utf-8", "replace"), self._id, self._retry_ms))
        self._at_start = False
        return events

    def _with_lf_only(self, chunk: bytes) -> bytes:
        """Rewrite CRLF and CR as LF; a CR at the very end ends its line now and swallows a LF to come."""
        self.crlf_seen = True
        self._skip_lf = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, piece: bytes) -> None:
        if piece:
            self._held.append(piece)
            self._held_bytes += len(piece)
            self._check_limit()

    def _complete_lines(self, chunk: bytes) -> list[bytes]:
        lines = chunk.split(b"\n")
        tail = lines.pop()
        if self._held:
            self._held.append(lines[0])
            lines[0] = b"".join(self._held)
            self._held.clear()
            self._held_bytes = 0
        if tail:
            self._held.append(tail)
            self._held_bytes = len(tail)
        if self._at_start:
            self._at_start = False
            lines[0] = lines[0].removeprefix(_BOM)
        return lines

    def _read_lines(self, lines: list[bytes]) -> list[SseEvent]:
        events: list[SseEvent] = []
        data = self._data
        for line in lines:
            if line[:6] == b"data: ":
                data.append(line[6:])
                self._data_bytes += len(line)
            elif line:
                self._read_field(line)
            elif data:
                text = b"\n".join(data).decode("utf-8", "replace")
                events.append(SseEvent(self._event or "message", text, self._id, self._retry_ms))
                data.clear()
                self._data_bytes = 0
                self._event = ""
            else:
                self._event = ""
        return events

    def _read_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not name:
            self.comments += 1
        elif name == b"data":
            self._data.append(value)
            self._data_bytes += len(line)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _MAX_RETRY_DIGITS:
            self._retry_ms = int(value)

    def _check_limit(self) -> None:
        waiting_bytes = self._held_bytes + self._data_bytes
        if waiting_bytes > self._max_buffer_bytes:
            detail = f"{waiting_bytes} bytes in an unfinished event; the limit is {self._max_buffer_bytes}"
            self._failure = Failure("sse_framing", detail)
            raise SseFramingError(self._failure)
