"""Header lists: what becomes of a request's lines, and which answers are refused."""

import pytest

from loadlib.client.errors import TransportError
from loadlib.client.headers import RawFields
from loadlib.client.http2.errors import Http2StreamError
from loadlib.client.http2.fields import check_fields, request_fields, response_head

PSEUDO = (
    (b":method", b"GET"),
    (b":scheme", b"https"),
    (b":authority", b"example.com"),
    (b":path", b"/a?b=1"),
)


def fields_of(*lines: str) -> list[tuple[bytes, bytes]]:
    """Translate a request with these header lines and return what follows the pseudo-headers."""
    head = "".join(f"{line}\r\n" for line in ("GET /a?b=1 HTTP/1.1", "Host: example.com", *lines, ""))
    translated = request_fields(head.encode("latin-1"), "https")
    assert translated[:4] == PSEUDO
    return [*translated[4:]]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        (["User-Agent: x", "X-Trace: a: b"], [(b"user-agent", b"x"), (b"x-trace", b"a: b")]),
        (["X-Empty: "], [(b"x-empty", b"")]),
        (["X-Blank:  padded "], [(b"x-blank", b"padded")]),
        (["Cookie: a=1; b=2", "Content-Length: 3"], [(b"cookie", b"a=1; b=2"), (b"content-length", b"3")]),
        (
            ["Connection: close, X-Hop", "X-Hop: 1", "Keep-Alive: 5", "Upgrade: h2c", "X-End: 2"],
            [(b"x-end", b"2")],
        ),
        (["Proxy-Connection: keep-alive", "TE: gzip"], []),
        (["TE: trailers"], [(b"te", b"trailers")]),
    ],
)
def test_lines_become_fields_in_lower_case_without_those_of_a_connection(
    lines: list[str], expected: RawFields
) -> None:
    assert fields_of(*lines) == expected


def test_authority_follows_a_host_header_that_the_call_replaced() -> None:
    """The client sets Host from the URL; whoever replaces it means the authority."""
    head = b"GET / HTTP/1.1\r\nHost: other.example:81\r\n\r\n"
    assert request_fields(head, "http")[2] == (b":authority", b"other.example:81")


def test_request_without_a_host_header_has_no_authority() -> None:
    """A call may leave Host out to see what the server says."""
    fields = request_fields(b"GET / HTTP/1.1\r\nX-A: 1\r\n\r\n", "http")
    assert fields == ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b"x-a", b"1"))


def test_status_and_fields_of_an_answer_are_told_apart() -> None:
    assert response_head([(b":status", b"204"), (b"server", b"x")]) == (204, [(b"server", b"x")])


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b"server", b"x")],
        [(b"server", b"x"), (b":status", b"200")],
        [(b":status", b"200"), (b":status", b"200")],
        [(b":status", b"99")],
        [(b":status", b"2000")],
        [(b":status", b"099")],
        [(b":status", b"ok")],
        [(b":status", b"200"), (b":path", b"/")],
        [(b":status", b"200"), (b"Server", b"x")],
        [(b":status", b"200"), (b"", b"x")],
        [(b":status", b"200"), (b"a b", b"x")],
        [(b":status", b"200"), (b"connection", b"close")],
        [(b":status", b"200"), (b"transfer-encoding", b"chunked")],
        [(b":status", b"200"), (b"x", b"a\r\nb: c")],
        [(b":status", b"200"), (b"x", b"\0")],
    ],
)
def test_head_that_rfc_9113_forbids_is_a_bad_response(fields: RawFields) -> None:
    """RFC 9113 section 8.1.1: a malformed message is an error of its stream."""
    with pytest.raises(Http2StreamError) as refused:
        response_head(fields)
    assert refused.value.kind == "bad_response"


def test_pseudo_header_among_trailers_is_a_bad_response() -> None:
    with pytest.raises(TransportError):
        check_fields([(b":status", b"200")])
