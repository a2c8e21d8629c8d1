"""Answers known from other parsers' tests and from the RFCs, through the real client over loopback sockets.

Each comes whole, byte by byte and in seeded random pieces, to a plain request and to a stream, and a second
request on the same client then proves that nothing of the first one is left.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gevent
import pytest

from loadlib.client import ERROR_KINDS, HttpClient, TransportError
from tests.conformance.http1.vectors import SOURCES, SPLITS, Vector, deviations_page, load_vectors
from tests.support import assert_golden
from tests.unit.client.support import OK, Peer, Server, client_of, eventually, make_certificate, serving

VECTORS = load_vectors()
TIMEOUT_S = 20.0


@dataclass
class Sends:
    """What the one server of this module sends, and whether it has been sent to the end."""

    pieces: list[bytes] = field(default_factory=list)
    eof: bool = False
    done: bool = True

    def set(self, vector: Vector, split: str) -> None:
        self.pieces, self.eof, self.done = vector.pieces(split), vector.eof, False

    def handle(self, peer: Peer) -> None:
        """Answer ``/vector`` with the pieces, each on its own, and anything else with a plain 200."""
        while request := peer.request():
            if request.path != "/vector":
                peer.send(OK)
                continue
            try:
                for piece in self.pieces:
                    peer.send(piece)
                    gevent.idle()
            finally:
                self.done = True
            if self.eof:
                return


@pytest.fixture(scope="module")
def sends() -> Sends:
    return Sends()


@pytest.fixture(scope="module")
def server(sends: Sends) -> Iterator[Server]:
    with serving(sends.handle) as server:
        yield server


def assert_ready_for_the_next(client: HttpClient, sends: Sends, reused: bool) -> None:
    """Send a second request: it gets its own answer, on the same connection or a new one."""
    eventually(lambda: sends.done, "the server has sent everything")
    gevent.idle()
    assert client.get("/next").content == b"ok"
    assert client.connections_opened == (1 if reused else 2)


@pytest.mark.parametrize("key", VECTORS)
def test_answer_means_what_its_vector_says(key: str, server: Server, sends: Sends) -> None:
    """Status, fields, body, outcome and the fate of the connection, however the bytes are cut."""
    for split in SPLITS:
        assert_answer(VECTORS[key], split, server, sends)


@pytest.mark.parametrize("key", [key for key, vector in VECTORS.items() if vector.method == "GET"])
def test_stream_reads_the_same(key: str, server: Server, sends: Sends) -> None:
    """A stream of the same bytes has the same body or ends by the same kind."""
    for split in ("whole", "bytes"):
        assert_stream(VECTORS[key], split, server, sends)


@pytest.fixture(scope="module")
def secure(sends: Sends, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    certificate = make_certificate(tmp_path_factory.mktemp("certificate"), "own", host="127.0.0.1")
    with serving(sends.handle, certificate) as server:
        yield server


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_answers_on_one_connection_leave_nothing_for_each_other(
    seed: int, scheme: str, server: Server, secure: Server, sends: Sends
) -> None:
    """All answers that keep their connection, in a random order and in random pieces, on a single one."""
    dice = random.Random(seed)
    asked = server if scheme == "http" else secure
    kept = [one for one in VECTORS.values() if one.reused and one.limit_bytes == Vector.limit_bytes]
    dice.shuffle(kept)
    with client_of(asked, timeout_s=TIMEOUT_S, verify_tls=False) as (client, records):
        for vector in kept:
            sends.set(vector, dice.choice(SPLITS))
            response = client.request(vector.method, "/vector", allow_redirects=False)
            outcome = (response.status_code, response.error_kind, response.content)
            assert outcome == (vector.status, vector.error, vector.body), vector.name
            client.cookies.clear()
        assert client.connections_opened == 1
        assert len(records.samples) == len(kept) > 50


def assert_answer(vector: Vector, split: str, server: Server, sends: Sends) -> None:
    sends.set(vector, split)
    with client_of(server, timeout_s=TIMEOUT_S, max_response_bytes=vector.limit_bytes) as (client, records):
        response = client.request(vector.method, "/vector", allow_redirects=False)
        outcome = (response.status_code, response.error_kind, response.content)
        assert outcome == (vector.status, vector.error, vector.body), (split, response.error)
        assert {name: response.headers.get(name) for name in vector.headers} == vector.headers
        assert {name: response.headers.get_all(name) for name in vector.fields} == vector.fields
        assert len(records.samples) == 1
        assert_ready_for_the_next(client, sends, vector.reused)


def assert_stream(vector: Vector, split: str, server: Server, sends: Sends) -> None:
    sends.set(vector, split)
    with client_of(server, timeout_s=TIMEOUT_S, max_response_bytes=vector.limit_bytes) as (client, records):
        stream = client.stream("GET", "/vector", expected_statuses=[(200, 399)])
        body, kind = b"", ""
        try:
            body = stream.read_all()
        except TransportError as error:
            kind = error.kind
        stream.finish()
        assert records.only.error_kind == vector.error, split
        assert kind in {"", vector.error}
        if not kind:
            assert (stream.status_code, body) == (vector.status, vector.body)
            assert_ready_for_the_next(client, sends, vector.reused)


def test_pieces_reach_the_client_one_by_one(server: Server, sends: Sends) -> None:
    """Otherwise the splits above would prove nothing: each chunk of a stream is one piece of the server's."""
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef"
    vector = Vector(name="pieces", source=("rfc9112",), rule="", raw=raw)
    sends.set(vector, "bytes")
    with client_of(server) as (client, _), client.stream("GET", "/vector") as stream:
        assert [chunk for _, chunk in stream] == [b"a", b"b", b"c", b"d", b"e", b"f"]


def test_every_split_is_the_whole_answer() -> None:
    """No piece is lost, and the random splits differ from each other."""
    for vector in VECTORS.values():
        whole = vector.raw + vector.surplus
        assert all(b"".join(vector.pieces(split)) == whole for split in SPLITS)
    plain = VECTORS["status_line/plain"]
    assert len({tuple(plain.pieces(split)) for split in SPLITS}) == len(SPLITS)


def test_expected_kinds_are_kinds_of_the_client() -> None:
    """A vector cannot expect a failure that nobody can report."""
    assert {vector.error for vector in VECTORS.values()} - {""} <= set(ERROR_KINDS)


def test_every_source_is_used_and_every_rule_is_named() -> None:
    """The table of sources is neither longer nor shorter than what the vectors are taken from."""
    assert {source for vector in VECTORS.values() for source in vector.source} == set(SOURCES)
    assert all(vector.rule.startswith("RFC ") for vector in VECTORS.values())


def test_page_of_sources_and_deviations_is_that_of_the_vectors() -> None:
    """The page for readers names every vector that a rule or another parser would read otherwise."""
    assert_golden(Path(__file__).parent / "README.md", deviations_page(VECTORS))
