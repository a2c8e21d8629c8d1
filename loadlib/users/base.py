"""The base of the suite's users: settings, identity, clients per service, think time, own metrics."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import ClassVar, Protocol

import gevent
from locust import User
from locust.env import Environment

from loadlib.adapters.client_options import client_options
from loadlib.adapters.needs import SESSION_COOKIE, Need
from loadlib.adapters.pause import pause
from loadlib.adapters.runtime import Runtime
from loadlib.adapters.scenario_tag import scenario_of
from loadlib.client.http import HttpClient
from loadlib.client.url import parse_url
from loadlib.core.metrics import MetricDef
from loadlib.core.sketch import Sketch
from loadlib.settings import Settings
from loadlib.users.task_choice import OwnChoice

__all__ = ["PlatformUser", "client_options"]


class OpenSocket(Protocol):
    """A WebSocket of a user, as far as its stop is concerned."""

    def close(self) -> None:
        """Close in order, within ``close_timeout_s``."""

    def ended(self) -> None:
        """Close whatever is left, without waiting."""


class PlatformUser(User):
    """A user of the platform. Subclasses name their ``scenario``, the services and routes they need."""

    abstract = True
    scenario: ClassVar[str] = ""
    services: ClassVar[tuple[str, ...]] = ("agentos",)
    needs: ClassVar[tuple[Need, ...]] = ()
    metrics: ClassVar[tuple[MetricDef, ...]] = ()
    """Metrics of the scenario's own, recorded with ``measure``; thresholds may name them."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.runtime = Runtime.of(environment)
        self.settings: Settings = self.runtime.settings
        self.index, self.identity = self.runtime.next_identity()
        seed = self.runtime.plan.run_id if self.settings.seed is None else self.settings.seed
        self.random = Random(f"{seed}:{self.index}")  # noqa: S311 - repeatable load
        self.tasks = OwnChoice(self.tasks, self.random)  # type: ignore[assignment] # drawn from, never changed
        self.tags = {"scenario": scenario_of(type(self))}
        self.http_options = client_options(self.settings, user=self.index, workers=self.runtime.plan.workers)
        """Limits and habits of this user's clients, as the settings have them."""
        self._clients: dict[str, HttpClient] = {}
        self.open_sockets: set[OpenSocket] = set()
        """WebSockets that the user's stop has to close."""

    def http(self, service: str) -> HttpClient:
        """Return this user's client of a service, signed in with the credential that the service wants."""
        if service not in self._clients:
            self._clients[service] = self._new_client(service)
        return self._clients[service]

    def think(self, low_s: float, high_s: float) -> None:
        """Pause as long as a person would, uniformly between two times; the end of the run cuts it short."""
        pause(self, self.random.uniform(low_s, high_s) * self.settings.think_time_factor)

    def pause(self, seconds: float) -> None:
        """Wait a set time, such as a polling interval; the end of the run cuts it short."""
        pause(self, seconds)

    def measure(self, metric: str, value: float, **tags: object) -> None:
        """Record a value of a metric: seconds for times, truth values for rates."""
        self.runtime.recorder.add(metric, value, {**self.tags, **tags})

    def measure_all(self, metric: str, values: Sketch, **tags: object) -> None:
        """Record many values of a trend at once."""
        self.runtime.recorder.add_all(metric, values, {**self.tags, **tags})

    def check(self, name: str, passed: object) -> bool:
        """Record a check and return whether it held."""
        self.runtime.recorder.check(name, bool(passed), tuple(self.tags.items()))
        return bool(passed)

    def is_available(self, endpoint: str) -> bool:
        """Whether the target has a route; the preflight found out."""
        return self.runtime.is_available(endpoint)

    @contextmanager
    def group(self, name: str, metric: str = "group_duration") -> Iterator[None]:
        """Measure a block of requests as one, sequential or parallel, when it ends without an exception."""
        started_s = time.perf_counter()
        yield
        self.measure(metric, time.perf_counter() - started_s, group=name)

    def end_iteration(self) -> None:
        """Give up what one iteration must not hand on to the next, where the settings say so.

        Credentials stay; a session that the scenario itself signed in to goes with its cookies.
        """
        for service, client in self._clients.items():
            self.renew(client)
            self._sign_in(client, service)

    def renew(self, client: HttpClient) -> None:
        """Give up a client's cookies and its idle connections, each where the settings say so."""
        if self.settings.reset_cookies:
            client.cookies.clear()
        if self.settings.no_user_connection_reuse:
            client.close_idle()

    def on_stop(self) -> None:
        """Close the connections, WebSockets in order; subclasses that override this call it."""
        for client in self._clients.values():
            client.close()
        self._close_sockets()

    def _close_sockets(self) -> None:
        """Close all WebSockets at once, so that slow peers are waited for ``close_timeout_s`` in all."""
        sockets = list(self.open_sockets)
        try:
            gevent.joinall([gevent.spawn(socket.close) for socket in sockets])
        finally:
            for socket in sockets:
                socket.ended()

    def _new_client(self, service: str) -> HttpClient:
        client = HttpClient(
            self.runtime.service_urls()[service],
            recorder=self.runtime.recorder,
            options=self.http_options,
            service="" if service == "agentos" else service,
            tags=self.tags,
        )
        self._sign_in(client, service)
        return client

    def _sign_in(self, client: HttpClient, service: str) -> None:
        identity = self.identity
        if service == "agentos":
            client.authorize = None if identity.is_anonymous else identity.authorization
        elif service == "api":
            client.authorize = lambda: f"Bearer {token}" if (token := identity.session_token()) else None
        elif service == "ccr" and (key := self.settings.ccr_api_key):
            client.headers["Authorization"] = f"Bearer {key.get_secret_value()}"
        elif service == "web" and (token := identity.session_token()):
            client.cookies.set(parse_url(self.settings.web_url), SESSION_COOKIE, token)
