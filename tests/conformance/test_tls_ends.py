"""How TLS ends (RFC 9112 section 9.8): a body that only its end delimits needs the server's word for it.

Without a closure alert anybody between the two can cut such a body short. A body with a length or chunks of
its own says itself whether it is whole.
"""

import ssl
from collections.abc import Callable
from typing import Any

import pytest

from loadlib.client import TransportError
from tests.conformance.certificates import new_root
from tests.conformance.tls_server import server_context, tls_server
from tests.unit.client.support import client_of

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = HEAD + b"Content-Length: 5\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
End = Callable[[Any], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return new_root("own", "IP:127.0.0.1").write(tmp_path_factory.mktemp("certificates"))


def with_alert(sock: Any) -> None:
    """Say that nothing more comes, and close."""
    try:
        sock.unwrap()
    finally:
        sock.close()


def without_alert(sock: Any) -> None:
    """Close the TCP connection and say nothing."""
    sock.close()


CASES = [
    pytest.param(HEAD + b"\r\nhello", with_alert, "", b"hello", id="to-the-end"),
    pytest.param(HEAD + b"\r\n", with_alert, "", b"", id="to-the-end-empty"),
    pytest.param(HEAD + b"\r\nhello", without_alert, "truncated", b"", id="to-the-end-cut"),
    pytest.param(HEAD + b"\r\n", without_alert, "truncated", b"", id="to-the-end-empty-cut"),
    pytest.param(LENGTH + b"hello", with_alert, "", b"hello", id="length"),
    pytest.param(LENGTH + b"hello", without_alert, "", b"hello", id="length-and-no-alert"),
    pytest.param(LENGTH + b"hell", with_alert, "truncated", b"", id="length-short"),
    pytest.param(LENGTH + b"hell", without_alert, "truncated", b"", id="length-cut"),
    pytest.param(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", without_alert, "", b"hello", id="chunks-and-no-alert"),
    pytest.param(CHUNKED + b"5\r\nhello\r\n", with_alert, "truncated", b"", id="chunks-short"),
    pytest.param(CHUNKED + b"5\r\nhello\r\n", without_alert, "truncated", b"", id="chunks-cut"),
    pytest.param(HEAD + b"Content-Le", with_alert, "truncated", b"", id="head-short"),
    pytest.param(HEAD + b"Content-Le", without_alert, "truncated", b"", id="head-cut"),
    pytest.param(b"", with_alert, "closed", b"", id="nothing"),
    pytest.param(b"", without_alert, "closed", b"", id="nothing-and-no-alert"),
]
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def ending(raw: bytes, end: End) -> End:
    """Return an answer of these bytes and this end."""

    def answer(sock: Any) -> None:
        if raw:
            sock.sendall(raw)
        end(sock)

    return answer


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("raw", "end", "kind", "body"), CASES)
def test_answer_is_whole_only_if_its_framing_or_the_closure_alert_says_so(
    raw: bytes, end: End, kind: str, body: bytes, version: ssl.TLSVersion, certificate: tuple[str, str]
) -> None:
    """The same by request and by stream."""
    context = server_context(certificate, minimum_version=version, maximum_version=version)
    with tls_server(context, ending(raw, end)) as (server, _):
        with client_of(server, ca_file=certificate[0]) as (client, records):
            response = client.get("/")
            assert (response.error_kind, response.content) == (kind, body), response.error
        with client_of(server, ca_file=certificate[0]) as (client, records):
            with client.stream("GET", "/") as stream:
                try:
                    assert stream.read_all() == body
                except TransportError as error:
                    assert error.kind == kind  # noqa: PT017 - whether it is raised depends on the case
            assert records.only.error_kind == kind
