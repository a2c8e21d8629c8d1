"""TLS as the options want it: certificates presented by domain, versions and suites, keys for an analyser."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from gevent import ssl as gevent_ssl
from gevent.server import StreamServer

from loadlib.client import ClientOptions
from loadlib.client.tls import ClientCert
from loadlib.client.tls_names import openssl_name
from loadlib.errors import ConfigurationError
from tests.unit.client.support import OK, Peer, Server, client_of, make_certificate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def own(folder: Path) -> tuple[str, str]:
    return make_certificate(folder, "server", host="127.0.0.1")


@pytest.fixture(scope="module")
def client_pair(folder: Path) -> tuple[str, str]:
    return make_certificate(folder, "client", host="user.example.com")


class TlsServer(Server):
    """What a TLS server has seen of its clients."""

    def __init__(self) -> None:
        super().__init__(scheme="https")
        self.names: list[str] = []
        self.versions: list[str] = []
        self.suites: list[str] = []


@contextmanager
def tls_serving(
    own: tuple[str, str], client_ca: str = "", ciphers: str = "", **settings: Any
) -> Iterator[TlsServer]:
    """Answer one request a connection; with ``client_ca`` to clients that present one of its certificates."""
    context = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*own)
    for name, value in settings.items():
        setattr(context, name, value)
    if ciphers:
        context.set_ciphers(ciphers)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    server = TlsServer()

    def handle(sock: Any, _address: object) -> None:
        with sock:
            peer = Peer(sock, server)
            presented = sock.getpeercert() or {}
            server.names += [value for kind, value in presented.get("subjectAltName", ()) if kind == "DNS"]
            server.versions.append(sock.version())
            server.suites.append(sock.cipher()[0])
            if peer.request() is not None:
                peer.send(OK)

    listener = StreamServer(("127.0.0.1", 0), handle, ssl_context=context)
    listener.start()
    server.port = listener.server_port
    try:
        yield server
    finally:
        listener.stop(timeout=0)


def test_certificate_is_presented_to_its_domains_only(
    own: tuple[str, str], client_pair: tuple[str, str]
) -> None:
    """A server that asks for one refuses everybody else."""
    with tls_serving(own, client_ca=client_pair[0]) as server:
        theirs = ClientCert(("127.0.0.1",), *client_pair)
        with client_of(server, ca_file=own[0], client_certs=(theirs,)) as (client, _):
            assert client.get("/").ok
        assert server.names == ["user.example.com"]
        others = ClientCert(("*.example.com",), *client_pair)
        with client_of(server, ca_file=own[0], client_certs=(others,)) as (client, _):
            assert client.get("/").error_kind in ("tls", "closed", "reset")


def test_encrypted_key_needs_its_password(
    own: tuple[str, str], client_pair: tuple[str, str], folder: Path
) -> None:
    """A wrong or missing one is refused when the options are checked, and nobody is asked for it."""
    key = load_pem_private_key(Path(client_pair[1]).read_bytes(), None)
    encrypted = folder / "encrypted.key"
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"open sesame"),
        )
    )
    cert = ClientCert(("127.0.0.1",), client_pair[0], str(encrypted), "open sesame")
    assert "sesame" not in repr(cert)
    with (
        tls_serving(own, client_ca=client_pair[0]) as server,
        client_of(server, ca_file=own[0], client_certs=(cert,)) as (client, _),
    ):
        assert client.get("/").ok
    for password in ("wrong", None):
        wrong = ClientCert(("127.0.0.1",), client_pair[0], str(encrypted), password)
        with pytest.raises(ConfigurationError, match=r"client_certs .*client\.pem"):
            ClientOptions(client_certs=(wrong,)).check_tls()


@pytest.mark.parametrize(
    ("options", "version"),
    [
        ({}, "TLSv1.3"),
        ({"tls_max_version": "1.2"}, "TLSv1.2"),
        ({"tls_max_version": "tls1.2"}, "TLSv1.2"),
        ({"tls_min_version": "1.3"}, "TLSv1.3"),
    ],
)
def test_version_is_within_the_bounds(own: tuple[str, str], options: dict[str, Any], version: str) -> None:
    with tls_serving(own) as server, client_of(server, ca_file=own[0], **options) as (client, _):
        assert client.get("/").ok
        assert server.versions == [version]


def test_version_that_the_server_lacks_is_tls(own: tuple[str, str]) -> None:
    with (
        tls_serving(own, maximum_version=ssl.TLSVersion.TLSv1_2) as server,
        client_of(server, ca_file=own[0], tls_min_version="1.3") as (client, records),
    ):
        assert client.get("/").error_kind == "tls"
        assert len(records.samples) == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_old_versions_are_spoken_when_asked_for_by_name(own: tuple[str, str]) -> None:
    """Without a word the lowest is 1.2."""
    old = ssl.TLSVersion.TLSv1_1
    server_side = {"ciphers": "DEFAULT:@SECLEVEL=0", "minimum_version": old, "maximum_version": old}
    with tls_serving(own, **server_side) as server:
        with client_of(server, ca_file=own[0]) as (client, _):
            assert client.get("/").error_kind == "tls"
        with client_of(server, ca_file=own[0], tls_min_version="1.0") as (client, _):
            assert client.get("/").ok
        assert server.versions == ["TLSv1.1"]


@pytest.mark.parametrize("name", ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"])
def test_suite_is_the_one_asked_for_in_either_spelling(own: tuple[str, str], name: str) -> None:
    options = {"tls_ciphers": (name,), "tls_max_version": "1.2"}
    with tls_serving(own) as server, client_of(server, ca_file=own[0], **options) as (client, _):
        assert client.get("/").ok
        assert server.suites == ["ECDHE-ECDSA-AES128-GCM-SHA256"]


@pytest.mark.parametrize(
    ("iana", "openssl"),
    [
        ("TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"),
        ("TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"),
        ("TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"),
        ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA"),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"),
        ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"),
        ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256"),
        ("HIGH", "HIGH"),
    ],
)
def test_names_of_suites_are_translated(iana: str, openssl: str) -> None:
    assert openssl_name(iana) == openssl


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"tls_ciphers": ("ECDHE-ECDSA-AES128-GCM-SHA256", "AES-OF-THE-PAST")},
            "tls_ciphers: 'AES-OF-THE-PAST'",
        ),
        ({"tls_ciphers": ("TLS_AES_128_GCM_SHA256",)}, "those of TLS 1.3 are always offered"),
        ({"tls_min_version": "1.4"}, "tls_min_version must be one of 1.0, tls1.0, 1.1"),
        ({"tls_min_version": "1.3", "tls_max_version": "1.2"}, "tls_max_version must not be below"),
        ({"tls_max_version": "1.1"}, "tls_max_version 1.1 is below TLS 1.2: name tls_min_version as well"),
        ({"tls_max_version": "tls1.0"}, "tls_max_version tls1.0 is below TLS 1.2"),
        ({"client_certs": (ClientCert(("*",), "missing.pem"),)}, "client_certs missing.pem: No such file"),
        ({"keylog_file": "/nonexistent/keys"}, "SSLKEYLOGFILE /nonexistent/keys"),
    ],
)
def test_mistake_is_named_before_the_first_request(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        ClientOptions(**options).check_tls()


def test_session_keys_are_written_when_asked_for(own: tuple[str, str], tmp_path: Path) -> None:
    """In the format that network analysers read."""
    path = tmp_path / "keys.log"
    with tls_serving(own) as server, client_of(server, ca_file=own[0], keylog_file=str(path)) as (client, _):
        assert client.get("/").ok
    assert "CLIENT_TRAFFIC_SECRET_0" in path.read_text()
