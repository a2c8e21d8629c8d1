"""The further requests of one call: redirects followed and challenges answered, each with its own sample.

Decides what is sent next, and why nothing is. Does not send, record or judge.
"""

from dataclasses import replace

from loadlib.client.digest import DigestSessions
from loadlib.client.errors import TransportError
from loadlib.client.judging import mark_failed
from loadlib.client.plan import Site
from loadlib.client.redirects import REDIRECT_STATUSES, Outgoing, redirected
from loadlib.client.response import Response
from loadlib.client.url import Target, join_base, parse_url


class Following:
    """What follows the first request of one call.

    Args:
        request: the first one.
        digests: the challenges that the client knows.
        max_redirects: to follow; 0 returns the first redirect as it is.
    """

    def __init__(self, request: Outgoing, digests: DigestSessions, max_redirects: int) -> None:
        self._request = request
        self._digests = digests
        self._max_redirects = max_redirects
        self._redirects = 0
        self._answered = False

    def next(self, response: Response) -> Outgoing | None:
        """Return the request that an answer asks for; None after the last, marked if it should not be."""
        if self._request.digest is not None and response.status_code:
            self._learn(response)
        if response.status_code == 401:
            return self._answer(response)
        if self._max_redirects and response.status_code in REDIRECT_STATUSES:
            return self._redirect(response)
        return None

    def _redirect(self, response: Response) -> Outgoing | None:
        location = response.headers.get("location")
        if not location:
            return None
        if self._redirects == self._max_redirects:
            mark_failed(response.timings, "too_many_redirects", f"{self._redirects} redirects were followed")
            return None
        try:
            request = redirected(self._request, response.target, response.status_code, location)
        except TransportError as error:
            mark_failed(response.timings, error.kind, error.message)
            return None
        self._redirects += 1
        self._answered = False
        if request.digest is not None:
            request = signed(request, parse_url(request.url), self._digests)
        self._request = request
        return request

    def _answer(self, response: Response) -> Outgoing | None:
        """Answer a challenge once; the same again means that name or password are wrong."""
        auth, origin = self._request.digest, response.target.origin
        if auth is None or self._answered:
            return None
        if not self._digests.take_challenge(auth, origin, response.headers.get_all("www-authenticate")):
            return None
        self._answered = True
        self._request = signed(self._request, response.target, self._digests)
        return self._request

    def _learn(self, response: Response) -> None:
        info = response.headers.get("authentication-info")
        if info and self._request.digest is not None:
            self._digests.take_info(self._request.digest, response.target.origin, info)


def signed(request: Outgoing, target: Target, digests: DigestSessions) -> Outgoing:
    """Return a request with the digest that proves its name and password, if a challenge for it is known."""
    if request.digest is None:
        return request
    value = digests.authorization(request.digest, target.origin, request.method, target.request_target)
    return replace(request, authorization=value)


def signed_first(request: Outgoing, site: Site, digests: DigestSessions) -> Outgoing:
    """Return a call's first request signed, if it can be already; a bad URL is left to whoever sends it."""
    if request.digest is None:
        return request
    try:
        return signed(request, parse_url(join_base(site.base, request.url)), digests)
    except TransportError:
        return request
