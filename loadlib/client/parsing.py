"""The bytes of one response after another into status, header fields and body chunks, on llhttp. Sans-I/O.

Everything about what counts as a complete, valid, bounded HTTP/1.1 response lives here; this file does not
know sockets, time, content encodings or what a status means. Interim (1xx) answers are skipped.
"""

from collections.abc import Mapping
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from loadlib.client.errors import TransportError
from loadlib.client.headers import RawFields, combined

_CHUNKED: Final = b"chunked"
_NO_FIELDS: Final[RawFields] = []
_NO_LOOKUP: Final[Mapping[bytes, bytes]] = {}


class ResponseReader:
    """Reads the responses of one connection. `reset` before each; then `feed` until ``complete``.

    The limit of overhead is for what comes in a row without a byte of body: reads that bring some are free.

    Attributes:
        status: of the final answer, 0 before its head is complete.
        fields: its header fields, names in lower case; trailers are dropped.
        lookup: the same as a mapping, repeated ones joined by commas.
        body_bytes: bytes of the body so far, still content-encoded.
        head_complete, complete: how far the answer has come.
        keep_alive: the connection may carry another request; ``surplus``: bytes followed that nobody asked
            for.
        cut: set when TLS ended without the closure alert; then no end of the connection ends a body.
    """

    __slots__ = (
        "_begun",
        "_body_limit",
        "_head_only",
        "_incoming",
        "_max_body",
        "_max_overhead",
        "_overhead",
        "_parser",
        "_rest",
        "_spent",
        "body_bytes",
        "complete",
        "cut",
        "fields",
        "head_complete",
        "keep_alive",
        "lookup",
        "status",
        "surplus",
    )

    def __init__(self, max_body_bytes: int, max_overhead_bytes: int) -> None:
        self._max_body = max_body_bytes
        self._max_overhead = max_overhead_bytes
        self._parser = self._new_parser()
        self._spent = self.cut = False
        self.reset()

    def reset(self, head_only: bool = False, limited: bool = True) -> None:
        """Forget the last response. ``head_only``: the answer to HEAD; ``limited``: bound the body."""
        if self._spent:
            self._parser = self._new_parser()
        self._spent = self._head_only = head_only
        self._body_limit = self._max_body if limited else 0
        self._overhead = self.body_bytes = self.status = 0
        self._incoming: RawFields = []
        self.fields: RawFields = _NO_FIELDS
        self.lookup: Mapping[bytes, bytes] = _NO_LOOKUP
        self._begun = b""
        self._rest: bytearray | None = None
        self.head_complete = self.complete = self.keep_alive = self.surplus = False

    def release(self) -> None:
        """Break the reference cycle with the parser; the reader is of no further use."""
        del self._parser

    def feed(self, data: bytes) -> None:
        """Take bytes as they came.

        Raises:
            TransportError: ``bad_response`` or ``too_large``.
        """
        before = self.body_bytes
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            raise TransportError("bad_response", "101 Switching Protocols was not asked for") from None
        except HttpParserError as error:
            self._refuse(error)
        if not self.complete:
            self._overhead = self._overhead + len(data) if self.body_bytes == before else 0
            self._check_limits()
        elif self._body_limit and self.body_bytes > self._body_limit:
            raise self._body_too_large()

    def feed_eof(self) -> None:
        """Take the end of the connection, which ends a body without a length (RFC 9112 section 9.8).

        Raises:
            TransportError: ``truncated``.
        """
        if not self.head_complete:
            raise TransportError("truncated", "the connection ended inside the head of the answer")
        if b"content-length" in self.lookup or b"transfer-encoding" in self.lookup:
            raise TransportError(
                "truncated", f"the connection ended after {self.body_bytes} bytes of the body"
            )
        if self.cut:
            text = f"TLS ended without a closure alert after {self.body_bytes} bytes of the body"
            raise TransportError("truncated", text)
        self.complete = True
        self.keep_alive = False

    def take_body(self) -> bytes:
        """Return the body bytes that have come since the last call."""
        taken, rest = self._begun, self._rest
        self._begun, self._rest = b"", None
        return taken if rest is None else b"".join((taken, rest))

    def on_message_begin(self) -> None:
        """Note, for the parser, that a message begins: after a complete one it is surplus."""
        if self.complete:
            self.surplus = True
            raise ValueError("bytes after the end of the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take, from the parser, a header field or trailer."""
        self._incoming.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Note, for the parser, the end of the head of an interim or of the final answer."""
        status = self._parser.get_status_code()
        if status < 200:
            if status < 100:
                raise ValueError(f"{status:03d} is not an HTTP status")
            return
        self.status = status
        self.fields, self._incoming = self._incoming, []
        lookup = dict(self.fields)
        self.lookup = lookup if len(lookup) == len(self.fields) else combined(self.fields)
        coding = self.lookup.get(b"transfer-encoding")
        if coding is not None and coding != _CHUNKED and coding.rstrip(b" ").lower() != _CHUNKED:
            raise ValueError("a transfer coding other than chunked")
        self.head_complete = True
        if self._head_only:
            self.complete = True
            self.keep_alive = self._stays_open()

    def on_body(self, data: bytes) -> None:
        """Take, from the parser, a piece of the body. A further one is copied: many objects are no bytes."""
        if self.complete:
            self.surplus = True
            return
        self.body_bytes += len(data)
        if not self._begun:
            self._begun = data
        elif self._rest is None:
            self._rest = bytearray(data)
        else:
            self._rest += data

    def on_message_complete(self) -> None:
        """Note, for the parser, the end of an interim or of the final answer."""
        if not self.head_complete:
            self._incoming.clear()
        elif not self.complete:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()
            if self.keep_alive and b"connection" in self.lookup and b"transfer-encoding" in self.lookup:
                self.keep_alive = self._is_http_1_1()

    def _new_parser(self) -> HttpResponseParser:
        """Return a parser that reads chunk sizes which a server has padded with spaces, as k6 does."""
        parser = HttpResponseParser(self)
        parser.set_dangerous_leniencies(lenient_spaces_after_chunk_size=True)
        return parser

    def _stays_open(self) -> bool:
        """Decide for answers to HEAD, where the parser goes by the body it expects."""
        listed = self.lookup.get(b"connection", b"").lower().split(b",")
        options = {option.strip(b" \t") for option in listed}
        return b"close" not in options and (self._is_http_1_1() or b"keep-alive" in options)

    def _is_http_1_1(self) -> bool:
        """Tell 1.1 from 1.0, which keeps no connection unless it says so, and none after chunks.

        The latter is RFC 9112 section 6.1.
        """
        version: str = self._parser.get_http_version()
        return version == "1.1"

    def _refuse(self, error: HttpParserError) -> None:
        if self.complete:
            self.surplus = True
            return
        reason = error.__context__ if isinstance(error.__context__, ValueError) else error
        raise TransportError("bad_response", str(reason)) from None

    def _check_limits(self) -> None:
        if self._overhead > self._max_overhead:
            text = f"more than {self._max_overhead} bytes of head, chunk sizes or trailers"
            raise TransportError("too_large", text)
        if self._body_limit and self.body_bytes > self._body_limit:
            raise self._body_too_large()

    def _body_too_large(self) -> TransportError:
        return TransportError("too_large", f"more than {self._body_limit} bytes of body")
