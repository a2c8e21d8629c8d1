"""Whatever a server sends, a request ends: with an answer, or with a failure that has a name, and in time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadlib.client import ERROR_KINDS, ClientOptions, HttpClient, TransportError
from loadlib.client.decoding import decode_body, decoder_for
from loadlib.client.parsing import ResponseReader
from tests.unit.client.fuzzing import BODIES, HOSTILE, cut, repeatable
from tests.unit.client.support import Peer, Records, serving

LIMIT_BYTES = 20_000
CODINGS = ["gzip", "deflate", "br", "gzip, br", "deflate, gzip", "gzip,gzip,gzip"]
ENDS = st.sampled_from(["close", "reset", "wait"])
Outcome = tuple[str, int, bytes, bool]


@dataclass
class Sends:
    """What the one server of this module answers everything with."""

    url: str = ""
    pieces: list[bytes] = field(default_factory=list)
    end: str = "close"

    def handle(self, peer: Peer) -> None:
        while peer.request():
            for piece in self.pieces:
                peer.send(piece)
                gevent.idle()
            if self.end == "reset":
                peer.reset()
            if self.end != "wait":
                return


@pytest.fixture(scope="module")
def sends() -> Iterator[Sends]:
    sends = Sends()
    with serving(sends.handle) as server:
        sends.url = server.url
        yield sends


def read(pieces: list[bytes]) -> Outcome:
    """Feed pieces to a reader until it is done; return kind, status, body and reusability."""
    reader = ResponseReader(LIMIT_BYTES, LIMIT_BYTES)
    try:
        for piece in pieces:
            reader.feed(piece)
            if reader.complete:
                break
        else:
            reader.feed_eof()
    except TransportError as error:
        return error.kind, 0, b"", False
    return "", reader.status, reader.take_body(), reader.keep_alive


@repeatable(700)
@given(HOSTILE, st.integers(0, 2**32))
def test_reader_makes_the_same_of_bytes_however_they_are_cut(raw: bytes, seed: int) -> None:
    """An answer, or one of three kinds; whole, byte by byte and in random pieces."""
    whole = read([raw])
    assert whole[0] in {"", "bad_response", "too_large", "truncated"}
    assert whole[0] or 200 <= whole[1] <= 999
    assert read([raw[at : at + 1] for at in range(len(raw))]) == whole
    assert read(cut(raw, seed)) == whole


@repeatable(200)
@given(HOSTILE, st.integers(0, 2**32), ENDS, st.sampled_from(["GET", "HEAD", "POST"]))
def test_request_ends_with_an_answer_or_a_named_failure(
    sends: Sends, raw: bytes, seed: int, end: str, method: str
) -> None:
    """One sample each, in time, over real sockets, with a second request on whatever is left of the first."""
    sends.pieces, sends.end = cut(raw, seed), end
    records = Records()
    options = ClientOptions(
        timeout_s=0.02 if end == "wait" else 5.0, max_response_bytes=LIMIT_BYTES, max_header_bytes=LIMIT_BYTES
    )
    started_s = perf_counter()
    with gevent.Timeout(20), HttpClient(sends.url, recorder=records, options=options) as client:
        for _ in range(2):
            response = client.request(method, "/", allow_redirects=False)
            assert response.error_kind in {"", *ERROR_KINDS}
            assert bool(response.status_code) or bool(response.error_kind)
            assert response.text is not None
            assert dict(response.headers) is not None
            assert response.cookies is not None
    assert len(records.samples) == 2
    assert perf_counter() - started_s < 10


@repeatable(100)
@given(HOSTILE, st.integers(0, 2**32), ENDS)
def test_stream_ends_with_its_body_or_a_named_failure(sends: Sends, raw: bytes, seed: int, end: str) -> None:
    """Iterating raises nothing but the failure that the one sample has."""
    sends.pieces, sends.end = cut(raw, seed), end
    records = Records()
    options = ClientOptions(
        timeout_s=0.02 if end == "wait" else 5.0,
        stream_timeout_s=0.02 if end == "wait" else 5.0,
        max_response_bytes=LIMIT_BYTES,
        max_header_bytes=LIMIT_BYTES,
    )
    with gevent.Timeout(20), HttpClient(sends.url, recorder=records, options=options) as client:
        with client.stream("GET", "/", expected_statuses=[(100, 999)]) as stream:
            try:
                for _ in stream:
                    pass
            except TransportError as error:
                assert error.kind == stream.error_kind  # noqa: PT017 - whether it is raised depends on the case
        assert records.only.error_kind in {"", *ERROR_KINDS}
        assert records.only.error_kind == stream.error_kind


@repeatable(400)
@given(st.one_of(BODIES, st.binary(max_size=300)), st.sampled_from(CODINGS), st.integers(0, 2**32))
def test_decoders_make_the_same_of_bytes_however_they_are_cut(data: bytes, coding: str, seed: int) -> None:
    """The decoded body or one of two kinds, never above the limit."""

    def decoded(pieces: list[bytes]) -> bytes | str:
        decoder = decoder_for(coding, LIMIT_BYTES)
        body = b""
        try:
            for piece in pieces:
                body += b"".join(decoder.feed(piece))
            decoder.finish()
        except TransportError as error:
            return error.kind
        return body

    try:
        whole: bytes | str = decode_body(coding, data, LIMIT_BYTES)
    except TransportError as error:
        whole = error.kind
    assert isinstance(whole, bytes) or whole in {"decode", "too_large"}
    assert len(whole) <= LIMIT_BYTES
    assert decoded(cut(data, seed)) == whole
