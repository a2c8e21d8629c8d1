"""Redirects: one sample a hop, methods rewritten as browsers do, credentials kept at home."""

import pytest

from tests.unit.client.support import OK, Handler, Request, answering, client_of, echo, reply, serving


def redirecting(status: int, location: str = "/target") -> Handler:
    """Redirect everything but the target."""
    return answering(
        lambda request: echo(request) if request.path == "/target" else reply(status, Location=location)
    )


@pytest.mark.parametrize(
    ("status", "method", "followed"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (301, "PUT", "PUT"),
        (302, "POST", "GET"),
        (302, "DELETE", "DELETE"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ],
)
def test_redirect_keeps_or_rewrites_the_method(status: int, method: str, followed: str) -> None:
    """307 and 308 repeat method and body; a request that becomes GET loses its body and what describes it."""
    with serving(redirecting(status)) as server, client_of(server) as (client, records):
        body = None if method in ("GET", "HEAD") else {"a": 1}
        response = client.request(method, "/start", json=body, headers={"X-Own": "kept"})
        last = server.requests[-1]
        assert (last.method, last.path, last.headers["x-own"]) == (followed, "/target", "kept")
        keeps_body = followed == method and body is not None
        assert (last.body == b'{"a":1}') is keeps_body
        assert ("content-type" in last.headers) is keeps_body
        assert [one.status for one in records.samples] == [status, 200]
        assert [one.endpoint for one in records.samples] == [f"{method} /start", f"{followed} /target"]
        assert records.kinds == ["", ""]
        assert [one.status_code for one in response.history] == [status]
        assert response.url == f"{server.url}/target"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/target", "/target"),
        ("target", "/a/target"),
        ("?q=1", "/a/b?q=1"),
        ("../x y", "/x%20y"),
        ("//", None),
    ],
)
def test_location_is_relative_to_the_redirecting_url(location: str, expected: str | None) -> None:
    """RFC 3986 resolution; a location that is no URL fails the hop that sent it."""
    answers = answering(reply(302, Location=location), OK)
    with serving(answers) as server, client_of(server) as (client, records):
        client.get("/a/b")
        if expected is None:
            assert records.kinds == ["bad_url"]
        else:
            assert server.requests[-1].path == expected
            assert records.kinds == ["", ""]


@pytest.mark.parametrize(
    "location", ["ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/", "javascript:x"]
)
def test_redirect_to_what_is_no_http_url_is_bad_url(location: str) -> None:
    """One request was sent, so there is one sample; it keeps its status."""
    with serving(answering(reply(302, Location=location))) as server, client_of(server) as (client, records):
        response = client.get("/")
        assert (response.status_code, response.error_kind) == (302, "bad_url")
        assert (len(records.samples), len(server.requests)) == (1, 1)


def test_redirect_loop_ends_at_the_limit_with_the_last_answer() -> None:
    """max_redirects are followed; the next one is a failed sample."""
    with (
        serving(redirecting(302, "/start")) as server,
        client_of(server, max_redirects=3) as (client, records),
    ):
        response = client.get("/start")
        assert (response.status_code, response.error_kind) == (302, "too_many_redirects")
        assert (len(server.requests), records.kinds) == (4, ["", "", "", "too_many_redirects"])
        assert len(response.history) == 3


@pytest.mark.parametrize("wish", [{"allow_redirects": False}, {}])
def test_redirect_is_returned_when_none_are_followed(wish: dict[str, bool]) -> None:
    """By the call, or by max_redirects 0; a 3xx is expected by default."""
    limit = 10 if wish else 0
    with serving(redirecting(302)) as server, client_of(server, max_redirects=limit) as (client, records):
        response = client.get("/start", **wish)
        assert (response.status_code, response.ok, response.headers["location"]) == (302, True, "/target")
        assert len(records.samples) == 1


def test_redirect_without_location_is_an_answer() -> None:
    """There is nowhere to go."""
    with serving(answering(reply(302))) as server, client_of(server) as (client, records):
        assert client.get("/").status_code == 302
        assert records.kinds == [""]


def test_expected_statuses_are_about_the_last_answer() -> None:
    """A redirect that is followed is a good sample whatever the call expects in the end."""
    with serving(redirecting(302)) as server, client_of(server) as (client, records):
        client.get("/start", expected_statuses=[200])
        assert [one.expected for one in records.samples] == [True, True]


def test_credentials_do_not_follow_to_another_origin() -> None:
    """Neither those of the call nor those of the client nor cookies; other headers do."""
    with serving(answering(echo)) as other:
        home = answering(reply(307, Location=f"{other.url}/target"))
        with (
            serving(home) as server,
            client_of(
                server,
                headers={"Authorization": "Bearer default", "X-Kept": "1"},
                authorize=lambda: "Bearer fresh",
            ) as (client, records),
        ):
            client.get("/", auth=("user", "not-a-secret"), headers={"Cookie": "own=1", "X-Call": "2"})
            sent = other.requests[0].headers
            assert server.requests[0].headers["authorization"].startswith("Basic ")
            assert not {"authorization", "cookie"} & sent.keys()
            assert (sent["x-kept"], sent["x-call"], sent["host"]) == ("1", "2", f"127.0.0.1:{other.port}")
            assert len(records.samples) == 2


SECRETS = {"X-API-Key": "s3cret-1", "x-metrics-key": "s3cret-2", "X-Session-Token": "s3cret-3"}


@pytest.mark.parametrize("place", ["default", "call"])
def test_headers_that_look_secret_do_not_follow_to_another_origin(place: str) -> None:
    """Whoever set them; a redirect within the origin keeps them, and other headers go along."""

    def home(request: Request) -> bytes:
        return reply(307, Location=f"{other.url}/target" if request.path == "/here" else "/here")

    with serving(answering(OK)) as other, serving(answering(home)) as server:
        headers = {**SECRETS, "X-Tenant": "t1"}
        defaults, own = (headers, {}) if place == "default" else ({}, headers)
        with client_of(server, headers=defaults) as (client, records):
            client.get("/", headers=own)
            assert records.kinds == [""] * 3
        assert [request.path for request in server.requests] == ["/", "/here"]
        for request in server.requests:
            assert {name.lower() for name in SECRETS} <= request.headers.keys()
        sent = other.requests[0].headers
        assert sent["x-tenant"] == "t1"
        assert "s3cret" not in str(sent)


def test_default_headers_that_look_secret_are_for_the_own_origin_only() -> None:
    """A call to another one may name its own."""
    with (
        serving(answering(OK)) as other,
        serving(answering(OK)) as server,
        client_of(server, headers={**SECRETS, "X-Tenant": "t1"}) as (client, _),
    ):
        client.get(f"{other.url}/", headers={"X-Own-Key": "theirs"})
        with client.stream("GET", f"{other.url}/") as stream:
            stream.read_all()
        first, second = (request.headers for request in other.requests)
        assert (first["x-tenant"], first["x-own-key"], second["x-tenant"]) == ("t1", "theirs", "t1")
        assert "s3cret" not in f"{first}{second}"


def test_credentials_follow_within_the_origin() -> None:
    """The same user goes on being the same user."""
    with serving(redirecting(302)) as server, client_of(server, authorize=lambda: "Bearer t") as (client, _):
        client.get("/start")
        assert [one.headers["authorization"] for one in server.requests] == ["Bearer t"] * 2


def test_cookies_of_a_redirect_are_sent_to_its_target() -> None:
    """A login that answers 303 with Set-Cookie works."""

    def login(request: Request) -> bytes:
        return (
            echo(request)
            if request.path == "/home"
            else reply(303, Location="/home", Set_Cookie="sid=1; Path=/")
        )

    with serving(answering(login)) as server, client_of(server) as (client, _):
        assert client.post("/login", data={"user": "a"}).json()["headers"]["cookie"] == "sid=1"
