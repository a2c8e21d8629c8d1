"""Before any load: whether every service is there, and every route that the scenarios need.

A service that does not answer makes the run invalid; a route that the target lacks is reported once as
unavailable, and the thresholds that rest on it are skipped. Requests of this probe are not recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import gevent

from loadlib.adapters.client_options import client_options
from loadlib.adapters.identities import Identity
from loadlib.adapters.masking import without_credentials
from loadlib.adapters.needs import SESSION_COOKIE, Need
from loadlib.client.http import HttpClient
from loadlib.client.sample import HttpSample, Tags
from loadlib.core.routes import Feed, Unavailable
from loadlib.settings import Settings

REFERENCE_HEADER = "x-reference-platform"


class _Unrecorded:
    """A recorder that keeps nothing."""

    def http(self, sample: HttpSample) -> None:
        """Forget a request."""

    def check(self, name: str, passed: bool, tags: Tags) -> None:
        """Forget a check."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the probe found. ``unreachable`` maps a service to what is wrong with it, its URL named."""

    unreachable: Mapping[str, str] = field(default_factory=dict)
    unavailable: tuple[Unavailable, ...] = ()
    available_feeds: tuple[Feed, ...] = ()


def _client(url: str, settings: Settings) -> HttpClient:
    options = replace(
        client_options(settings),
        connect_timeout_s=settings.preflight_timeout_s,
        timeout_s=settings.preflight_timeout_s,
        discard_response_bodies=False,
        rps=None,
    )
    return HttpClient(url, recorder=_Unrecorded(), options=options)


def reachable(urls: Mapping[str, str], settings: Settings) -> tuple[dict[str, str], bool]:
    """Ask every service, a URL by its name, for ``/health``; any HTTP answer will do.

    Returns what is wrong by service, and whether one says that it is the reference platform.
    """
    answers = {name: gevent.spawn(_ask_health, name, url, settings) for name, url in urls.items()}
    gevent.joinall(list(answers.values()))
    found = {name: answer.get() for name, answer in answers.items()}
    wrong = {name: problem for name, (problem, _) in found.items() if problem}
    return wrong, any(is_reference for _, is_reference in found.values())


def probe(
    needs: Sequence[tuple[str, Need]], urls: Mapping[str, str], settings: Settings, identity: Identity
) -> Preflight:
    """Probe each needed endpoint once; ``needs`` pairs a scenario with what it needs."""
    routes = {need.endpoint: need for _, need in needs}
    answers = {
        key: gevent.spawn(_lack, need, urls[need.service], settings, identity) for key, need in routes.items()
    }
    gevent.joinall(list(answers.values()))
    lacks = {endpoint: answer.get() for endpoint, answer in answers.items()}
    return Preflight(
        unavailable=tuple(
            Unavailable(need.endpoint, scenario, lack, _feeds(scenario, need))
            for scenario, need in needs
            if (lack := lacks[need.endpoint])
        ),
        available_feeds=tuple(
            feed for scenario, need in needs if not lacks[need.endpoint] for feed in _feeds(scenario, need)
        ),
    )


def _feeds(scenario: str, need: Need) -> tuple[Feed, ...]:
    own = {"scenario": scenario, "endpoint": need.endpoint}
    return tuple(Feed(feed.metric, {**own, **feed.tags}) for feed in need.feeds)


def _ask_health(service: str, url: str, settings: Settings) -> tuple[str, bool]:
    client = _client(url, settings)
    try:
        response = client.get("/health", allow_redirects=False)
    finally:
        client.close()
    if not response.status_code:
        shown = without_credentials(url)
        named = shown if service == shown else f"{service} at {shown}"
        return f"{named}: {response.error}", False
    return "", REFERENCE_HEADER in response.headers


def _lack(need: Need, url: str, settings: Settings, identity: Identity) -> str | None:
    client = _client(url, settings)
    try:
        response = client.request(
            need.method,
            need.path,
            headers=credential_headers(need.credentials, identity),
            json=need.body,
            allow_redirects=False,
        )
    finally:
        client.close()
    if not response.status_code:
        return None  # a route that hangs or crashes is there: its requests will fail, and be counted
    return need.lacks(response.status_code, response.content)


def credential_headers(kind: str, identity: Identity) -> dict[str, str]:
    """Return the headers that carry an identity's credential of a kind named in ``Need.credentials``."""
    token, session = identity.authorization(), identity.session_token()
    if kind == "token" and token:
        return {"Authorization": token}
    if kind == "session" and session:
        return {"Authorization": f"Bearer {session}"}
    if kind == "cookie" and session:
        return {"Cookie": f"{SESSION_COOKIE}={session}"}
    return {}
