"""Digest answers: the RFC's own example, which challenge is chosen, and how a nonce is used again."""

import re
from hashlib import sha256

import pytest

from loadlib.client.digest import DigestAuth, DigestSession, DigestSessions, digest_challenges
from loadlib.client.url import Origin

MUFASA = DigestAuth("Mufasa", "Circle of Life")
EXAMPLE = {
    "realm": "http-auth@example.org",
    "qop": "auth, auth-int",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "opaque": "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
}
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
PLACE = Origin("http", "www.example.org", 80)


def field(authorization: str, name: str) -> str:
    match = re.search(rf'(?:^|[ ,]){name}="?([^",]*)', authorization)
    assert match is not None, authorization
    return match[1]


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_answer_is_that_of_the_rfc(algorithm: str, response: str) -> None:
    """RFC 7616, section 3.9.1."""
    session = DigestSession(MUFASA, {**EXAMPLE, "algorithm": algorithm}, CNONCE)
    value = session.authorization("GET", "/dir/index.html")
    assert field(value, "response") == response
    assert field(value, "nc") == "00000001"
    assert field(value, "algorithm") == algorithm
    assert field(value, "opaque") == EXAMPLE["opaque"]
    assert field(session.authorization("GET", "/dir/index.html"), "nc") == "00000002"


def test_answer_without_protection_is_that_of_the_first_rfc() -> None:
    """RFC 2069, the example of section 2.4 as corrected: no count, no client nonce."""
    challenge = {"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    session = DigestSession(DigestAuth("Mufasa", "CircleOfLife"), challenge, CNONCE)
    value = session.authorization("GET", "/dir/index.html")
    assert field(value, "response") == "1949323746fe6a43ef61f9606e7febea"
    assert "qop" not in value


@pytest.mark.parametrize("algorithm", ["MD5-sess", "sha-256-SESS"])
def test_session_algorithms_are_known(algorithm: str) -> None:
    """They differ from the plain ones, and the server's spelling is kept."""
    plain = DigestSession(MUFASA, {**EXAMPLE, "algorithm": algorithm[:-5]}, CNONCE)
    session = DigestSession(MUFASA, {**EXAMPLE, "algorithm": algorithm}, CNONCE)
    value = session.authorization("GET", "/")
    assert field(value, "algorithm") == algorithm
    assert field(value, "response") != field(plain.authorization("GET", "/"), "response")


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        (['Digest realm="a", nonce="1"'], ["1"]),
        (['Basic realm="x, y", Digest realm="a", nonce="1", qop="auth"'], ["1"]),
        (["Negotiate", 'Digest nonce=bare, realm="a"'], ["bare"]),
        (['Digest nonce="1", algorithm=SHA-512-256', 'Digest nonce="2", algorithm=SHA-256'], ["2"]),
        (['Digest nonce="1", algorithm=SHA-256, Digest nonce="2", algorithm=MD5'], ["1", "2"]),
        (['Digest nonce="1", qop="auth-int"'], []),
        (['Digest realm="a"'], []),
        (['Digest realm="quo\\"te", nonce="1"'], ["1"]),
        (["Digest"], []),
        ([], []),
    ],
)
def test_challenge_that_can_be_answered_is_found(values: list[str], chosen: list[str]) -> None:
    """Among other schemes, several headers and algorithms; the server's order is kept."""
    assert [found["nonce"] for found in digest_challenges(values)] == chosen


def test_names_are_escaped_and_those_outside_ascii_extended() -> None:
    """Sections 3.4 and 3.4.4."""
    tricky = DigestSession(DigestAuth('a"b\\c', "x"), EXAMPLE, CNONCE).authorization("GET", "/")
    assert 'username="a\\"b\\\\c"' in tricky
    extended = DigestSession(DigestAuth("Jäsøn Doe", "x"), EXAMPLE, CNONCE).authorization("GET", "/")
    assert "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe" in extended


@pytest.mark.parametrize(
    ("realm", "encoding"),
    [("Jäger ☃", "utf-8"), ("Jäger", "latin-1"), ("plain", "ascii"), ('q"\\x', "ascii")],
)
def test_realm_is_hashed_as_the_bytes_it_came_in(realm: str, encoding: str) -> None:
    """A header is read as Latin-1, whatever the server wrote; it knows its realm by its bytes."""
    raw = realm.encode(encoding)
    challenge = {"realm": raw.decode("latin-1"), "nonce": "n\xff", "algorithm": "SHA-256"}
    value = DigestSession(DigestAuth("Jäsøn", "pässword"), challenge, CNONCE).authorization("GET", "/")
    secret = sha256("Jäsøn:".encode() + raw + ":pässword".encode()).hexdigest()
    asked = sha256(b"GET:/").hexdigest()
    assert field(value, "response") == sha256(f"{secret}:n\xff:{asked}".encode("latin-1")).hexdigest()
    quoted = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    assert b'realm="%b"' % quoted in value.encode("latin-1")


def test_next_nonce_of_the_server_takes_over() -> None:
    """Section 3.5: its count begins anew."""
    sessions = DigestSessions()
    assert sessions.authorization(MUFASA, PLACE, "GET", "/") == ""
    assert sessions.take_challenge(MUFASA, PLACE, ['Digest realm="r", nonce="one", qop="auth"'])
    sessions.authorization(MUFASA, PLACE, "GET", "/")
    sessions.take_info(MUFASA, PLACE, 'rspauth="x", nextnonce="two"')
    value = sessions.authorization(MUFASA, PLACE, "GET", "/")
    assert (field(value, "nonce"), field(value, "nc")) == ("two", "00000001")


def test_challenges_are_kept_apart_by_origin_and_name() -> None:
    sessions = DigestSessions()
    sessions.take_challenge(MUFASA, PLACE, ['Digest realm="r", nonce="one"'])
    assert sessions.authorization(DigestAuth("Scar", "x"), PLACE, "GET", "/") == ""
    assert sessions.authorization(MUFASA, Origin("https", "www.example.org", 443), "GET", "/") == ""
    for number in range(100):
        sessions.take_challenge(MUFASA, Origin("http", "h", number), ['Digest realm="r", nonce="n"'])
    assert sessions.authorization(MUFASA, PLACE, "GET", "/") == ""


def test_password_is_not_shown() -> None:
    assert "Circle" not in repr(MUFASA)
