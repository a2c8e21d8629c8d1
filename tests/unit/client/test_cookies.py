"""The cookie jar follows RFC 6265, and nothing is sent while it is empty."""

from math import inf

import pytest

from loadlib.client.cookies import CookieJar, merged_cookies, parse_set_cookie
from loadlib.client.url import parse_url
from tests.unit.client.support import answering, client_of, echo, reply, serving

HOME = parse_url("http://shop.example.com/a/b")
NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "url", "sent"),
    [
        ("a=1", "http://shop.example.com/a/x", True),
        ("a=1", "http://shop.example.com/a", True),
        ("a=1", "http://shop.example.com/ab", False),
        ("a=1", "http://shop.example.com/", False),
        ("a=1; Path=/", "http://shop.example.com/other", True),
        ("a=1; Path=/x", "http://shop.example.com/x/y", True),
        ("a=1; Path=/x", "http://shop.example.com/xy", False),
        ("a=1; Path=nonsense", "http://shop.example.com/a/x", True),
        ("a=1; Path=/", "http://www.shop.example.com/", False),
        ("a=1; Path=/; Domain=example.com", "http://www.example.com/", True),
        ("a=1; Path=/; Domain=.example.com", "http://example.com/", True),
        ("a=1; Path=/; Domain=example.com", "http://badexample.com/", False),
        ("a=1; Path=/; Secure", "http://shop.example.com/", False),
        ("a=1; Path=/; Secure", "https://shop.example.com/", True),
        ("a=1; Path=/; Max-Age=10", "http://shop.example.com/", True),
        ("a=1; Path=/; Max-Age=0", "http://shop.example.com/", False),
        ("a=1; Path=/; Max-Age=-5", "http://shop.example.com/", False),
        ("a=1; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT", "http://shop.example.com/", True),
        ("a=1; Path=/; Expires=Wed, 21-Oct-2099 07:28:00 GMT", "http://shop.example.com/", True),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://shop.example.com/", False),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9", "http://shop.example.com/", True),
        ("a=1; Path=/; Expires=nonsense", "http://shop.example.com/", True),
        ("a=1; Path=/; HttpOnly; SameSite=Lax; Unknown=x", "http://shop.example.com/", True),
    ],
)
def test_cookie_is_sent_where_its_attributes_allow(text: str, url: str, sent: bool) -> None:
    """Domain, path, scheme and age."""
    jar = CookieJar()
    jar.store(HOME, [text], NOW)
    assert jar.header(parse_url(url), NOW + 1) == ("a=1" if sent else "")


@pytest.mark.parametrize(
    "text",
    ["novalue", "=x", "", "a=1; Domain=other.com", "a=1; Domain=com", "a=\x01", "a=" + "x" * 5000],
)
def test_malformed_or_foreign_cookie_is_ignored(text: str) -> None:
    """A server cannot set a cookie for others."""
    assert parse_set_cookie(text, HOME, NOW) is None


@pytest.mark.parametrize(("domain", "accepted"), [("127.0.0.1", True), ("0.0.1", False)])
def test_address_is_its_own_domain_only(domain: str, accepted: bool) -> None:
    """No part of an address is a parent domain."""
    cookie = parse_set_cookie(f"a=1; Domain={domain}", parse_url("http://127.0.0.1/"), NOW)
    assert (cookie is not None) is accepted


def test_value_may_contain_equals_and_longer_paths_come_first() -> None:
    """Section 5.4, step 2."""
    jar = CookieJar()
    jar.store(HOME, ["a=x=y==; Path=/", "b=2; Path=/a/b", "c=3; Path=/a"], NOW)
    assert jar.header(HOME, NOW) == "b=2; c=3; a=x=y=="


def test_cookie_is_replaced_and_expires() -> None:
    """Same name, domain and path; age is looked at when sending."""
    jar = CookieJar()
    jar.store(HOME, ["a=1; Path=/; Max-Age=10"], NOW)
    jar.store(HOME, ["a=2; Path=/; Max-Age=10"], NOW)
    assert jar.header(HOME, NOW + 9) == "a=2"
    assert jar.header(HOME, NOW + 11) == ""
    assert len(jar) == 0


def test_jar_is_bounded() -> None:
    """The oldest cookies go first."""
    jar = CookieJar()
    jar.store(HOME, [f"n{number}=1; Path=/" for number in range(400)], NOW)
    assert len(jar) == 300
    assert "n399" in jar.values()


def test_session_cookie_never_expires() -> None:
    """It lasts as long as its user."""
    cookie = parse_set_cookie("a=1", HOME, NOW)
    assert cookie is not None
    assert cookie.expires_at_s == inf


def test_client_keeps_cookies_and_a_call_may_replace_them() -> None:
    """Repeated Set-Cookie headers are all taken; Cookie given by name wins."""
    first = reply(200).replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1\r\nset-cookie: b=2; Path=/\r\n\r\n", 1)
    with serving(answering(first, echo)) as server, client_of(server) as (client, _):
        assert client.get("/").cookies == {"a": "1", "b": "2"}
        assert client.get("/").json()["headers"]["cookie"] == "a=1; b=2"
        assert client.get("/", headers={"cookie": "own=3"}).json()["headers"]["cookie"] == "own=3"
        client.cookies.clear()
        assert "cookie" not in client.get("/").json()["headers"]


@pytest.mark.parametrize(
    ("given", "stored", "sent"),
    [
        ("a=1", "b=2", "a=1; b=2"),
        ("a=1; b=2", "b=3; c=4", "a=1; b=3; c=4"),
        ("a=1", "a=2", "a=2"),
        (" a=1 ;; b = 2;", "c=3", "a=1; b = 2; c=3"),
        ("a=x=y", "A=1", "a=x=y; A=1"),
    ],
)
def test_given_cookies_come_first_and_stored_ones_replace_their_names(
    given: str, stored: str, sent: str
) -> None:
    """Names are case-sensitive."""
    assert merged_cookies(given, stored) == sent


def test_cookie_among_the_default_headers_lasts_beside_the_jar() -> None:
    """A session given to the client is not lost with the first cookie a server sets; a call's own is all."""
    first = reply(200, Set_Cookie="csrf=abc; Path=/")
    with (
        serving(answering(first, echo)) as server,
        client_of(server, headers={"Cookie": "session=s; csrf=old"}) as (client, _),
    ):
        client.get("/")
        assert server.requests[0].headers["cookie"] == "session=s; csrf=old"
        assert client.get("/").json()["headers"]["cookie"] == "session=s; csrf=abc"
        assert client.get("/", headers={"cookie": "own=3"}).json()["headers"]["cookie"] == "own=3"
        assert "cookie" not in client.get("/", headers={"Cookie": None}).json()["headers"]


def test_cookie_among_the_default_headers_stays_with_the_base_url() -> None:
    """Another origin gets its own stored cookies and nothing else."""
    first = reply(200, Set_Cookie="theirs=1; Path=/")
    with (
        serving(answering(first, echo)) as other,
        client_of("http://127.0.0.1:1", headers={"Cookie": "session=s"}) as (client, _),
    ):
        client.get(other.url)
        assert client.get(other.url).json()["headers"]["cookie"] == "theirs=1"
