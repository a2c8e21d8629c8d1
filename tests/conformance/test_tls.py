"""Bad certificates, bad handshakes and bad ends of TLS: each its own named failure, no request given away.

Certificates are made on the spot. Revocation is not looked at: like k6, the client asks no revocation list
and no responder.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

from tests.conformance.certificates import Identity, new_root
from tests.conformance.tls_server import Seen, server_context, tls_server
from tests.unit.client.support import Peer, Server, client_of, eventually, serving

HOST = "127.0.0.1"
NAMES = ("example.com", "a.example.com", "a.b.example.com", "foo.example.com")
Make = Callable[["Authorities"], Identity]


@dataclass(frozen=True)
class Authorities:
    """Who signs: a root that the client trusts, an authority below it, and a root it does not know."""

    root: Identity
    middle: Identity
    stranger: Identity


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def signed_by() -> Authorities:
    root = new_root()
    middle = root.issue(common_name="middle", authority=True)
    return Authorities(root, middle, new_root("stranger"))


@pytest.fixture(scope="module")
def ca_file(folder: Path, signed_by: Authorities) -> str:
    path = folder / "trusted.pem"
    path.write_text(signed_by.root.pem)
    return str(path)


@pytest.fixture(scope="module")
def good(folder: Path, signed_by: Authorities) -> tuple[str, str]:
    return signed_by.root.issue(f"IP:{HOST}").write(folder)


def assert_refused(server: Server, seen: Seen, kind: str, words: str, **options: Any) -> None:
    """One failed sample of ``kind`` whose text holds ``words``; the server decrypts not a byte."""
    with client_of(server, **options) as (client, records):
        response = client.post("/", data=b"secret", headers={"Authorization": "Bearer fake-token"})
        assert (response.status_code, response.error_kind) == (0, kind), response.error
        assert words in records.only.error.lower().replace("_", " ").replace("-", " ")
        assert records.only.request_bytes == 0
    eventually(lambda: seen.over, "the server is done with the connection")
    assert seen.data == b""


def signed_with_sha1(root: Identity) -> Identity:
    """Return a certificate with a SHA-1 signature, by an authority with an RSA key."""
    authority = root.issue(authority=True, rsa_bits=2048, common_name="rsa")
    return authority.issue(f"IP:{HOST}").signed_with_sha1(authority)


REFUSED: dict[str, tuple[Make, str]] = {
    "expired": (lambda by: by.root.issue(f"IP:{HOST}", days=(-10, -1)), "expired"),
    "expired-a-minute-ago": (lambda by: by.root.issue(f"IP:{HOST}", days=(-10, -1 / 1440)), "expired"),
    "not-yet-valid": (lambda by: by.root.issue(f"IP:{HOST}", days=(1, 10)), "not yet valid"),
    "wrong-address": (lambda by: by.root.issue("IP:127.0.0.2"), "mismatch"),
    "wrong-name": (lambda by: by.root.issue("example.com"), "mismatch"),
    "address-as-a-name": (lambda by: by.root.issue(HOST), "mismatch"),
    "address-behind-a-wildcard": (lambda by: by.root.issue("*.0.0.1"), "mismatch"),
    "address-as-common-name": (lambda by: by.root.issue(common_name=HOST), "mismatch"),
    "self-signed": (lambda _by: new_root("tests", f"IP:{HOST}", authority=False), "self signed"),
    "unknown-root": (lambda by: by.stranger.issue(f"IP:{HOST}"), "unable to get local issuer"),
    "namesake-of-the-root": (lambda _by: new_root().issue(f"IP:{HOST}"), "signature failure"),
    "expired-authority": (
        lambda by: by.root.issue(authority=True, days=(-10, -1)).issue(f"IP:{HOST}"),
        "expired",
    ),
    "signed-by-no-authority": (lambda by: by.root.issue("example.com").issue(f"IP:{HOST}"), "invalid ca"),
    "path-too-long": (
        lambda by: by.root.issue(authority=True, path_length=0).issue(authority=True).issue(f"IP:{HOST}"),
        "path length",
    ),
    "for-clients-only": (
        lambda by: by.root.issue(f"IP:{HOST}", usage=[Usage.CLIENT_AUTH]),
        "certificate purpose",
    ),
    "rsa-1024": (lambda by: by.root.issue(f"IP:{HOST}", rsa_bits=1024), "key too weak"),
    "rsa-1024-authority": (
        lambda by: by.root.issue(authority=True, rsa_bits=1024).issue(f"IP:{HOST}"),
        "key too weak",
    ),
    "sha-1": (lambda by: signed_with_sha1(by.root), "digest algorithm too weak"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_certificate_is_tls_verify_and_the_request_stays_at_home(
    case: str, folder: Path, signed_by: Authorities, ca_file: str
) -> None:
    """Named by its reason, before a byte of the request is written."""
    make, words = REFUSED[case]
    context = server_context(make(signed_by).write(folder))
    with tls_server(context) as (server, seen):
        assert_refused(server, seen, "tls_verify", words, ca_file=ca_file)


def test_chain_without_its_middle_is_tls_verify(folder: Path, signed_by: Authorities, ca_file: str) -> None:
    """A server that forgets to send the authority in between, which browsers may hide by fetching it."""
    certificate = signed_by.middle.issue(f"IP:{HOST}").write(folder, chain=False)
    with tls_server(server_context(certificate)) as (server, seen):
        assert_refused(server, seen, "tls_verify", "unable to get local issuer", ca_file=ca_file)


@pytest.mark.parametrize(
    "make",
    [
        lambda by: by.root.issue(f"IP:{HOST}"),
        lambda by: by.middle.issue(f"IP:{HOST}"),
        lambda by: by.root.issue("example.com", f"IP:{HOST}", rsa_bits=2048),
        lambda by: by.root.issue(f"IP:{HOST}", usage=[Usage.CLIENT_AUTH, Usage.SERVER_AUTH]),
    ],
    ids=["root", "chain", "several-names-rsa-2048", "both-usages"],
)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_good_certificate_is_accepted(
    make: Make, version: ssl.TLSVersion, folder: Path, signed_by: Authorities, ca_file: str
) -> None:
    """The same servers with nothing wrong about them get the request: the refusals above are no accident."""
    context = server_context(make(signed_by).write(folder), minimum_version=version, maximum_version=version)
    with tls_server(context) as (server, seen), client_of(server, ca_file=ca_file) as (client, _):
        assert client.post("/", data=b"secret").content == b"ok"
        assert seen.data.endswith(b"secret")


@pytest.mark.parametrize(
    ("name", "host", "kind"),
    [
        ("a.example.com", "a.example.com", ""),
        ("A.EXAMPLE.com", "a.example.com", ""),
        ("*.example.com", "a.example.com", ""),
        ("*.example.com", "a.b.example.com", "tls_verify"),
        ("*.example.com", "example.com", "tls_verify"),
        ("*.b.example.com", "a.b.example.com", ""),
        ("*.*.example.com", "a.b.example.com", "tls_verify"),
        ("a.*.example.com", "a.b.example.com", "tls_verify"),
        ("example.com", "a.example.com", "tls_verify"),
        (".example.com", "a.example.com", "tls_verify"),
        ("*", "example.com", "tls_verify"),
    ],
)
def test_wildcard_stands_for_one_whole_label_on_the_left(
    name: str, host: str, kind: str, folder: Path, signed_by: Authorities, ca_file: str
) -> None:
    """RFC 6125 section 6.4.3; the Host header and the check go by the name, wherever it leads."""
    context = server_context(signed_by.root.issue(name).write(folder))
    hosts = dict.fromkeys(NAMES, HOST)
    with tls_server(context) as (server, seen):
        url = f"https://{host}:{server.port}"
        with client_of(url, ca_file=ca_file, hosts=hosts) as (client, records):
            assert client.get("/").error_kind == kind, records.only.error
        eventually(lambda: seen.over, "the server is done with the connection")
        assert seen.data.startswith(b"GET / ") == (not kind)


def client_certificate_wanted(version: ssl.TLSVersion) -> dict[str, Any]:
    """Return the wishes of a server that turns clients without a certificate away."""
    return {"verify_mode": ssl.CERT_REQUIRED, "minimum_version": version, "maximum_version": version}


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"minimum_version": ssl.TLSVersion.TLSv1, "maximum_version": ssl.TLSVersion.TLSv1}, "version"),
        ({"minimum_version": ssl.TLSVersion.TLSv1, "maximum_version": ssl.TLSVersion.TLSv1_1}, "version"),
        (
            {"maximum_version": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-AES256-SHA"},
            "handshake failure",
        ),
        (client_certificate_wanted(ssl.TLSVersion.TLSv1_2), "handshake failure"),
    ],
    ids=["tls-1.0-only", "tls-1.1-only", "no-common-cipher", "client-certificate-wanted"],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_handshake_without_agreement_is_tls(
    wishes: dict[str, Any], words: str, good: tuple[str, str], ca_file: str
) -> None:
    """The server's refusal is repeated in the failure."""
    with tls_server(server_context(good, **wishes)) as (server, seen):
        assert_refused(server, seen, "tls", words, ca_file=ca_file)


def test_client_certificate_wanted_after_the_handshake_is_tls(good: tuple[str, str], ca_file: str) -> None:
    """TLS 1.3 tells the client only after it has sent its request, which the server then does not read."""
    context = server_context(good, **client_certificate_wanted(ssl.TLSVersion.TLSv1_3))
    with tls_server(context) as (server, seen), client_of(server, ca_file=ca_file) as (client, records):
        assert client.get("/").error_kind == "tls"
        assert "certificate" in records.only.error.lower()
        eventually(lambda: seen.over, "the server is done with the connection")
        assert seen.data == b""


def hang_up(peer: Peer) -> None:
    """Read the client's greeting and close."""
    peer.sock.recv(4096)


def hang_up_halfway(peer: Peer) -> None:
    """Begin a record and close in the middle of it."""
    peer.sock.recv(4096)
    peer.send(b"\x16\x03\x03\x00\x7a\x02\x00")


def reset(peer: Peer) -> None:
    peer.sock.recv(4096)
    peer.reset()


def speak_http(peer: Peer) -> None:
    peer.sock.recv(4096)
    peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    peer.wait_for_close()


def speak_rubbish(peer: Peer) -> None:
    peer.sock.recv(4096)
    peer.send(bytes(range(256)))
    peer.wait_for_close()


@pytest.mark.parametrize("handler", [hang_up, hang_up_halfway, reset, speak_http, speak_rubbish])
def test_peer_that_breaks_the_handshake_is_tls(handler: Callable[[Peer], None]) -> None:
    """Whatever it says instead of TLS, or if it says nothing more."""
    with serving(handler) as server:
        server.scheme = "https"
        with client_of(server) as (client, records):
            assert client.get("/").error_kind == "tls"
            assert records.only.request_bytes == 0


@pytest.mark.parametrize("begun", [b"", b"\x16\x03\x03\x00\x7a\x02\x00"], ids=["silent", "begun"])
def test_handshake_that_hangs_ends_at_the_connect_timeout(begun: bytes) -> None:
    """A peer that goes quiet before or within its greeting costs no more than the limit."""

    def handle(peer: Peer) -> None:
        peer.send(begun)
        peer.wait_for_close()

    with serving(handle) as server:
        server.scheme = "https"
        with client_of(server, connect_timeout_s=0.2) as (client, records):
            assert client.get("/").error_kind == "connect_timeout"
            assert records.only.blocked_s >= 0.19
            assert records.only.request_bytes == 0


def test_tls_server_asked_without_tls_is_bad_response(good: tuple[str, str]) -> None:
    """Its alert is no HTTP; a server that translates it into a 400 would be read as one."""
    with tls_server(server_context(good)) as (server, seen):
        with client_of(server.url.replace("https", "http")) as (client, _):
            assert client.get("/").error_kind in {"bad_response", "closed", "reset"}
        assert seen.data == b""
