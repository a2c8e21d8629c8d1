"""What tests of realtime users share: a dashboard with a recording, the reference gateway, a scripted one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent

from loadlib.adapters.identities import REFERENCE_SESSION_SECRET
from loadlib.target.context import TargetContext
from loadlib.target.options import TargetOptions
from loadlib.target.server import running_target
from loadlib.users.realtime import LiveDashboard
from tests.integration.protocol_calls import Recorded
from tests.unit.client.support import Peer
from tests.unit.client.websocket_support import TEXT, frame, frames_of
from tests.unit.users.support import recorded_user

QUICK = {
    "realtime_state_delay_s": 0,
    "realtime_reconnect_s": 0.01,
    "realtime_max_reconnect_s": 0.02,
    "close_timeout_s": 0.3,
}
CONNECTED = {"status": "connected", "message": "Connected"}


@contextmanager
def gateway(**options: Any) -> Iterator[TargetContext]:
    """Run the API of the reference platform."""
    ports = {"port": 0, "web_port": 0, "api_port": 0, "ccr_port": 0}
    with running_target(TargetOptions(services=("api",), **ports, **options)) as ctx:
        yield ctx


@contextmanager
def dashboard(url: str, **settings: Any) -> Iterator[tuple[LiveDashboard, Callable[[], Recorded]]]:
    """Give a dashboard of one user, and what gives its recording, once, after it was closed."""
    own = {"api_url": url, "session_secret": REFERENCE_SESSION_SECRET, "timeout_s": 10, **QUICK}
    user, recorded = recorded_user(**{**own, **settings})
    with gevent.Timeout(60):
        opened = LiveDashboard(user)
        try:
            yield opened, lambda: opened.close() or recorded()
        finally:
            opened.close()


class Scripted:
    """A gateway that takes everybody in, then does what its script says with each connection."""

    def __init__(self, script: Callable[[Peer], object], interval_ms: int = 25_000) -> None:
        self._script = script
        self._times = {"pingInterval": interval_ms, "pingTimeout": interval_ms}
        self.seen: list[tuple[int, bytes]] = []

    def __call__(self, peer: Peer) -> None:
        send_text(peer, "0" + json.dumps({"sid": "e", **self._times}))
        self.seen += frames_of(peer.sock.recv(65536))
        send_text(peer, '40/realtime,{"sid":"s"}')
        send_text(peer, "42/realtime," + json.dumps(["connection.status", CONNECTED]))
        self._script(peer)

    def listen(self, peer: Peer) -> None:
        """Keep what the client sends until it hangs up."""
        while data := peer.sock.recv(65536):
            self.seen += frames_of(data)


def send_text(peer: Peer, text: str) -> None:
    peer.send(frame(TEXT, text.encode()))
