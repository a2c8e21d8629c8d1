"""Which version is spoken: asked for by name or agreed on in TLS, and never another than was asked for."""

import subprocess
import sys
from pathlib import Path

import gevent
import pytest

from loadlib.client import ClientOptions
from loadlib.client.http2.negotiation import NegotiatedPool
from loadlib.client.proxies import environment_proxies
from loadlib.errors import ConfigurationError
from tests.unit.client.http2.peer import answering_h2, serving_bytes, serving_h2
from tests.unit.client.support import OK, answering, client_of, make_certificate, serving


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "server", host="127.0.0.1")


@pytest.mark.parametrize("version", ["auto", "2"])
def test_tls_agrees_on_http2_where_the_server_offers_it(certificate: tuple[str, str], version: str) -> None:
    with (
        serving_h2(answering_h2(), certificate) as server,
        client_of(server.url, http_version=version, ca_file=certificate[0]) as (client, records),
    ):
        for _ in range(3):
            assert client.get("/").http_version == "HTTP/2"
        assert (server.connections, records.kinds) == (1, [""] * 3)
        assert [sample.tls_s > 0 for sample in records.samples] == [True, False, False]
        assert records.samples[0].blocked_s >= records.samples[0].connecting_s + records.samples[0].tls_s
        assert {dict(sample.tags)["proto"] for sample in records.samples} == {"HTTP/2"}


def test_large_bodies_pass_through_tls(certificate: tuple[str, str]) -> None:
    with (
        serving_h2(answering_h2(bytes(3 << 20)), certificate) as server,
        client_of(server.url, http_version="auto", ca_file=certificate[0]) as (client, records),
    ):
        users = [gevent.spawn(client.post, "/", data=bytes(1 << 20)) for _ in range(4)]
        gevent.joinall(users, raise_error=True)
        assert [len(user.value.content) for user in users] == [3 << 20] * 4
        assert [len(asked.body) for asked in server.requests] == [1 << 20] * 4
        assert records.kinds == [""] * 4


def test_auto_speaks_http_1_1_where_tls_agrees_on_that(certificate: tuple[str, str]) -> None:
    """The connection of the first handshake is used, and later requests know."""
    with (
        serving(answering(OK), certificate) as server,
        client_of(server, http_version="auto", ca_file=certificate[0]) as (client, records),
    ):
        for _ in range(3):
            assert client.get("/").http_version == "HTTP/1.1"
        assert (server.connections, client.connections_opened, records.kinds) == (1, 1, [""] * 3)
        assert [sample.tls_s > 0 for sample in records.samples] == [True, False, False]
        assert {dict(sample.tags)["proto"] for sample in records.samples} == {"HTTP/1.1"}


def test_auto_has_several_connections_of_http_1_1(certificate: tuple[str, str]) -> None:
    """The first request finds out; those that waited for it go on as HTTP/1.1 does."""

    def slow(peer: object) -> None:
        gevent.sleep(0.02)
        answering(OK)(peer)  # type: ignore[arg-type]

    with (
        serving(slow, certificate) as server,
        client_of(server, http_version="auto", ca_file=certificate[0]) as (client, records),
    ):
        gevent.joinall([gevent.spawn(client.get, "/") for _ in range(6)], raise_error=True)
        assert records.kinds == [""] * 6
        assert 1 < server.connections <= 6


def test_auto_is_http_1_1_over_plain_http() -> None:
    with serving(answering(OK)) as server, client_of(server, http_version="auto") as (client, _):
        assert client.get("/").http_version == "HTTP/1.1"
        assert server.requests[0].line == "GET / HTTP/1.1"


def test_2_fails_by_name_where_tls_does_not_agree_on_it(certificate: tuple[str, str]) -> None:
    with (
        serving(answering(OK), certificate) as server,
        client_of(server, http_version="2", ca_file=certificate[0]) as (client, _),
    ):
        response = client.get("/")
        assert (response.error_kind, response.http_version, server.requests) == ("http2_refused", "", [])


@pytest.mark.parametrize("hangs_up", [True, False])
def test_2_fails_by_name_where_plain_http_is_another_version(hangs_up: bool) -> None:
    """Such a server answers the preface with an error of HTTP/1.1, and may then wait."""

    def talk(sock: object, _server: object) -> None:
        sock.recv(65536)  # type: ignore[attr-defined]
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]
        while not hangs_up and sock.recv(65536):  # type: ignore[attr-defined]
            pass

    with serving_bytes(talk) as server, client_of(server.url, http_version="2") as (client, _):
        assert client.get("/").error_kind == "http2_refused"


def test_plain_http2_does_not_pass_a_proxy_that_forwards() -> None:
    """It would be told HTTP/2 on a connection of HTTP/1.1."""
    proxies = environment_proxies({"http_proxy": "http://127.0.0.1:1"})
    with client_of("http://example.com", http_version="2", proxies=proxies) as (client, _):
        assert client.get("/").error_kind == "http2_refused"


def test_client_of_http_1_1_never_offers_http2(certificate: tuple[str, str]) -> None:
    """The default: TLS offers HTTP/1.1 alone, and samples have no tag for it."""
    with (
        serving(answering(OK), certificate) as server,
        client_of(server, ca_file=certificate[0]) as (client, records),
    ):
        assert client.get("/").http_version == "HTTP/1.1"
        assert records.only.tags == ()
        assert not any(isinstance(pool, NegotiatedPool) for pool in client._sender._pools.values())


def test_bad_version_is_a_mistake_of_configuration() -> None:
    with pytest.raises(ConfigurationError, match=r"http_version must be one of 1\.1, auto, 2, not '3'"):
        ClientOptions(http_version="3")  # type: ignore[arg-type]


def test_without_the_extra_http2_is_a_mistake_that_says_how_to_get_it(tmp_path: Path) -> None:
    """And HTTP/1.1 needs none of it."""
    code = """
import sys
sys.modules["hpack"] = None
from loadlib.client import ClientOptions
from loadlib.errors import ConfigurationError
import loadlib.client
ClientOptions()
for version in ("auto", "2"):
    try:
        ClientOptions(http_version=version)
    except ConfigurationError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all("pip install loadlib[http2]" in line for line in lines)
