"""An HTTP/1.1 parser of another origin as the judge: what both read, they read the same."""

import re

import h11
from hypothesis import given

from loadlib.client import TransportError
from loadlib.client.parsing import ResponseReader
from tests.unit.client.fuzzing import HOSTILE, repeatable

LIMIT_BYTES = 1 << 20
Answer = tuple[int, bytes]

CONTROL_IN_REASON = re.compile(rb"HTTP/1\.[01] \d{3} [^\r\n]*[\x00-\x08\x0b-\x1f\x7f]")


def read_by_client(raw: bytes) -> Answer | None:
    """Return status and body, or None where there is no complete answer of HTTP/1."""
    reader = ResponseReader(LIMIT_BYTES, LIMIT_BYTES)
    try:
        reader.feed(raw)
        if not reader.complete:
            reader.feed_eof()
    except TransportError:
        return None
    return reader.status, reader.take_body()


def read_by_h11(raw: bytes) -> Answer | None:
    """Return the same as h11 sees it."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=LIMIT_BYTES)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "example.com")]))
    connection.send(h11.EndOfMessage())
    status, body, ended = 0, b"", False
    connection.receive_data(raw)
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                return status, body
            elif event is h11.NEED_DATA and not ended:
                connection.receive_data(b"")
                ended = True
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None


def test_client_and_h11_read_the_same_answer_or_one_of_them_none() -> None:
    """What the client alone reads is told by its first line; that h11 alone reads more is its choice."""
    read_by_both = 0

    @repeatable(1000)
    @given(HOSTILE)
    def compare(raw: bytes) -> None:
        nonlocal read_by_both
        own, other = read_by_client(raw), read_by_h11(raw)
        if own is not None and other is not None:
            read_by_both += 1
            assert own == other
        elif own is not None:
            assert CONTROL_IN_REASON.search(raw) or not raw.startswith(b"HTTP/1."), raw

    compare()
    assert read_by_both > 100
