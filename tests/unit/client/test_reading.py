"""Every legal way to frame a response is read exactly, however its bytes are cut."""

import tracemalloc

import gevent
import pytest

from loadlib.client import TransportError
from loadlib.client.parsing import ResponseReader
from tests.unit.client.support import OK, Peer, answering, client_of, serving

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LEGAL = [
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", id="length"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b"", id="empty"),
    pytest.param(CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, b"hello", id="chunked"),
    pytest.param(CHUNKED + b'5;a=b;c="d"\r\nhello\r\n0\r\n\r\n', 200, b"hello", id="chunk-extension"),
    pytest.param(CHUNKED + b"5\r\nhello\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n", 200, b"hello", id="trailers"),
    pytest.param(CHUNKED + b"0005\r\nhello\r\n000\r\n\r\n", 200, b"hello", id="padded-sizes"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok", id="100"),
    pytest.param(b"HTTP/1.1 103 X\r\nLink: <a>\r\n\r\nHTTP/1.1 102 X\r\n\r\n" + OK, 200, b"ok", id="103-102"),
    pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", id="204"),
    pytest.param(b"HTTP/1.1 304 X\r\nContent-Length: 99\r\n\r\n", 304, b"", id="304-with-length"),
    pytest.param(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", id="no-reason"),
    pytest.param(b"HTTP/1.1 200 OK\r\nX-Empty:\r\nContent-Length: 2\r\n\r\nok", 200, b"ok", id="empty-value"),
    pytest.param(
        b"HTTP/1.1 500 X\r\nContent-Length: 3\r\n\r\n\xff\xfe\x81", 500, b"\xff\xfe\x81", id="not-utf-8"
    ),
]
TO_THE_END = [
    pytest.param(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", b"until the end", id="1.1"),
    pytest.param(b"HTTP/1.0 200 OK\r\n\r\nuntil the end", b"until the end", id="1.0"),
    pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", b"", id="empty"),
]
MALFORMED = [
    pytest.param(b"SSH-2.0-OpenSSH_9\r\n", id="not-http"),
    pytest.param(b"HTTP/1.1 abc OK\r\n\r\n", id="no-number"),
    pytest.param(b"HTTP/1.1 000 OK\r\n\r\n", id="status-000"),
    pytest.param(b"HTTP/9.9 200 OK\r\n\r\n", id="version"),
    pytest.param(b"HTTP/1.1 200 OK\r\nBad Header: x\r\n\r\n", id="space-in-name"),
    pytest.param(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", id="no-colon"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", id="negative-length"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", id="two-lengths"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", id="huge-length"),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        id="length-and-chunked",
    ),
    pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok", id="transfer-coding"),
    pytest.param(CHUNKED + b"zz\r\nhello\r\n", id="chunk-size"),
    pytest.param(CHUNKED + b"-1\r\n", id="negative-chunk"),
    pytest.param(CHUNKED + b"5\r\nhelloXX", id="chunk-end"),
    pytest.param(CHUNKED + b"fffffffffffffffff\r\n", id="chunk-overflow"),
    pytest.param(b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", id="101"),
]
CUT = [
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="head"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", id="length"),
    pytest.param(CHUNKED + b"5\r\nhel", id="chunk"),
    pytest.param(CHUNKED + b"5\r\nhello\r\n", id="no-last-chunk"),
    pytest.param(CHUNKED + b"5\r\nhello\r\n0\r\n", id="no-trailer-end"),
    pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="interim-only"),
]


@pytest.mark.parametrize(("raw", "status", "body"), LEGAL)
@pytest.mark.parametrize("dribbled", [False, True], ids=["whole", "byte-by-byte"])
def test_legal_response_is_read_and_its_connection_reused(
    raw: bytes, status: int, body: bytes, dribbled: bool
) -> None:
    """The connection carries a second request, so the response ended where it should."""

    def handle(peer: Peer) -> None:
        while peer.request():
            peer.dribble(raw) if dribbled else peer.send(raw)

    with serving(handle) as server, client_of(server) as (client, records):
        for _ in range(2):
            response = client.get("/")
            assert (response.status_code, response.content) == (status, body)
        assert server.connections == 1
        assert records.samples[0].response_bytes == len(raw)
        assert records.samples[1].response_bytes == len(raw)


@pytest.mark.parametrize(("raw", "status", "body"), LEGAL)
def test_reader_does_not_care_where_the_bytes_are_cut(raw: bytes, status: int, body: bytes) -> None:
    """Any two pieces give the same response as the whole."""
    reader = ResponseReader(1000, 1000)
    for cut in range(1, len(raw)):
        reader.reset()
        reader.feed(raw[:cut])
        assert not reader.complete or cut == len(raw) or not raw[cut:].strip()
        reader.feed(raw[cut:])
        assert (reader.complete, reader.status, reader.take_body()) == (True, status, body)
        assert reader.keep_alive
        assert not reader.surplus


def test_fields_of_interim_answers_and_trailers_are_not_the_responses() -> None:
    """Only the final head counts."""
    raw = b"HTTP/1.1 103 X\r\nLink: <a>\r\n\r\n" + CHUNKED + b"0\r\nX-T: 1\r\n\r\n"
    with serving(answering(raw)) as server, client_of(server) as (client, _):
        assert dict(client.get("/").headers) == {"transfer-encoding": "chunked"}


@pytest.mark.parametrize(("raw", "body"), TO_THE_END)
@pytest.mark.parametrize("dribbled", [False, True], ids=["whole", "byte-by-byte"])
def test_body_without_length_lasts_to_the_end_of_the_connection(
    raw: bytes, body: bytes, dribbled: bool
) -> None:
    """Such a response is good, and its connection is not reused."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.dribble(raw) if dribbled else peer.send(raw)

    with serving(handle) as server, client_of(server) as (client, records):
        assert [client.get("/").content for _ in range(2)] == [body, body]
        assert server.connections == 2
        assert records.kinds == ["", ""]


@pytest.mark.parametrize("dribbled", [False, True], ids=["whole", "byte-by-byte"])
@pytest.mark.parametrize("raw", MALFORMED)
def test_malformed_response_is_bad_response(raw: bytes, dribbled: bool) -> None:
    """One failed sample with status 0, and the connection is given up."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.dribble(raw) if dribbled else peer.send(raw)
        peer.wait_for_close()

    with serving(handle) as server, client_of(server) as (client, records):
        response = client.get("/")
        assert (response.status_code, response.error_kind) == (0, "bad_response")
        assert not records.only.expected
        assert response.error


@pytest.mark.parametrize("raw", CUT)
def test_response_cut_short_is_truncated(raw: bytes) -> None:
    """A body that does not reach its own end is never taken for a whole one."""
    with serving(answering(raw, repeat=False)) as server, client_of(server) as (client, records):
        assert client.get("/").error_kind == "truncated"
        assert records.only.status == 0


def test_head_and_its_length_are_read_without_a_body() -> None:
    """The answer to HEAD ends with its head, whatever length it announces; the connection is reused."""
    answers = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", OK)
    with serving(answers) as server, client_of(server) as (client, _):
        assert client.head("/").headers["content-length"] == "999"
        assert client.head("/").status == 200
        assert client.get("/").content == b"ok"
        assert server.connections == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("surplus", [b"garbage", OK, b"HTTP/1.1 200"], ids=["garbage", "response", "part"])
def test_connection_with_bytes_after_the_response_is_not_reused(method: str, surplus: bytes) -> None:
    """The surplus never becomes the answer to the next request."""
    first = reply_for(method) + surplus
    with serving(answering(first, OK)) as server, client_of(server) as (client, records):
        assert client.request(method, "/").status_code == 200
        assert client.request(method, "/").status_code == 200
        assert server.connections == 2
        assert records.kinds == ["", ""]


def reply_for(method: str) -> bytes:
    """Return a plain answer to GET or HEAD."""
    return OK[:-2] if method == "HEAD" else OK


@pytest.mark.parametrize(
    ("start", "flood"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Flood: " + b"y" * 500 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Flood: ", b"y" * 500),
        (b"", b"HTTP/1.1 103 X\r\n\r\n" * 20),
        (CHUNKED + b"1;", b"x" * 500),
        (CHUNKED + b"0\r\n", b"X-T: y\r\n" * 50),
        (CHUNKED + b"0\r\nX-T: ", b"y" * 500),
    ],
    ids=["fields", "field", "interim", "extension", "trailers", "trailer"],
)
def test_endless_overhead_is_too_large(start: bytes, flood: bytes) -> None:
    """A response that goes on for ever without a body is given up, whatever it consists of."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(start)
        while True:
            peer.send(flood)
            gevent.sleep(0)

    with (
        serving(handle) as server,
        client_of(server, max_header_bytes=4000, timeout_s=20) as (client, records),
    ):
        assert client.get("/").error_kind == "too_large"
        assert records.only.response_bytes < 4000 + 2 * 65536


def feed_all(reader: ResponseReader, *pieces: bytes) -> None:
    for piece in pieces:
        reader.feed(piece)


def test_overhead_of_a_long_body_is_counted_between_its_pieces_only() -> None:
    """However often a server writes size, data and line end apart, and with trailers at the end."""
    reader = ResponseReader(10**6, 60)
    reader.feed(CHUNKED)
    for _ in range(10_000):
        feed_all(reader, b"3;", b"a=b", b"\r\n", b"one", b"\r\n")
    feed_all(reader, b"0\r\n", b"X-T: " + b"y" * 40 + b"\r\n", b"\r\n")
    assert reader.complete
    assert reader.take_body() == b"one" * 10_000


@pytest.mark.parametrize(
    "flood",
    [b"3;" + b"x" * 60, b"0\r\nX-T: " + b"y" * 60, b"0\r\n" + b"X: y\r\n" * 10],
    ids=["extension", "trailer", "trailers"],
)
def test_overhead_behind_a_body_is_limited_as_it_is_before_one(flood: bytes) -> None:
    reader = ResponseReader(10**6, 60)
    feed_all(reader, CHUNKED, b"3\r\n", b"one", b"\r\n")
    with pytest.raises(
        TransportError, match="too_large: more than 60 bytes of head, chunk sizes or trailers"
    ):
        feed_all(reader, *(bytes([byte]) for byte in flood))


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000,
        CHUNKED + b"1388\r\n" + b"x" * 5000 + b"\r\n0\r\n\r\n",
    ],
    ids=["length", "chunked"],
)
def test_body_above_the_limit_is_too_large(raw: bytes) -> None:
    """Also when it comes all at once."""
    with serving(answering(raw)) as server, client_of(server, max_response_bytes=4999) as (client, records):
        assert client.get("/").error_kind == "too_large"
        assert len(records.samples) == 1


def test_body_at_the_limit_is_read() -> None:
    """The limit is inclusive."""
    reader = ResponseReader(5, 100)
    reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    assert reader.take_body() == b"hello"


@pytest.mark.parametrize("size", [1, 1000], ids=["tiny-chunks", "chunks"])
def test_memory_of_a_body_is_near_its_size_however_it_is_chunked(size: int) -> None:
    """A limit of the body that a server could exceed tenfold by its framing would be none."""
    body_bytes = 2_000_000
    pieces = (b"%x\r\n%b\r\n" % (size, b"x" * size)) * 100
    reader = ResponseReader(body_bytes, 1000)
    reader.feed(CHUNKED)
    tracemalloc.start()
    try:
        for _ in range(body_bytes // size // 100):
            reader.feed(pieces)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 2.5 * body_bytes
    assert reader.take_body() == b"x" * body_bytes


def test_reader_names_what_is_malformed() -> None:
    """The parser's own words reach the person who reads the report."""
    with pytest.raises(TransportError, match="status"):
        ResponseReader(5, 100).feed(b"HTTP/1.1 000 OK\r\n\r\n")
