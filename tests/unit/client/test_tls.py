"""TLS: verified by default, host name included; one context for all users of a process."""

from pathlib import Path
from time import perf_counter

import gevent
import pytest

from loadlib.client import TransportError
from loadlib.client.tls import tls_context
from loadlib.errors import ConfigurationError
from tests.unit.client.support import (
    END,
    HEAD,
    OK,
    Peer,
    answering,
    client_of,
    eventually,
    make_certificate,
    reply,
    serving,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def good(folder: Path) -> tuple[str, str]:
    return make_certificate(folder, "good", host="127.0.0.1")


def test_trusted_certificate_is_accepted_and_the_connection_reused(good: tuple[str, str]) -> None:
    """The handshake is paid once and shows in the first sample only."""
    with serving(answering(OK), good) as server, client_of(server, ca_file=good[0]) as (client, records):
        for _ in range(5):
            assert client.get("/").content == b"ok"
        assert (server.connections, records.kinds) == (1, [""] * 5)
        first, *rest = records.samples
        assert first.tls_s > 0
        assert first.blocked_s >= first.connecting_s + first.tls_s
        assert [one.tls_s for one in rest] == [0.0] * 4


@pytest.mark.parametrize(
    ("host", "days", "trusted"),
    [
        ("127.0.0.1", 1, False),
        ("127.0.0.2", 1, True),
        ("other.example.com", 1, True),
        ("127.0.0.1", -1, True),
    ],
    ids=["unknown-issuer", "wrong-address", "wrong-name", "expired"],
)
def test_certificate_that_cannot_be_trusted_is_tls_verify(
    folder: Path, good: tuple[str, str], host: str, days: int, trusted: bool
) -> None:
    """No request is sent, and one failed sample says why."""
    pem, key = make_certificate(folder, f"{host}{days}", host=host, days_valid=days)
    with (
        serving(answering(OK), (pem, key)) as server,
        client_of(server, ca_file=pem if trusted else good[0]) as (client, records),
    ):
        response = client.get("/")
        assert (response.status_code, response.error_kind) == (0, "tls_verify")
        assert server.requests == []
        assert "127.0.0.1" in records.only.error


def test_verification_is_on_unless_switched_off_by_name(folder: Path) -> None:
    """The default refuses a self-signed certificate, verify_tls=False takes it."""
    pem, key = make_certificate(folder, "own", host="other.example.com")
    with serving(answering(OK), (pem, key)) as server:
        with client_of(server) as (client, _):
            assert client.get("/").error_kind == "tls_verify"
        with client_of(server, verify_tls=False) as (client, _):
            assert client.get("/").ok


def test_server_that_speaks_no_tls_is_tls() -> None:
    """A plain server behind an https URL."""
    with (
        serving(lambda peer: (peer.sock.recv(10), peer.send(OK))) as server,
        client_of(server.url.replace("http", "https")) as (client, records),
    ):
        assert client.get("/").error_kind == "tls"
        assert len(records.samples) == 1


def test_handshake_that_never_ends_is_a_connect_timeout() -> None:
    """A listener that accepts and stays silent."""
    with (
        serving(lambda peer: peer.wait_for_close()) as server,
        client_of(server.url.replace("http", "https"), connect_timeout_s=0.1) as (client, records),
    ):
        assert client.get("/").error_kind == "connect_timeout"
        assert records.only.blocked_s >= 0.09


def test_killed_handshake_leaves_no_socket_behind() -> None:
    """The server sees the end of the connection."""
    gone: list[bool] = []
    with (
        serving(lambda peer: gone.append(peer.wait_for_close())) as server,
        client_of(server.url.replace("http", "https")) as (client, records),
    ):
        user = gevent.spawn(client.get, "/")
        eventually(lambda: server.connections, "the connection arrives")
        user.kill()
        eventually(lambda: gone, "the server sees the connection end")
        assert records.kinds == ["interrupted"]


def test_large_bodies_cross_tls_both_ways(good: tuple[str, str]) -> None:
    """Many records in and out, with bytes waiting inside the TLS layer."""
    body = bytes(range(256)) * 8000

    def handle(peer: Peer) -> None:
        while request := peer.request():
            peer.send(reply(200, request.body))

    with (
        serving(handle, good) as server,
        client_of(server, ca_file=good[0]) as (
            client,
            records,
        ),
    ):
        for _ in range(2):
            assert client.post("/", data=body).content == body
        assert (server.connections, records.kinds) == (1, ["", ""])


def test_idle_connection_closed_by_a_tls_server_costs_nothing(good: tuple[str, str]) -> None:
    """Session tickets on an idle connection do not count as a close; the close does."""
    with (
        serving(answering(OK, repeat=False), good) as server,
        client_of(server, ca_file=good[0]) as (client, records),
    ):
        for _ in range(3):
            client.get("/")
            gevent.sleep(0.1)
        assert (server.connections, records.kinds) == (3, [""] * 3)


@pytest.mark.parametrize("way", ["close", "reset"])
def test_kept_alive_tls_connection_closed_under_a_request_is_closed_idle(
    good: tuple[str, str], way: str
) -> None:
    """The same kind as without TLS."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(OK)
        peer.request()
        if way == "reset":
            peer.reset()

    with serving(handle, good) as server, client_of(server, ca_file=good[0]) as (client, records):
        for _ in range(4):
            client.get("/")
        assert records.kinds == ["", "closed_idle"] * 2
        assert (len(server.requests), server.connections) == (4, 2)


def test_stream_over_tls_delivers_chunks_as_they_arrive(good: tuple[str, str]) -> None:
    """Two chunks half a second apart do not come together."""

    def handle(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        gevent.sleep(0.5)
        peer.send(b"1\r\nb\r\n0\r\n\r\n")

    with (
        serving(handle, good) as server,
        client_of(server, ca_file=good[0]) as (
            client,
            _,
        ),
    ):
        started = perf_counter()
        with client.stream("GET", "/") as stream:
            times, chunks = zip(*stream, strict=True)
        assert chunks == (b"a", b"b")
        assert times[1] - times[0] >= 0.25
        assert times[0] >= started


def test_users_share_one_context() -> None:
    """A context per user would cost 27 ms and 870 KB each."""
    assert tls_context(True, None) is tls_context(True, None)
    assert tls_context(True, None) is not tls_context(False, None)


def test_unreadable_ca_file_is_a_configuration_error(tmp_path: Path) -> None:
    """It is not a failed request: nothing could ever work."""
    empty = tmp_path / "ca.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(ConfigurationError, match=path.name):
            tls_context(True, str(path))


def test_transport_error_refuses_unknown_kinds() -> None:
    """Kinds are a closed set."""
    with pytest.raises(ValueError, match="is not one of"):
        TransportError("mystery", "x")


@pytest.mark.parametrize("way", ["stream", "discarded", "kept"])
def test_long_answer_may_come_in_records_of_a_few_bytes(good: tuple[str, str], way: str) -> None:
    """A server that writes size, data and line end apart sends three records a chunk: a read each."""
    count = 300

    def handle(peer: Peer) -> None:
        while peer.request() is not None:
            peer.send(HEAD)
            for _ in range(count):
                for piece in (b"6\r\n", b"data\n\n", b"\r\n"):
                    peer.send(piece)
            peer.send(END)

    with (
        serving(handle, good) as server,
        client_of(server, ca_file=good[0], max_header_bytes=4 * count) as (client, records),
    ):
        if way == "stream":
            with client.stream("GET", "/") as stream:
                assert stream.read_all() == b"data\n\n" * count
        else:
            content = client.get("/", discard_body=way == "discarded").content
            assert len(content) == (0 if way == "discarded" else 6 * count)
        assert records.kinds == [""]
