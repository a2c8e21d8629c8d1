"""Header lists in both directions: from the head of an HTTP/1.1 request, and checked on the way in.

What a request carries was decided before (`loadlib.client.head`); here its lines become HTTP/2's fields, and
a response's fields are held to RFC 9113 section 8. Does not compress (`compression`).
"""

import re
from typing import Final

from loadlib.client.headers import RawFields
from loadlib.client.http2.errors import PROTOCOL_ERROR, Http2StreamError

Fields = tuple[tuple[bytes, bytes], ...]

CONNECTION_SPECIFIC: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
"""Fields of HTTP/1.1 that speak of one connection and must not appear in HTTP/2 (RFC 9113 8.2.2)."""

_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_BAD_VALUE: Final = re.compile(rb"[\r\n\0]")
_STATUS: Final = re.compile(rb"[1-9][0-9][0-9]")


def request_fields(head: bytes, scheme: str) -> Fields:
    """Return the fields that stand for a request line and header lines.

    Pseudo-headers come first, and names are in lower case. Host becomes ``:authority``. Connection-specific
    fields, those that Connection names, and TE other than ``trailers`` are left out.
    """
    request_line, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    method, target, _ = request_line.split(b" ")
    split = [line.partition(b":") for line in lines]
    named = [(name.lower(), value.strip(b" \t")) for name, _, value in split]
    dropped = {b"host", *CONNECTION_SPECIFIC, *_named_by_connection(named)}
    kept = [
        (name, value)
        for name, value in named
        if name not in dropped and (name != b"te" or value.lower() == b"trailers")
    ]
    authority = [(b":authority", value) for name, value in named if name == b"host"]
    addressed = ((b":scheme", scheme.encode("ascii")), *authority[:1], (b":path", target))
    return ((b":method", method), *addressed, *kept)


def response_head(fields: RawFields) -> tuple[int, RawFields]:
    """Return the status and the header fields of a response, interim ones too.

    Raises:
        Http2StreamError: ``bad_response``: not the head of a response.
    """
    if not fields or fields[0][0] != b":status" or not _STATUS.fullmatch(fields[0][1]):
        raise Http2StreamError(PROTOCOL_ERROR, "the answer does not begin with a valid :status")
    rest = fields[1:]
    check_fields(rest)
    return int(fields[0][1]), rest


def check_fields(fields: RawFields) -> None:
    """Hold header or trailer fields to RFC 9113 section 8.2.

    Raises:
        Http2StreamError: ``bad_response``.
    """
    for name, value in fields:
        if not _NAME.fullmatch(name):
            raise Http2StreamError(PROTOCOL_ERROR, f"{name[:40]!r} is not a header name of HTTP/2")
        if name in CONNECTION_SPECIFIC:
            raise Http2StreamError(PROTOCOL_ERROR, f"the header {name.decode()} does not belong into HTTP/2")
        if _BAD_VALUE.search(value):
            raise Http2StreamError(PROTOCOL_ERROR, f"the value of {name.decode()} contains CR, LF or NUL")


def _named_by_connection(named: RawFields) -> set[bytes]:
    return {
        option.strip().lower()
        for name, value in named
        if name == b"connection"
        for option in value.split(b",")
    }
