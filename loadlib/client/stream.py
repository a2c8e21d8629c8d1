"""A response read as it arrives: chunks with the moment each came, one sample when the stream is over.

Knows transfer and content encodings but no events; ``loadlib.protocols`` makes events of the chunks. The
connection is reused only after a clean end.
"""

from collections.abc import Callable, Iterator
from time import perf_counter
from types import TracebackType
from typing import Final, Self

from loadlib.client.attempt import Attempt
from loadlib.client.call import Call
from loadlib.client.channel import Channel
from loadlib.client.decoding import Decoder, decoder_for
from loadlib.client.errors import TransportError
from loadlib.client.eventloop import GreenletExit, sleep
from loadlib.client.headers import Headers, RawFields
from loadlib.client.judging import ControlFlow

Finish = Callable[["StreamResponse", str, str], None]

_NO_LIMIT: Final = 1 << 62


class StreamResponse:
    """The head of an answer, and its body by iteration. Use it as a context manager, or call `finish`.

    Attributes:
        status_code: 0 when there is no answer; ``error_kind`` and ``error`` then say why.
        attempt: the stamps of the request; ``call``: what the scenario wanted.
    """

    def __init__(
        self, attempt: Attempt, call: Call, finish: Finish, max_bytes: int, control_flow: ControlFlow
    ) -> None:
        self.attempt = attempt
        self.call = call
        self.status_code = 0
        self.error_kind = ""
        self.error = ""
        self._finish = finish
        self._max_bytes = max_bytes
        self._control_flow = control_flow
        self._fields: RawFields = []
        self._connection: Channel | None = None
        self._decoder: Decoder | None = None
        self._deadline_s = 0.0
        self._idle_timeout_s = 0.0
        self._limit_s: float | None = None
        self._arrived_s = 0.0
        self._pieces: Iterator[bytes] = iter(())
        self._complete = False
        self._finished = False

    def open(self, connection: Channel, deadline_s: float, idle_timeout_s: float) -> None:
        """Take over a channel whose reader has the head; for the client.

        Raises:
            TransportError: kind ``decode``: a content encoding that nobody asked for and nobody knows.
        """
        reader = connection.reader
        self.status_code = reader.status
        self._fields = reader.fields
        self._deadline_s = deadline_s
        self._idle_timeout_s = idle_timeout_s
        encoding = reader.lookup.get(b"content-encoding")
        if encoding is not None:
            self._decoder = decoder_for(encoding.decode("latin-1"), _NO_LIMIT)
        self._connection = connection
        self._arrived_s = perf_counter()

    @property
    def headers(self) -> Headers:
        """The header fields, case-insensitive."""
        return Headers(self._fields)

    @property
    def http_version(self) -> str:
        """The version of the connection: ``"HTTP/1.1"``, ``"HTTP/2"``, empty when there was none to tell."""
        return self.attempt.http_version

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return self.headers.get("content-type", "").split(";", 1)[0].strip().lower()

    @property
    def ok(self) -> bool:
        """True while nothing went wrong in transport."""
        return not self.error_kind

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        """Yield ``(perf_counter seconds, bytes)`` as bytes arrive; return at a clean end.

        Bytes of a content encoding come in pieces of at most 1 MiB, several of one moment if need be. A loop
        that was left may be followed by another.

        Raises:
            TransportError: the stream did not end cleanly: ``truncated``, ``timeout``, ``idle_timeout``,
                ``not_closed``, ``reset``, ``decode``, ``bad_response``. The sample is failed with that kind
                unless `finish` is told otherwise.
        """
        if self.error_kind:
            raise TransportError(self.error_kind, self.error)
        while (connection := self._connection) is not None:
            try:
                data = self._taken(connection)
                if not data:
                    self._go_on(connection)
                    continue
            except TransportError as error:
                raise self._fail(error) from None
            except BaseException as error:
                self.interrupt(error)
                raise
            yield self._arrived_s, data

    def read_all(self) -> bytes:
        """Return the rest of the body, for answers that turn out to be no stream.

        Raises:
            TransportError: as iterating, and ``too_large`` above ``max_response_bytes``.
        """
        body = bytearray()
        for _, data in self:
            body += data
            if len(body) > self._max_bytes:
                raise self._fail(TransportError("too_large", f"more than {self._max_bytes} bytes of body"))
        return bytes(body)

    def limit(self, seconds: float) -> None:
        """Give the stream ``seconds`` from now to end; for a caller that has seen the protocol's last event.

        Takes the place of the idle timeout: bytes that still come do not prolong it. When it has passed,
        iterating raises a `TransportError` of kind ``not_closed``.
        """
        self._limit_s = perf_counter() + seconds

    def finish(self, error_kind: str = "", error: str = "", *, good: bool = False) -> None:
        """Record the stream's one sample, once. A stream not read to its end is closed first.

        Without ``error_kind`` the sample is judged by transport and status. ``good`` says that the protocol
        came to its end whatever the transport did afterwards (cut, ``timeout``, ``not_closed``): the sample
        is then judged by the status alone, and ``self.error_kind`` still tells how the transport ended.

        Raises:
            ValueError: ``good`` and ``error_kind`` together.
        """
        if good and error_kind:
            raise ValueError(f"a good stream cannot have failed with {error_kind!r}")
        if self._finished:
            return
        self._finished = True
        self.close()
        if good and self.status_code:
            self._finish(self, "", "")
        else:
            self._finish(self, error_kind or self.error_kind, error or self.error)

    def close(self) -> None:
        """Give up the connection: closed unless the body ended cleanly. Records nothing."""
        self._connection = None
        if not self.attempt.ended_s:
            self.attempt.finish()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or self.error_kind:
            self.finish()
        elif not isinstance(error, self._control_flow):
            self.finish("scenario_error", f"{type(error).__name__}: {error}")
        elif isinstance(error, GreenletExit) and not self._complete:
            self.finish("interrupted", f"{type(error).__name__} during the stream")
        else:
            self.finish()

    def fail(self, error: TransportError) -> None:
        """Note a transport failure and give up the connection; for the client."""
        self._fail(error)

    def interrupt(self, error: BaseException) -> None:
        """Note that the greenlet was stopped, and give up the connection; for the client."""
        self._fail(TransportError("interrupted", f"{type(error).__name__} during the stream"))

    def _taken(self, connection: Channel) -> bytes:
        """Return the next bytes that have come, empty when there are none."""
        if self._decoder is None:
            return connection.reader.take_body()
        if data := next(self._pieces, b""):
            self._give_way()
            return data
        self._pieces = self._decoder.feed(connection.reader.take_body())
        return next(self._pieces, b"")

    def _give_way(self) -> None:
        """Let others run between the pieces of one read, for which nobody waited; keep to the deadline."""
        sleep(0)
        ends_s, kind = self._patience()
        if perf_counter() >= ends_s:
            raise TransportError(kind, "bytes that had come were still to be unpacked")

    def _patience(self) -> tuple[float, str]:
        """Return when a wait that begins now ends, and as what."""
        if self._limit_s is None:
            ends = (perf_counter() + self._idle_timeout_s, "idle_timeout")
        else:
            ends = (self._limit_s, "not_closed")
        return min(ends, (self._deadline_s, "timeout"))

    def _go_on(self, connection: Channel) -> None:
        """Wait for more bytes, or take note that the answer is complete."""
        if connection.reader.complete:
            if self._decoder is not None:
                self._decoder.finish()
            self._complete = True
            self.close()
            return
        connection.set_deadline(*self._patience())
        self.attempt.read()
        connection.set_deadline(self._deadline_s, "timeout")
        self._arrived_s = perf_counter()

    def _fail(self, error: TransportError) -> TransportError:
        self.error_kind, self.error = error.kind, error.message
        self.close()
        return error
