"""Locations and cookies as no sane server sends them: followed, refused by name or ignored, never raised."""

from dataclasses import dataclass
from math import isnan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loadlib.client import ERROR_KINDS, TransportError
from loadlib.client.cookies import CookieJar, parse_set_cookie
from loadlib.client.headers import encode_lines
from loadlib.client.plan import plan_for, site_for
from loadlib.client.redirects import Outgoing, redirected
from loadlib.client.url import parse_url
from tests.unit.client.fuzzing import repeatable
from tests.unit.client.support import Request, answering, client_of, reply, serving

NOW_AT_S = 1_700_000_000.0
HERE = parse_url("http://a.example.com:8080/dir/page?q=1")
SITE = site_for("http://a.example.com:8080", "")

BYTES = st.characters(codec="latin-1", exclude_characters="\r\n\0")
URL_PARTS = st.sampled_from(
    [
        *[
            "http://",
            "https://",
            "//",
            "/",
            "\\",
            ":",
            "@",
            "?",
            "#",
            "..",
            ".",
            "%",
            "%00",
            "%zz",
            " ",
            "\t",
        ],
        *[
            "127.0.0.1",
            "[::1]",
            "[::1",
            "[fe80::1%25eth0]",
            "example.com",
            "EXAMPLE.com",
            "a" * 70,
            "\xe9",
            "\xff",
        ],
        *[
            ":80",
            ":0",
            ":99999",
            ":-1",
            ":8080",
            ":\xb2",
            "user:pass@",
            "javascript:",
            "data:,x",
            "http:",
            "x=y&z",
        ],
    ]
)
LOCATIONS = st.one_of(st.text(BYTES, max_size=60), st.lists(URL_PARTS, max_size=8).map("".join))
DATES = st.sampled_from(
    [
        *[
            "Wed, 21 Oct 2099 07:28:00 GMT",
            "Wed, 21-Oct-99 07:28:00 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "0",
            "",
        ],
        *[
            "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
            "Wed, 99 Foo 2099 99:99:99 XYZ",
            "never",
            "1" * 400,
        ],
        *[
            "Mon, 01 Jan 0001 00:00:00 +2359",
            "Fri, 31 Dec 9999 23:59:59 -2359",
            "Wed, 21 Oct 2099 07:28:00 +9999999",
        ],
        *[
            "Wed, 21 Oct 2099 9999999999999:28:00 GMT",
            "1 1 1 1 1 1",
            "21 Oct",
            ",",
            "Oct 21 2099",
            "-1-Jan-2099",
        ],
    ]
)
AGES = st.sampled_from(["0", "-1", "60", "9" * 400, "-" + "9" * 400, "1e9", "+5", " 7 ", "", "\xb2", "0x10"])
ATTRIBUTES = st.one_of(
    DATES.map(lambda value: f"Expires={value}"),
    AGES.map(lambda value: f"Max-Age={value}"),
    st.sampled_from(
        [
            *[
                "Path=/",
                "Path=",
                "Path=x",
                "Path=/dir",
                "Secure",
                "HttpOnly",
                "SameSite=None",
                "=",
                "",
                "Priority",
            ],
            *["Domain=example.com", "Domain=.example.com", "Domain=com", "Domain=..", "Domain=b.example.com"],
            *["Domain=\xe9", "domain=A.EXAMPLE.COM", "path=/\xff", "SECURE=1", "Max-Age"],
        ]
    ),
    st.text(BYTES, max_size=20),
)
COOKIES = st.builds(
    lambda first, attributes: ";".join([first, *attributes]),
    st.one_of(
        st.text(BYTES, max_size=30), st.sampled_from(["a=b", "a=", "=b", "=", "a", "", 'a="b;c"', "a=b=c"])
    ),
    st.lists(ATTRIBUTES, max_size=5),
)


@dataclass
class Asked:
    """What a redirect asks for, as far as it can be asked for."""

    line: bytes
    kind: str = ""


def asked(location: str) -> Asked:
    """Follow a location up to the bytes that would be sent; nothing is."""
    request = Outgoing("GET", "/dir/page", {"Authorization": "Bearer fake"}, b"", "")
    try:
        following = redirected(request, HERE, 302, location)
        plan = plan_for(SITE, following.method, following.url, None)
    except TransportError as error:
        return Asked(b"", error.kind)
    if plan.target.origin != HERE.origin:
        assert following.headers == {}
    return Asked(plan.request_line)


@repeatable(400)
@given(LOCATIONS)
@example("http://a.example.com:8080/caf\xe9")
def test_location_is_a_request_line_or_bad_url(location: str) -> None:
    """A request line is one line of visible ASCII in three parts; credentials stay at their origin."""
    result = asked(location)
    if result.kind:
        assert result.kind == "bad_url"
        return
    assert result.line.endswith(b"\r\n")
    assert all(0x20 <= byte < 0x7F for byte in result.line[:-2])
    assert result.line.count(b" ") == 2


@repeatable(800)
@given(st.lists(COOKIES, max_size=6))
def test_set_cookie_is_stored_or_ignored_and_what_is_stored_can_be_sent(values: list[str]) -> None:
    """The Cookie line is a valid header line, and no time is nonsense."""
    jar = CookieJar()
    jar.store(HERE, values, NOW_AT_S)
    line = jar.header(HERE, NOW_AT_S)
    encode_lines([f"Cookie: {line}"])
    assert len(jar) <= len(values)
    for value in values:
        cookie = parse_set_cookie(value, HERE, NOW_AT_S)
        assert cookie is None or (cookie.name and not isnan(cookie.expires_at_s))


@repeatable(40)
@given(st.lists(COOKIES, max_size=6))
def test_request_survives_any_cookies(values: list[str]) -> None:
    """Through a server: both requests are answered, and the second says nothing that is no header."""
    fields = b"".join(
        b"Set-Cookie: " + value.encode("latin-1") + b"\r\n" for value in values if value.isprintable()
    )
    raw = b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 0\r\n\r\n"
    with serving(answering(raw)) as server, client_of(server) as (client, records):
        assert client.get("/").ok
        assert client.get("/").ok
        assert len(server.requests) == len(records.samples) == 2


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("http://[", "bad_url"),
        ("http://127.0.0.1:99999/", "bad_url"),
        ("ftp://127.0.0.1/", "bad_url"),
        ("javascript:alert(1)", "bad_url"),
        ("http:///path", "bad_url"),
        ("http://" + "a" * 70 + "/", "dns"),
        ("http://127.0.0.1:1/", "connect_refused"),
        ("/", "too_many_redirects"),
    ],
)
def test_redirect_to_nowhere_is_a_named_failure(location: str, kind: str) -> None:
    """The redirects that were followed are samples of their own."""
    with serving(answering(reply(302, Location=location))) as server, client_of(server) as (client, records):
        assert client.get("/").error_kind == kind
        assert records.kinds[-1] == kind
        assert set(records.kinds[:-1]) <= {""}
        assert kind in ERROR_KINDS


def test_location_in_utf_8_is_followed_byte_by_byte() -> None:
    """Servers send the bytes they mean, unescaped; each is escaped as it is, as browsers do."""

    def answer(request: Request) -> bytes:
        return (
            reply(200)
            if request.path != "/"
            else b"HTTP/1.1 302 X\r\nLocation: /caf\xc3\xa9?\xc3\xbc=1" + END
        )

    with serving(answering(answer)) as server, client_of(server) as (client, _):
        assert client.get("/").status_code == 200
        assert server.requests[-1].path == "/caf%C3%A9?%C3%BC=1"


END = b"\r\nContent-Length: 0\r\n\r\n"
