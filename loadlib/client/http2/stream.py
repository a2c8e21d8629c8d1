"""One HTTP/2 stream: its windows, its size on the wire, and its answer as far as it has come. Sans-I/O.

Reads like `loadlib.client.parsing.ResponseReader`: everything about what counts as a complete, valid,
bounded answer on one stream lives here. Does not know frames, other streams or time; interim (1xx) answers
are skipped and trailers are dropped.
"""

from collections.abc import Callable
from typing import Final, Self

from loadlib.client.errors import TransportError
from loadlib.client.headers import RawFields, combined
from loadlib.client.http2.errors import CANCEL, PROTOCOL_ERROR, Http2StreamError
from loadlib.client.http2.fields import check_fields, response_head
from loadlib.client.http2.settings import STREAM_WINDOW_BYTES

NO_STAMP: Final = 0.0
_MAX_DIGITS: Final = 18
GiveBack = Callable[["Http2Stream", int], None]


class Http2Stream:
    """A stream and the reader of its answer.

    Attributes:
        stream_id: 0 until it is opened.
        status, fields, lookup, body_bytes, head_complete, complete: as of `ResponseReader`.
        failure: why there will be no complete answer.
        request_bytes, response_bytes: the stream's own frames on the wire, their heads included.
        first_byte_s, ended_s: when its first frame and its end came, 0 before.
        sent_all: the request is on its way to the end.
        send_window, receive_window: bytes of body that may still be sent and received.
    """

    __slots__ = (
        "_begun",
        "_body_limit",
        "_give_back",
        "_head_only",
        "_length",
        "_max_overhead",
        "_overhead",
        "_rest",
        "body_bytes",
        "complete",
        "ended_s",
        "failure",
        "fields",
        "first_byte_s",
        "head_complete",
        "lookup",
        "receive_window",
        "request_bytes",
        "response_bytes",
        "send_window",
        "sent_all",
        "status",
        "stream_id",
        "unreturned",
    )

    def __init__(self, head_only: bool, body_limit: int, max_overhead: int) -> None:
        self._head_only = head_only
        self._body_limit = body_limit
        self._max_overhead = max_overhead
        self._overhead = self._length = self.unreturned = 0
        self._give_back: GiveBack | None = None
        self._begun = b""
        self._rest: bytearray | None = None
        self.stream_id = self.status = self.body_bytes = self.request_bytes = self.response_bytes = 0
        self.fields: RawFields = []
        self.lookup: dict[bytes, bytes] = {}
        self.head_complete = self.complete = self.sent_all = False
        self.failure: TransportError | None = None
        self.first_byte_s = self.ended_s = NO_STAMP
        self.send_window = 0
        self.receive_window = STREAM_WINDOW_BYTES

    @property
    def reader(self) -> Self:
        """The reader of the answer: the stream itself."""
        return self

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self.complete or self.failure is not None

    def hold_window(self, give_back: GiveBack) -> None:
        """Let the server go on only as the body is taken, for an answer that is read as a stream."""
        self._give_back = give_back

    @property
    def holds_window(self) -> bool:
        """The window is given back by `take_body` instead of on arrival."""
        return self._give_back is not None

    def take_body(self) -> bytes:
        """Return the body bytes that have come since the last call."""
        taken, rest = self._begun, self._rest
        self._begun, self._rest = b"", None
        if rest is not None:
            taken = b"".join((taken, rest))
        if self._give_back is not None and taken:
            self._give_back(self, len(taken))
        return taken

    def has_body(self) -> bool:
        """Tell whether `take_body` would return anything."""
        return bool(self._begun)

    def take_head(self, fields: RawFields, ends: bool, block_bytes: int) -> None:
        """Take a header block: an interim head, the final one, or trailers.

        Raises:
            Http2StreamError: ``bad_response``, ``too_large``, ``truncated``.
        """
        if self.head_complete:
            if not ends:
                raise Http2StreamError(
                    PROTOCOL_ERROR, "a second head, or trailers that do not end the answer"
                )
            check_fields(fields)
        else:
            status, rest = response_head(fields)
            if status < 200:
                if status == 101 or ends:
                    raise Http2StreamError(PROTOCOL_ERROR, f"{status} does not end an answer of HTTP/2")
            else:
                self._begin(status, rest)
        if ends:
            self._end()
        else:
            self.spend(0 if self.status else block_bytes)

    def take_data(self, data: bytes, ends: bool) -> None:
        """Take a piece of the body.

        Raises:
            Http2StreamError: ``bad_response``, ``too_large``, ``truncated``.
        """
        if not self.head_complete:
            raise Http2StreamError(PROTOCOL_ERROR, "a body before its head")
        if data:
            self._keep(data)
        elif not ends:
            self.spend(9)
        if ends:
            self._end()

    def spend(self, overhead_bytes: int) -> None:
        """Count bytes that are not body: interim heads, empty frames.

        Raises:
            Http2StreamError: ``too_large``.
        """
        self._overhead += overhead_bytes
        if self._overhead > self._max_overhead:
            text = f"more than {self._max_overhead} bytes of interim heads and empty frames"
            raise Http2StreamError(CANCEL, text, "too_large")

    def wake(self) -> None:
        """Tell whoever waits that something changed; nobody does here."""

    def _begin(self, status: int, fields: RawFields) -> None:
        self.status = status
        self.fields = fields
        self.lookup = dict(fields)
        if len(self.lookup) < len(fields):
            self.lookup = combined(fields)
        self._length = _length_of(self.lookup.get(b"content-length"))
        self.head_complete = True

    def _keep(self, data: bytes) -> None:
        """Add to the body. A further piece is copied: many objects are no bytes."""
        self.body_bytes += len(data)
        if self._body_limit and self.body_bytes > self._body_limit:
            raise Http2StreamError(CANCEL, f"more than {self._body_limit} bytes of body", "too_large")
        if not self._begun:
            self._begun = data
        elif self._rest is None:
            self._rest = bytearray(data)
        else:
            self._rest += data

    def _end(self) -> None:
        length = 0 if self._has_no_body() else self._length
        if length >= 0 and self.body_bytes > length:
            text = f"{self.body_bytes} bytes of body where {length} were announced"
            raise Http2StreamError(PROTOCOL_ERROR, text)
        if self.body_bytes < length:
            text = f"the stream ended after {self.body_bytes} of {length} bytes of the body"
            raise Http2StreamError(PROTOCOL_ERROR, text, "truncated")
        self.complete = True

    def _has_no_body(self) -> bool:
        return self._head_only or self.status in {204, 304}


def _length_of(value: bytes | None) -> int:
    """Return a Content-Length, -1 without one."""
    if value is None:
        return -1
    if not value.isdigit() or len(value) > _MAX_DIGITS:
        raise Http2StreamError(PROTOCOL_ERROR, "a Content-Length that is no length")
    return int(value)
