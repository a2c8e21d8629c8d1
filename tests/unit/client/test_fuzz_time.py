"""A head full of one character costs no more than its length: nothing looks at it again and again.

A generator is one thread: a pattern that needs the square of the length would stop all its users.
"""

from time import process_time

import pytest

from loadlib.client import DigestAuth, HttpClient
from tests.unit.client.support import answering, client_of, reply, serving

FULL_BYTES = 55_000
OK_RATIO = 300
"""The dearest costs some 40 times the plain head; what needs the square costs 100,000 times as much."""

# header, what its value begins with, what it is filled with
VALUES: dict[str, tuple[str, str, str]] = {
    "location-word": ("Location", "/", "a"),
    "location-slashes": ("Location", "/a", "/"),
    "location-dots": ("Location", "/", "../"),
    "location-digits": ("Location", "/", "1"),
    "location-ids": ("Location", "/", "12345678-1234-1234-1234-123456789012/"),
    "location-escapes": ("Location", "/", "%41"),
    "location-beyond-ascii": ("Location", "/", "\xe9"),
    "location-query": ("Location", "?", "a=b&"),
    "location-user": ("Location", "http://", "a@"),
    "location-ports": ("Location", "http://", ":"),
    "location-schemes": ("Location", "http:", "//"),
    "charset": ("Content-Type", "text/html; charset=", "a"),
    "charsets": ("Content-Type", "", "charset="),
    "codings": ("Content-Encoding", "", "a,"),
    "no-codings": ("Content-Encoding", "", ","),
    "options": ("Connection", "", "a,"),
    "cookie-attributes": ("Set-Cookie", "", "a=b;"),
    "cookie-date": ("Set-Cookie", "a=b; expires=", "1-Jan-"),
    "challenge-word": ("WWW-Authenticate", "Digest ", "a"),
    "challenge-words": ("WWW-Authenticate", "Digest ", "a "),
    "challenge-hyphens": ("WWW-Authenticate", "Digest ", "a-"),
    "challenge-spaces": ("WWW-Authenticate", "Digest a", " "),
    "challenge-quote": ("WWW-Authenticate", 'Digest nonce="', "\\a"),
    "challenge-parameters": ("WWW-Authenticate", "Digest ", "a=b,"),
}


def spent_s(client: HttpClient) -> float:
    """Return the CPU time of a request whose answer is looked at from all sides, the least of three."""
    times = []
    for _ in range(3):
        started_s = process_time()
        response = client.get("/", auth=DigestAuth("user", "fake"))
        assert response.headers
        assert response.text is not None
        assert response.cookies is not None
        times.append(process_time() - started_s)
    return min(times)


@pytest.mark.parametrize("case", VALUES)
def test_time_of_a_full_head_grows_with_its_length(case: str) -> None:
    """Measured against a head of the same length that says nothing."""
    name, begin, unit = VALUES[case]
    value = begin + unit * (FULL_BYTES // len(unit))
    status = {"Location": 302, "WWW-Authenticate": 401}.get(name, 200)
    hostile = reply(status, b"{}", **{name.replace("-", "_"): value})
    with (
        serving(answering(reply(200, b"{}", X="y" * FULL_BYTES))) as server,
        client_of(server) as (client, _),
    ):
        plain_s = spent_s(client)
    with serving(answering(hostile)) as server, client_of(server, max_redirects=1) as (client, _):
        assert spent_s(client) < OK_RATIO * plain_s
