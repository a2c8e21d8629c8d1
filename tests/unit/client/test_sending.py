"""What goes out: names, headers, bodies, credentials; and what never does."""

import pytest

from loadlib.client import ClientOptions, HttpClient
from loadlib.client.url import parse_url, with_params
from loadlib.errors import ConfigurationError
from tests.unit.client.support import OK, Peer, Records, answering, client_of, echo, reply, serving


@pytest.mark.parametrize(
    ("base", "url", "path"),
    [
        ("", "/a", "/a"),
        ("", "a", "/a"),
        ("", "", "/"),
        ("/", "/a", "/a"),
        ("/api", "/a", "/api/a"),
        ("/api/", "a?x=1", "/api/a?x=1"),
        ("", "/a b/ü?q=ä", "/a%20b/%C3%BC?q=%C3%A4"),
        ("", "/a%20b", "/a%20b"),
        ("", "/a#part", "/a"),
        ("", "/a?b=c:d/e,f", "/a?b=c:d/e,f"),
        ("", "//double", "//double"),
    ],
)
def test_url_is_joined_to_the_base_and_encoded(base: str, url: str, path: str) -> None:
    """The request line is ASCII, whatever the scenario writes."""
    with serving(answering(echo)) as server, client_of(server.url + base) as (client, _):
        assert client.get(url).json()["line"] == f"GET {path} HTTP/1.1"


@pytest.mark.parametrize(
    "url",
    ["/a\r\nX-Evil: 1", "/a\nb", "/\x00", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:0x1/", "http://[::1/",
     "http://127.0.0.1:70000/", "http://bad host/", "https://\u2100.example/"],
)  # fmt: skip
def test_bad_url_is_a_failed_sample_and_nothing_is_sent(url: str) -> None:
    """A URL made of data never ends the scenario and never smuggles a header."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        response = client.get(url)
        assert (response.status_code, response.error_kind) == (0, "bad_url")
        assert (server.connections, records.only.request_bytes) == (0, 0)
        stream = client.stream("GET", url)
        stream.finish()
        assert records.kinds == ["bad_url", "bad_url"]


@pytest.mark.parametrize("base", ["127.0.0.1", "ftp://127.0.0.1", "http://", ""])
def test_bad_base_url_is_a_configuration_error(base: str) -> None:
    """Nothing could ever be sent, so the run must not start."""
    with pytest.raises(ConfigurationError, match="base URL"):
        HttpClient(base, recorder=Records())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-B: b"),
        ("X-A", "a\nb"),
        ("X-A", "a\x00"),
        ("X-A", "\u20ac"),
        ("X A", "a"),
        ("X-A:", "a"),
        ("", "a"),
        ("X\r\n", "a"),
        ("Content-Length", "5"),
        ("transfer-encoding", "chunked"),
    ],
)
def test_header_that_could_smuggle_is_refused(name: str, value: str) -> None:
    """A ValueError before anything is sent or recorded, for calls and defaults; the value is not repeated."""
    with serving(answering(OK)) as server, client_of(server) as (client, records):
        with pytest.raises(ValueError, match=r"header|body"):
            client.get("/", headers={name: value})
        with pytest.raises(ValueError, match=r"header|body"):
            client.headers[name] = value
        with pytest.raises(ValueError, match=r"header|body"):
            client.stream("GET", "/", headers={name: value})
        assert (server.connections, records.samples) == (0, [])
        assert client.get("/").ok


def test_credential_with_a_line_break_is_refused_without_being_shown() -> None:
    """A token read from a file with its newline does not end up in a log."""
    with (
        serving(answering(OK)) as server,
        client_of(server, authorize=lambda: "Bearer s3cr\net") as (client, _),
    ):
        with pytest.raises(ValueError, match="CR, LF or NUL") as caught:
            client.get("/")
        assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize("method", ["get", "GE T", "", "GET\r\n"])
def test_method_must_be_a_word(method: str) -> None:
    """The request line cannot be broken."""
    with client_of("http://127.0.0.1:1") as (client, records), pytest.raises(ValueError, match="HTTP method"):
        client.request(method, "/")
    assert records.samples == []


def test_headers_of_the_call_replace_defaults_whatever_their_case() -> None:
    """None leaves a default out; each header is sent once."""
    with (
        serving(answering(echo)) as server,
        client_of(server, headers={"X-A": "1", "X-B": "2"}, user_agent="agent") as (client, _),
    ):
        sent = client.get("/", headers={"x-a": "own", "X-B": None, "HOST": "other.example.com"}).json()[
            "headers"
        ]
        assert (sent["x-a"], sent["host"], sent["user-agent"]) == ("own", "other.example.com", "agent")
        assert "x-b" not in sent
        client.headers["X-A"] = "changed"
        del client.headers["x-b"]
        sent = client.get("/").json()["headers"]
        assert (sent["x-a"], "x-b" in sent) == ("changed", False)
        assert dict(client.headers) == {"User-Agent": "agent", "X-A": "changed"}


@pytest.mark.parametrize(
    ("defaults", "own", "sent"),
    [
        ({}, {"Content-Type": "a/b"}, ["Content-Type: a/b"]),
        ({}, {"content-type": "a/b", "Accept": "c/d"}, ["content-type: a/b", "Accept: c/d"]),
        ({}, {"content-type": None}, []),
        ({}, {"X-A": "1", "x-a": "2"}, ["x-a: 2", "Content-Type: application/json"]),
        ({}, {"Content-Type": "a/b", "content-type": "c/d"}, ["content-type: c/d"]),
        ({"Content-Type": "x/y"}, {}, ["Content-Type: application/json"]),
        ({"Content-Type": "x/y"}, {"content-type": "a/b"}, ["content-type: a/b"]),
        ({"Content-Type": "x/y", "Accept": "x/y"}, {"accept": "c/d", "CONTENT-TYPE": None}, ["accept: c/d"]),
    ],
)
def test_each_header_is_sent_once_and_the_calls_own_wins(
    defaults: dict[str, str], own: dict[str, str | None], sent: list[str]
) -> None:
    """Over what its body implies, over defaults and over itself in another case."""
    seen: list[bytes] = []

    def handle(peer: Peer) -> None:
        seen.append(peer.sock.recv(65536))
        peer.send(OK)

    with (
        serving(handle) as server,
        client_of(server, headers=defaults, authorize=lambda: "Bearer t", user_agent="") as (client, _),
    ):
        client.post("/", json={}, headers=own)
        _line, *fields = seen[0].decode().partition("\r\n\r\n")[0].split("\r\n")
        framing = [f"Host: 127.0.0.1:{server.port}", "Authorization: Bearer t", "Content-Length: 2"]
        assert sorted(fields) == sorted([*sent, *framing])


@pytest.mark.parametrize(
    ("arguments", "body", "content_type"),
    [
        ({"json": {"a": "ü"}}, '{"a":"ü"}', "application/json"),
        ({"json": []}, "[]", "application/json"),
        ({"json": {}, "headers": {"content-type": "application/x"}}, "{}", "application/x"),
        ({"data": {"a": "1 2", "b": ["x", "y"]}}, "a=1+2&b=x&b=y", "application/x-www-form-urlencoded"),
        ({"data": [("a", "1"), ("a", "2")]}, "a=1&a=2", "application/x-www-form-urlencoded"),
        ({"data": "text ü"}, "text ü", None),
        ({"data": b"bytes"}, "bytes", None),
        ({"data": bytearray(b"array")}, "array", None),
        ({}, "", None),
    ],
)
def test_body_is_encoded_and_framed(
    arguments: dict[str, object], body: str, content_type: str | None
) -> None:
    """POST always says how long its body is."""
    with serving(answering(echo)) as server, client_of(server) as (client, _):
        sent = client.post("/", **arguments).json()  # type: ignore[arg-type]
        assert sent["body"].encode("latin-1").decode() == body
        assert sent["headers"]["content-length"] == str(len(body.encode()))
        assert sent["headers"].get("content-type") == content_type


def test_get_without_body_has_no_length() -> None:
    """RFC 9110 section 8.6."""
    with serving(answering(echo)) as server, client_of(server) as (client, _):
        assert client.get("/").json()["headers"].keys() == {"host", "user-agent"}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_json_is_not_sent(value: float) -> None:
    """NaN would be refused by every server, and blamed on it."""
    with client_of("http://127.0.0.1:1") as (client, records):
        with pytest.raises(ValueError, match="JSON"):
            client.post("/", json=value)
        with pytest.raises(ValueError, match="not both"):
            client.post("/", data=b"", json={})
        assert records.samples == []


def test_params_are_appended_to_the_query() -> None:
    """Encoded, repeated for lists, before a fragment; the endpoint stays the same."""
    assert with_params("/a?x=1#f", {"q": "a b", "n": [1, 2]}) == "/a?x=1&q=a+b&n=1&n=2"
    assert with_params("/a", {}) == "/a"
    with serving(answering(echo)) as server, client_of(server) as (client, records):
        line = client.get("/a", params={"token": "t"}).json()["line"]
        assert line == "GET /a?token=t HTTP/1.1"
        assert (records.only.url, records.only.endpoint) == (f"{server.url}/a", "GET /a")


@pytest.mark.parametrize(
    ("credentials", "arguments", "authorize", "sent"),
    [
        ("user:pa%40ss@", {}, None, "Basic dXNlcjpwYUBzcw=="),
        ("user:pw@", {"auth": ("a", "b")}, None, "Basic YTpi"),
        ("user:pw@", {"headers": {"authorization": "Own x"}}, "Bearer t", "Own x"),
        ("", {}, "Bearer t", "Bearer t"),
        ("", {"auth": ("a", "b")}, "Bearer t", "Basic YTpi"),
        ("", {}, None, "Bearer default"),
    ],
)
def test_authorization_comes_from_the_nearest_source(
    credentials: str, arguments: dict[str, object], authorize: str | None, sent: str
) -> None:
    """Call, then authorize, then URL, then default; no credential is in the sample or the response's URL."""
    with serving(answering(echo)) as server:
        url = f"http://{credentials}127.0.0.1:{server.port}"
        with client_of(url, headers={"Authorization": "Bearer default"}, authorize=lambda: authorize) as (
            client,
            records,
        ):
            response = client.get("/a", **arguments)  # type: ignore[arg-type]
            assert response.json()["headers"]["authorization"] == sent
            assert records.only.url == response.url == f"{server.url}/a"


def test_credentials_of_a_refused_url_are_masked() -> None:
    """Error texts end up in reports."""
    with client_of("http://127.0.0.1:1") as (client, records):
        client.get("http://user:hunter2@127.0.0.1:99999/?token=hunter2")
        assert "hunter2" not in records.only.error
        assert records.only.error_kind == "bad_url"


def test_credentials_stay_with_the_base_url() -> None:
    """An absolute URL of another origin gets neither the token nor the default credentials."""
    with (
        serving(answering(echo)) as other,
        client_of(
            "http://127.0.0.1:1",
            headers={"Authorization": "Bearer d", "Cookie": "a=1"},
            authorize=lambda: "Bearer t",
        ) as (client, _),
    ):
        assert not {"authorization", "cookie"} & client.get(f"{other.url}/").json()["headers"].keys()


@pytest.mark.parametrize(
    ("service", "url", "name", "endpoint", "sample_name"),
    [
        ("", "/runs/42?x=1", None, "GET /runs/{id}", "/runs/{id}"),
        ("ccr", "/runs/42", None, "GET ccr:/runs/{id}", "/runs/{id}"),
        ("", "/runs/abc", "/runs/{name}", "GET /runs/{name}", "/runs/{name}"),
        ("", "/runs/42", "open a run", "GET /runs/{id}", "open a run"),
    ],
)
def test_names_come_from_the_path_or_the_call(
    service: str, url: str, name: str | None, endpoint: str, sample_name: str
) -> None:
    """Ids never reach names; a label keeps the endpoint, a template replaces it."""
    with (
        serving(answering(OK)) as server,
        client_of(server, service=service, tags={"b": "2", "a": "1"}) as (
            client,
            records,
        ),
    ):
        client.get(url, name=name, tags={"c": "3", "a": "own"}, context={"k": "v"})
        sample = records.only
        assert (sample.endpoint, sample.name, sample.service) == (endpoint, sample_name, service)
        assert (sample.tags, sample.context) == ((("a", "own"), ("b", "2"), ("c", "3")), {"k": "v"})
        client.tags = {"z": "1"}
        client.get(url)
        assert records.samples[1].tags == (("z", "1"),)


def test_every_verb_sends_its_method() -> None:
    """The shortcuts are `request` with a method."""
    with serving(answering(OK)) as server, client_of(server) as (client, _):
        for method in ("get", "post", "put", "patch", "delete", "options"):
            getattr(client, method)("/")
        seen = [one.method for one in server.requests]
        assert seen == ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def test_ipv6_host_is_bracketed() -> None:
    """In the Host header and in URLs."""
    target = parse_url("http://[::1]:8080/a?b")
    assert (target.origin.host, target.origin.netloc, target.url) == (
        "::1",
        "[::1]:8080",
        "http://[::1]:8080/a?b",
    )


def test_default_port_is_left_out_of_the_host_header() -> None:
    """As browsers do."""
    assert parse_url("https://example.com:443/").origin.netloc == "example.com"
    assert parse_url("http://example.com:443/").origin.netloc == "example.com:443"


def test_options_out_of_range_are_named() -> None:
    """All of them at once."""
    with pytest.raises(ConfigurationError) as caught:
        ClientOptions(timeout_s=0, max_redirects=-1, max_idle_s=0)
    assert [problem.split()[0] for problem in caught.value.problems] == ["timeout_s", "max_redirects"]


def test_response_reads_like_locusts() -> None:
    """json, text with its charset, case-insensitive headers, truth."""
    latin = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset="ISO-8859-1"\r\nA: 1\r\na: 2\r\n'
    raw = latin.encode() + b"Content-Length: 3\r\n\r\nn\xe4h"
    bad = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=mystery\r\nContent-Length: 2\r\n\r\n\xc3\x28"
    with serving(answering(raw, bad)) as server, client_of(server) as (client, _):
        response = client.get("/")
        assert response.text == "näh"
        assert (response.headers["A"], response.headers.get_all("a")) == ("1, 2", ["1", "2"])
        assert "X-Missing" not in response.headers
        with pytest.raises(ValueError, match="decode"):
            response.json()
        assert client.get("/").text == "\ufffd("


@pytest.mark.parametrize("body", [b"<html>", b"", b"[" * 200_000])
def test_body_that_is_no_json_is_a_value_error(body: bytes) -> None:
    """Whatever the reason, so that a scenario has one exception to expect."""
    with serving(answering(reply(200, body))) as server, client_of(server) as (client, _):
        response = client.get("/")
        with pytest.raises(ValueError, match=r"JSON|Expecting"):
            response.json()


def test_what_changes_between_two_requests_of_a_call_site_is_in_the_second() -> None:
    """Prepared heads are used again only while headers, credentials and cookies are the same."""
    issued = iter(["Bearer one", "Bearer one", "Bearer two", None, None, None, None, None])
    with serving(answering(echo)) as server, client_of(server) as (client, _):
        client.authorize = lambda: next(issued)
        seen = [client.get("/x").json()["headers"].get("authorization") for _ in range(4)]
        assert seen == ["Bearer one", "Bearer one", "Bearer two", None]
        client.headers["X-Later"] = "1"
        assert client.get("/x").json()["headers"]["x-later"] == "1"
        assert client.get("/x", headers={"X-Later": "2"}).json()["headers"]["x-later"] == "2"
        client.cookies.set(parse_url(server.url), "crumb", "3")
        assert client.get("/x").json()["headers"]["cookie"] == "crumb=3"
        client.cookies.clear()
        assert "cookie" not in client.get("/x").json()["headers"]


def test_default_host_header_replaces_the_urls_own() -> None:
    """Two Host lines are no request (RFC 9112 section 3.2)."""
    with serving(answering(echo)) as server, client_of(server) as (client, records):
        client.headers["Host"] = "other.example.com"
        plain = client.get("/x").json()["headers"]["host"]
        with_more = client.get("/x", headers={"X-A": "1"}).json()["headers"]["host"]
        assert (plain, with_more) == ("other.example.com", "other.example.com")
        agent = client.headers["User-Agent"]
        head = f"GET /x HTTP/1.1\r\nHost: other.example.com\r\nUser-Agent: {agent}\r\n\r\n"
        assert records.samples[0].request_bytes == len(head)
