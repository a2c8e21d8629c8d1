"""A person's dashboard open in two tabs: what is changed in one must show in the other.

Sockets are `realtime_socket`'s, the platform's limits on them `realtime_limits`'. Delivery is timed from
before an update is written in one tab until its bytes are read in the other.
"""

import time
from time import perf_counter
from typing import Any, Final

from gevent.event import Event as Signal

from loadlib.adapters.needs import Need, feeds
from loadlib.protocols import realtime
from loadlib.protocols.failures import Failure
from loadlib.protocols.socketio_client import Event
from loadlib.users.base import PlatformUser
from loadlib.users.realtime_deliveries import Deliveries
from loadlib.users.realtime_limits import RealtimeLimits, expected_users
from loadlib.users.realtime_socket import ENDPOINT, RealtimeSocket

TABS: Final = 2
LOST: Final = "lost"
_FED: Final = (
    "realtime_connect_duration",
    "realtime_delivery_duration",
    "realtime_disconnects",
    "realtime_failed",
    "realtime_lost",
    "realtime_state_duration",
    "realtime_updates",
    "ws_connecting",
    "ws_msgs_received",
    "ws_msgs_sent",
    "ws_ping",
    "ws_session_duration",
    "ws_sessions",
)
NEEDS: Final = (Need("realtime", "GET", "/", ENDPOINT, feeds=feeds(*_FED)),)


class Backoff:
    """The platform's waits between attempts to connect: doubled each time, up to a limit."""

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def next_s(self) -> float:
        """Return how long to wait after one more failure."""
        wait_s, self._next_s = self._next_s, min(2 * self._next_s, self._longest_s)
        return wait_s

    def reset(self) -> None:
        """Begin anew, after a success."""
        self._next_s = self._first_s


class _Tab:
    """One tab: its socket, and what it knows of the dashboard's full state."""

    def __init__(self, dashboard: "LiveDashboard", user: PlatformUser) -> None:
        self._dashboard = dashboard
        self._user = user
        self._asked_s: float | None = None
        self.socket = RealtimeSocket(user, self._on_event, lambda: dashboard.on_end(self))

    def ask_for_state(self) -> None:
        """Ask for the full state; none comes when the gateway knows nothing newer."""
        self._asked_s = perf_counter()
        self.socket.emit(realtime.REQUEST, {"lastKnownVersion": self._dashboard.version})

    def _on_event(self, event: Event, at_s: float) -> None:
        if event.name == realtime.SYNC:
            self._dashboard.on_sync(self, event, at_s)
        elif event.name == realtime.FULL:
            self._on_full(event, at_s)

    def _on_full(self, event: Event, at_s: float) -> None:
        version = realtime.read_version(event.args)
        if isinstance(version, Failure):
            self._dashboard.find(version.kind)
            return
        self._dashboard.version = max(self._dashboard.version, version)
        if self._asked_s is not None:
            self._user.measure("realtime_state_duration", at_s - self._asked_s, endpoint=ENDPOINT)
            self._asked_s = None


class LiveDashboard:
    """One person's dashboard in two tabs.

    Raises:
        ConfigurationError: the user's session or workspace has no sockets left (`realtime_limits`).
    """

    def __init__(self, user: PlatformUser) -> None:
        self._user = user
        settings, plan = user.settings, user.runtime.plan
        self.version = 0
        self._limits = RealtimeLimits.of(user.environment, settings, plan.workers)
        self._limits.foresee(expected_users(user, settings), TABS)
        self._seat = (user.identity.session_token() or "", user.identity.workspace_id, TABS)
        self._limits.seats.take(*self._seat)
        self._seated = True
        self._budget = self._limits.budget(self._seat[0])
        self._backoff = Backoff(settings.realtime_reconnect_s, settings.realtime_max_reconnect_s)
        self._tab_id = f"load-{plan.run_id[:8]}-{user.index}"
        self._deliveries = Deliveries(self._tab_id)
        self._news = Signal()
        self._pinged_s = perf_counter()
        self._editor, self._watcher = (_Tab(self, user) for _ in range(TABS))

    def connect(self) -> bool:
        """Open the tabs that are not open, and wait before the next attempt when one cannot be.

        A tab that was opened asks for the full state after ``realtime_state_delay_s``.
        """
        if not self._user.is_available(ENDPOINT):
            return False
        opened = [tab for tab in (self._editor, self._watcher) if not tab.socket.is_open]
        for tab in opened:
            if not tab.socket.connect():
                self._user.pause(self._backoff.next_s())
                return False
            self._backoff.reset()
        if opened:
            self._user.pause(self._user.settings.realtime_state_delay_s)
            for tab in opened:
                tab.ask_for_state()
        return self._editor.socket.is_open and self._watcher.socket.is_open

    def update(self, path: str, value: Any) -> bool:
        """Change the state in one tab and wait for it in the other; tell whether it came in time.

        Waits before, where the platform's limit on updates asks for it.
        """
        self._user.pause(self._budget.take(perf_counter()))
        self._ping_when_due()
        self.version += 1
        self._news.clear()
        self._deliveries.expect(self.version)
        payload = realtime.update(path, value, self.version, self._tab_id, time.time())
        try:
            sent_s = perf_counter()
            if self._editor.socket.emit(realtime.UPDATE, payload):
                self._news.wait(self._user.settings.realtime_delivery_timeout_s)
                return self._record(sent_s)
        except BaseException:
            self._measure("realtime_updates_incomplete", 1)
            raise
        finally:
            self._deliveries.give_up()
            self._editor.socket.flush()
            self._watcher.socket.flush()
        return False

    def close(self) -> None:
        """Close both tabs and give their seats back. Raises nothing, and may be called again."""
        if self._seated:
            self._seated = False
            self._limits.seats.leave(*self._seat)
        for tab in (self._editor, self._watcher):
            tab.socket.close()

    def on_sync(self, tab: _Tab, event: Event, at_s: float) -> None:
        """Take an update that a tab received; only those of the second one tell of delivery."""
        if tab is not self._watcher:
            return
        sync = realtime.read_sync(event.args)
        if isinstance(sync, Failure):
            self.find(sync.kind)
        elif kind := self._deliveries.on_sync(sync, at_s):
            self.find(kind)
        elif self._deliveries.arrived_s is not None:
            self._news.set()

    def on_end(self, tab: _Tab) -> None:
        """Stop waiting when it is the second tab's connection that is lost: it will receive nothing more."""
        if tab is self._watcher:
            self._news.set()

    def find(self, kind: str) -> None:
        """Record an oddity."""
        self._measure("realtime_findings", 1, kind=kind)

    def _record(self, sent_s: float) -> bool:
        arrived_s = self._deliveries.arrived_s
        self._measure("realtime_updates", 1)
        self._measure("realtime_lost", arrived_s is None)
        if arrived_s is None:
            self._user.runtime.recorder.fail(ENDPOINT, LOST, self._why_lost())
            return False
        self._measure("realtime_delivery_duration", arrived_s - sent_s)
        return True

    def _why_lost(self) -> str:
        if not self._watcher.socket.is_open:
            return "the second socket was lost before an update arrived"
        return f"an update did not arrive within {self._user.settings.realtime_delivery_timeout_s:g} s"

    def _ping_when_due(self) -> None:
        interval_s = self._user.settings.realtime_ping_interval_s
        if interval_s and perf_counter() - self._pinged_s >= interval_s:
            self._pinged_s = perf_counter()
            self._watcher.socket.ping()

    def _measure(self, metric: str, value: float, **tags: object) -> None:
        self._user.measure(metric, value, endpoint=ENDPOINT, **tags)
