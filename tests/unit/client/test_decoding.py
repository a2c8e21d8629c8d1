"""Content encodings are undone exactly, or the response is a decode failure; never a wrong body."""

import gzip
import random
import zlib
from collections.abc import Callable
from time import process_time

import brotli
import pytest

from loadlib.client import TransportError
from loadlib.client.decoding import MAX_MEMBERS, PIECE_BYTES, decode_body, decoder_for
from tests.unit.client.support import answering, client_of, reply, serving

BODY = random.Random(7).randbytes(2000) + b"a" * 100_000


def raw_deflate(data: bytes) -> bytes:
    """Deflate without the zlib wrapper, as some servers send it."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZIP", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("identity", bytes),
    ("", bytes),
    ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ("gzip", lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])),
]
PACKED = [entry for entry in ENCODINGS if entry[1] is not bytes]


@pytest.mark.parametrize(("name", "encode"), ENCODINGS)
def test_encoding_is_undone(name: str, encode: Callable[[bytes], bytes]) -> None:
    """Whole, and through a server."""
    assert decode_body(name, encode(BODY), len(BODY)) == BODY
    answer = reply(200, encode(BODY), Content_Encoding=name)
    with serving(answering(answer)) as server, client_of(server) as (client, records):
        assert client.get("/").content == BODY
        assert records.only.response_bytes == len(answer)


@pytest.mark.parametrize("size", [1, 7, 4096])
@pytest.mark.parametrize(("name", "encode"), ENCODINGS)
def test_encoding_is_undone_piece_by_piece(name: str, encode: Callable[[bytes], bytes], size: int) -> None:
    """However the encoded bytes are cut."""
    decoder = decoder_for(name, len(BODY))
    encoded = encode(BODY)
    decoded = b"".join(
        piece for at in range(0, len(encoded), size) for piece in decoder.feed(encoded[at : at + size])
    )
    decoder.finish()
    assert decoded == BODY


@pytest.mark.parametrize(("name", "encode"), PACKED)
def test_incomplete_body_is_a_decode_failure(name: str, encode: Callable[[bytes], bytes]) -> None:
    """A missing end is not taken for the end."""
    with pytest.raises(TransportError) as caught:
        decode_body(name, encode(BODY)[:-1], len(BODY))
    assert caught.value.kind == "decode"


@pytest.mark.parametrize(("name", "encode"), PACKED)
def test_unpacking_stops_at_the_limit(name: str, encode: Callable[[bytes], bytes]) -> None:
    """A small body cannot fill the generator's memory."""
    with pytest.raises(TransportError) as caught:
        decode_body(name, encode(BODY), len(BODY) - 1)
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize(("name", "encode"), PACKED)
def test_what_unpacks_to_much_comes_in_bounded_pieces(name: str, encode: Callable[[bytes], bytes]) -> None:
    """Nothing is unpacked before it is asked for; a full piece may leave bytes behind inside the decoder."""
    body = bytes(20 * PIECE_BYTES + 1)
    decoder = decoder_for(name, len(body))
    sizes = [len(piece) for piece in decoder.feed(encode(body))]
    decoder.finish()
    assert sum(sizes) == len(body)
    assert 0 < min(sizes) <= max(sizes) <= PIECE_BYTES


def test_time_of_concatenated_members_grows_with_their_number() -> None:
    """Eight times the members take about eight times as long; were each to copy the rest, 64 times."""

    def took_s(members: int) -> float:
        body = gzip.compress(b"") * members
        spent_s = []
        for _ in range(3):
            started_s = process_time()
            assert decode_body("gzip", body, 1) == b""
            spent_s.append(process_time() - started_s)
        return min(spent_s)

    assert took_s(40_000) < 24 * took_s(5_000)


def test_members_without_end_are_a_decode_failure() -> None:
    """Empty ones never reach the limit of the decoded body."""
    with pytest.raises(TransportError, match="members") as caught:
        decode_body("gzip", gzip.compress(b"") * (MAX_MEMBERS + 1), 1)
    assert caught.value.kind == "decode"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("gzip", b"this is not gzip"),
        ("gzip", gzip.compress(BODY, mtime=0)[:20] + b"\xff" * 20 + gzip.compress(BODY, mtime=0)[40:]),
        ("deflate", b"\xff\xff\xff\xff"),
        ("deflate", zlib.compress(b"ok") + b"more"),
        ("br", b"this is not brotli"),
        ("zstd", b"anything"),
        ("gzip, mystery", gzip.compress(b"ok", mtime=0)),
    ],
)
def test_corrupt_or_unknown_encoding_is_a_decode_failure(name: str, body: bytes) -> None:
    """One failed sample that keeps the status; the connection is still good."""
    with (
        serving(answering(reply(200, body, Content_Encoding=name))) as server,
        client_of(server) as (
            client,
            records,
        ),
    ):
        for _ in range(2):
            response = client.get("/")
            assert (response.status_code, response.content, response.error_kind) == (200, b"", "decode")
        assert records.kinds == ["decode", "decode"]
        assert server.connections == 1


@pytest.mark.parametrize("status", [200, 204, 304])
def test_empty_body_needs_no_decoding(status: int) -> None:
    """Servers name an encoding on answers without a body."""
    with (
        serving(answering(reply(status, Content_Encoding="gzip"))) as server,
        client_of(server) as (client, _),
    ):
        assert client.get("/").ok


def test_compression_is_asked_for_only_by_name() -> None:
    """Like k6, which adds no Accept-Encoding."""
    with serving(answering(reply())) as server:
        with client_of(server) as (client, _):
            client.get("/")
        with client_of(server, accept_encoding="gzip, br") as (client, _):
            client.get("/")
        assert [one.headers.get("accept-encoding") for one in server.requests] == [None, "gzip, br"]
