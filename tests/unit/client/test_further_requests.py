"""Digest authentication on the wire: who pays for the challenge, what is recorded, and where it ends."""

import re
from collections.abc import Callable
from hashlib import sha256

import pytest

from loadlib.client import DigestAuth
from tests.unit.client.support import Request, answering, client_of, reply, serving

AUTH = DigestAuth("user", "open sesame")


def field(request: Request, name: str) -> str:
    match = re.search(rf'(?:^|[ ,]){name}="?([^",]*)', request.headers.get("authorization", ""))
    return match[1] if match else ""


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class Guard:
    """A server's side of RFC 7616 with SHA-256: gives a nonce a number of uses, and checks every answer."""

    def __init__(self, uses: int = 1_000_000, info: bool = False) -> None:
        self.uses = uses
        self.info = info
        self.nonces = 0
        self.counts: list[str] = []

    def __call__(self, request: Request) -> bytes:
        nonce, count = field(request, "nonce"), field(request, "nc")
        if nonce != f"n{self.nonces}" or int(count or "0", 16) > self.uses or not self._proves(request):
            self.nonces += 1
            stale = ", stale=true" if nonce else ""
            challenge = f'Digest realm="r", nonce="n{self.nonces}", algorithm=SHA-256, qop="auth"{stale}'
            return reply(401, b"who?", WWW_Authenticate=challenge)
        self.counts.append(count)
        if not self.info:
            return reply(200, b"welcome")
        self.nonces += 1
        return reply(200, b"welcome", Authentication_Info=f'nextnonce="n{self.nonces}"')

    def _proves(self, request: Request) -> bool:
        secret = digest("user:r:open sesame")
        asked = digest(f"{request.method}:{request.path}")
        parts = (field(request, name) for name in ("nonce", "nc", "cnonce", "qop"))
        return field(request, "response") == digest(":".join((secret, *parts, asked)))


def test_only_the_first_request_pays_for_the_challenge() -> None:
    """Both exchanges are samples, the challenge is no failure; later requests prove themselves at once."""
    guard = Guard()
    with serving(answering(guard)) as server, client_of(server) as (client, records):
        first = client.get("/a?b=c", auth=AUTH)
        assert (first.content, [one.status_code for one in first.history]) == (b"welcome", [401])
        assert [(one.status, one.expected) for one in records.samples] == [(401, True), (200, True)]
        for path in ("/a?b=c", "/other"):
            assert client.post(path, data=b"body", auth=AUTH).history == []
        assert guard.counts == ["00000001", "00000002", "00000003"]
        assert (len(records.samples), server.connections) == (4, 1)


def test_users_prove_themselves_each_on_their_own() -> None:
    """A nonce belongs to the client it was given to."""
    guard = Guard()
    with serving(answering(guard)) as server:
        for _ in range(2):
            with client_of(server) as (client, records):
                assert client.get("/", auth=AUTH).ok
                assert [sample.status for sample in records.samples] == [401, 200]


def test_stale_nonce_is_answered_with_the_next() -> None:
    """In the same call, by one more request."""
    guard = Guard(uses=2)
    with serving(answering(guard)) as server, client_of(server) as (client, records):
        for _ in range(4):
            assert client.get("/", auth=AUTH).ok
        assert [sample.status for sample in records.samples] == [401, 200, 200, 401, 200, 200]
        assert records.kinds == [""] * 6


def test_next_nonce_saves_the_challenge() -> None:
    guard = Guard(uses=1, info=True)
    with serving(answering(guard)) as server, client_of(server) as (client, records):
        for _ in range(3):
            assert client.get("/", auth=AUTH).ok
        assert [sample.status for sample in records.samples] == [401, 200, 200, 200]
        assert guard.counts == ["00000001"] * 3


def test_wrong_password_fails_after_one_answer() -> None:
    """The second 401 is the outcome, and there is no third request."""
    with serving(answering(Guard())) as server, client_of(server) as (client, records):
        response = client.get("/", auth=DigestAuth("user", "wrong"))
        assert (response.status_code, response.error_kind) == (401, "auth")
        assert records.kinds == ["", "auth"]
        assert len(server.requests) == 2


@pytest.mark.parametrize("headers", [{}, {"WWW_Authenticate": "Basic realm=x"}], ids=["none", "other scheme"])
def test_challenge_that_cannot_be_answered_is_the_outcome(headers: dict[str, str]) -> None:
    with serving(answering(reply(401, **headers))) as server, client_of(server) as (client, records):
        assert client.get("/", auth=AUTH).error_kind == "auth"
        assert len(records.samples) == 1


def test_401_without_digest_is_answered_by_nothing() -> None:
    """Credentials are not guessed from a challenge."""
    with serving(answering(Guard())) as server, client_of(server) as (client, _):
        assert client.get("/").error_kind == "auth"
        assert client.get("/", auth=("user", "open sesame")).error_kind == "auth"
        assert len(server.requests) == 2


def moved(to: str) -> Callable[[Request], bytes]:
    guard = Guard()
    return lambda request: guard(request) if request.path != "/old" else reply(307, Location=to)


def test_redirect_within_the_origin_is_proved_anew() -> None:
    """A digest covers the URL, so that of the first request does not fit the second."""
    with serving(answering(moved("/new?x=1"))) as server, client_of(server) as (client, records):
        for statuses in ([307, 401, 200], [307, 200]):
            records.samples.clear()
            assert client.post("/old", data=b"kept", auth=AUTH).content == b"welcome"
            assert [sample.status for sample in records.samples] == statuses
        assert server.requests[-1].body == b"kept"


def test_redirect_to_another_origin_is_not_proved_there() -> None:
    """Another server's challenge gets no answer."""
    elsewhere = Guard()
    with serving(answering(elsewhere)) as other, serving(answering(moved(f"{other.url}/x"))) as server:
        with client_of(server) as (client, records):
            assert client.get("/old", auth=AUTH).error_kind == "auth"
        assert [sample.status for sample in records.samples] == [307, 401]
        assert "authorization" not in other.requests[0].headers


def test_stream_uses_the_challenge_of_an_earlier_request() -> None:
    """It does not answer one itself."""
    with serving(answering(Guard())) as server, client_of(server) as (client, records):
        with client.stream("GET", "/", auth=AUTH) as stream:
            assert stream.status_code == 401
        assert client.get("/", auth=AUTH).ok
        with client.stream("GET", "/", auth=AUTH) as stream:
            assert stream.read_all() == b"welcome"
        assert records.kinds == ["auth", "", "", ""]


def test_max_redirects_of_a_call_replaces_the_client_s() -> None:
    """Fewer, more, or none."""

    def hop(request: Request) -> bytes:
        left = int(request.path.removeprefix("/"))
        return reply(302, Location=f"/{left - 1}") if left else reply(200, b"there")

    with serving(answering(hop)) as server, client_of(server, max_redirects=2) as (client, _):
        assert client.get("/2").content == b"there"
        assert client.get("/3").error_kind == "too_many_redirects"
        assert client.get("/3", max_redirects=3).content == b"there"
        assert client.get("/3", max_redirects=0).status_code == 302
        assert client.get("/3", max_redirects=3, allow_redirects=False).status_code == 302
