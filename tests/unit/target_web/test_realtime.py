"""The realtime gateway with a real socket.io client: status, refusals, limits, delivery, silent drops."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import engineio
import pytest
import socketio
import websocket

from loadlib.target.rules import parse_error_rule, parse_latency_rule
from tests.support import wait_until

DEADLINE_S = 15.0


class OrderedEngine(engineio.Client):
    """Runs message handlers in the order of arrival; the library gives each a thread of its own."""

    def _trigger_event(self, event, *args, run_async=False, **options):
        return super()._trigger_event(event, *args, run_async=run_async and event != "message", **options)


class OrderedClient(socketio.Client):
    def _engineio_client_class(self):
        return OrderedEngine


class Tab:
    """One socket with every event it received, in order."""

    def __init__(self):
        self.client = OrderedClient(reconnection=False)
        self.events = []
        self.client.on("*", self._received, namespace="/realtime")

    def _received(self, event, *payload):
        self.events.append((event, payload[0] if payload else None))

    def connect(self, url, auth):
        self.client.connect(
            url, auth=auth, namespaces=["/realtime"], transports=["websocket"], wait_timeout=DEADLINE_S
        )

    def emit(self, event, payload):
        self.client.emit(event, payload, namespace="/realtime")

    def payloads(self, event):
        return [payload for name, payload in list(self.events) if name == event]

    def wait_for(self, event, count=1):
        wait_until(lambda: len(self.payloads(event)) >= count, DEADLINE_S, f"{count} x {event}")
        return self.payloads(event)


@contextmanager
def tab(platform, user="owner-1", workspace="ws-1") -> Iterator[Tab]:
    opened = Tab()
    try:
        opened.connect(platform.ctx.urls.api, {"token": platform.token(user, workspace)})
        yield opened
    finally:
        opened.client.disconnect()


@contextmanager
def opened_by_hand(platform, auth):
    """Connect to the namespace message by message; the answers are still to be read."""
    url = platform.ctx.urls.api.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    connection = websocket.create_connection(url, timeout=DEADLINE_S)
    try:
        assert connection.recv().startswith("0{")
        connection.send("40/realtime," + json.dumps(auth))
        yield connection
    finally:
        connection.close()


def refusal(platform, auth):
    """Return the status of a refused handshake, read from the wire: connected, told, disconnected."""
    with opened_by_hand(platform, auth) as connection:
        connected, told, closed = (connection.recv().partition(",") for _ in range(3))
    assert [connected[0], told[0], closed[0]] == ["40/realtime", "42/realtime", "41/realtime"]
    event, status = json.loads(told[2])
    assert (event, status["status"]) == ("connection.status", "disconnected")
    return status["message"]


def update(path="widgets.metrics", value=1, version=1, **other):
    return {
        "path": path,
        "value": value,
        "version": version,
        "timestamp": "2026-05-01T10:00:00.000Z",
        "sourceTabId": "tab-1",
        **other,
    }


def test_a_valid_session_is_told_that_it_is_connected(platform):
    with tab(platform, "rt-status") as one:
        (status,) = one.wait_for("connection.status")
        assert status["status"] == "connected"


def test_the_status_comes_by_polling_too(platform):
    url = platform.ctx.urls.api + "/socket.io/?EIO=4&transport=polling"
    opening = platform.client.get(url).text
    session = f"{url}&sid={json.loads(opening[1:])['sid']}"
    auth = json.dumps({"token": platform.token("rt-polling", "ws-1")})
    assert platform.client.post(session, content=f"40/realtime,{auth}").text == "OK"
    frames = platform.client.get(session).text.split("\x1e")
    platform.client.post(session, content="1")
    assert frames[0].startswith("40/realtime,")
    assert json.loads(frames[1].removeprefix("42/realtime,"))[1]["status"] == "connected"


@pytest.mark.parametrize(
    ("auth", "message"),
    [
        ({"token": "wrong"}, "Invalid or expired"),
        ({"token": ""}, "token required"),
        ({"other": "x"}, "token required"),
    ],
)
def test_a_refused_socket_is_connected_first_then_told_and_closed(platform, auth, message):
    assert message in refusal(platform, auth)


def test_a_session_without_a_workspace_is_refused(platform):
    assert "no active workspace" in refusal(platform, {"token": platform.token("rt-homeless", "none")})


def test_the_root_namespace_is_not_served(platform):
    client = socketio.Client(reconnection=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(platform.ctx.urls.api, transports=["websocket"], wait_timeout=DEADLINE_S)


def test_the_sixth_socket_of_a_user_is_refused_until_one_leaves(platform):
    with ExitStack() as stack:
        tabs = [stack.enter_context(tab(platform, "rt-many", f"ws-many-{n}")) for n in range(5)]
        assert [one.wait_for("connection.status")[0]["status"] for one in tabs] == ["connected"] * 5
        sixth = {"token": platform.token("rt-many", "ws-many-6")}
        assert refusal(platform, sixth) == "Too many connections"
        tabs[0].client.disconnect()

        def seated() -> bool:
            with tab(platform, "rt-many", "ws-many-7") as another:
                return bool(another.wait_for("connection.status")[0]["status"] == "connected")

        wait_until(seated, DEADLINE_S, "a seat for the sixth socket")


def test_a_full_workspace_refuses_another_user(start_platform):
    with (
        start_platform(services=("api",), sockets_per_workspace=1) as small,
        tab(small, "rt-a") as first,
        tab(small, "rt-b") as second,
        tab(small, "rt-c", "ws-2") as third,
    ):
        statuses = [one.wait_for("connection.status")[0]["status"] for one in (first, second, third)]
        assert statuses == ["connected", "disconnected", "connected"]


def test_a_state_update_reaches_all_tabs_of_the_user_the_sender_included(platform):
    with (
        tab(platform, "rt-sync") as sender,
        tab(platform, "rt-sync") as other,
        tab(platform, "rt-stranger") as stranger,
    ):
        for one in (sender, other, stranger):
            one.wait_for("connection.status")
        sender.emit("dashboard.state.update", update(value={"a": [1, 2]}, version=7))
        expected = {"path": "widgets.metrics", "value": {"a": [1, 2]}, "version": 7, "sourceTabId": "tab-1"}
        assert sender.wait_for("dashboard.state.sync") == [expected]
        assert other.wait_for("dashboard.state.sync") == [expected]
        stranger.emit("sync.request", {})
        stranger.wait_for("sync.state")
        assert stranger.payloads("dashboard.state.sync") == []


def test_a_full_state_is_sent_only_when_it_is_news(platform):
    with tab(platform, "rt-full", "ws-full") as one:
        one.wait_for("connection.status")
        one.emit("dashboard.state.request", {"lastKnownVersion": 0})
        assert one.wait_for("dashboard.state.full") == [{"state": {}, "version": 0}]
        for version, path in enumerate(("widgets.a", "widgets.b"), start=1):
            one.emit("dashboard.state.update", update(path=path, version=version))
        one.emit("dashboard.state.request", {"lastKnownVersion": 2})
        one.emit("dashboard.state.request", {"lastKnownVersion": 1})
        one.emit("sync.request", {})
        one.wait_for("sync.state")
        assert one.payloads("dashboard.state.full")[1:] == [
            {"state": {"widgets.a": 1, "widgets.b": 1}, "version": 2}
        ]


def test_updates_over_the_limit_are_dropped_without_a_word(start_platform):
    with (
        start_platform(services=("api",), state_updates_per_minute=20) as limited,
        tab(limited) as one,
        tab(limited) as other,
    ):
        for opened in (one, other):
            opened.wait_for("connection.status")
        for version in range(25):
            one.emit("dashboard.state.update", update(version=version))
        one.emit("sync.request", {})
        one.wait_for("sync.state")
        other.wait_for("dashboard.state.sync", 20)
        assert [event["version"] for event in one.payloads("dashboard.state.sync")] == list(range(20))
        names = {name for name, _payload in one.events}
        assert names == {"connection.status", "dashboard.state.sync", "sync.state"}


@pytest.mark.parametrize(
    "payload",
    [
        update(path="users.me"),
        update(path="widgets." + "x" * 200),
        update(version=-1),
        update(version="1"),
        update(timestamp="yesterday"),
        update(sourceTabId="t" * 51),
        update(value="<script>alert(1)</script>"),
        update(value={"deep": ["javascript:alert(1)"]}),
        update(value="x" * 65_536),
        {"path": "widgets.a"},
    ],
    ids=lambda payload: str(payload)[:40],
)
def test_an_invalid_update_is_dropped_without_a_word(platform, payload):
    with tab(platform, "rt-invalid") as one:
        one.wait_for("connection.status")
        one.emit("dashboard.state.update", payload)
        one.emit("sync.request", {})
        one.wait_for("sync.state")
        assert one.payloads("dashboard.state.sync") == []


def test_a_decision_is_announced_to_the_workspace(platform):
    with tab(platform, "member-9", "ws-news") as one:
        one.wait_for("connection.status")
        headers = platform.bearer(workspace="ws-news")
        listed = platform.client.get(platform.api("/approvals?status=pending&limit=1"), headers=headers)
        approval_id = listed.json()["items"][0]["id"]
        platform.client.post(platform.api(f"/approvals/{approval_id}/approve"), headers=headers)
        (news,) = one.wait_for("approval.updated")
        assert (news["id"], news["decision"], news["decidedById"]) == (approval_id, "approve", "owner-1")


@pytest.mark.parametrize(
    ("event", "payload", "told", "content"),
    [
        ("presence.update", {"status": "away"}, "presence.update", {"status": "away"}),
        ("typing.start", {"chatId": "c"}, "typing.start", {"chatId": "c"}),
        ("typing.stop", {"chatId": "c"}, "typing.stop", {"chatId": "c"}),
        (
            "pm.presence.update",
            {"projectId": "p", "page": "board"},
            "pm.presence.updated",
            {"projectId": "p", "page": "board"},
        ),
    ],
)
def test_presence_is_told_to_the_others_of_the_workspace(platform, event, payload, told, content):
    with tab(platform, "rt-p1", "ws-presence") as one, tab(platform, "rt-p2", "ws-presence") as other:
        for opened in (one, other):
            opened.wait_for("connection.status")
        one.emit(event, payload)
        assert other.wait_for(told) == [{"userId": "rt-p1", **content}]
        assert one.payloads(told) == []


@pytest.mark.parametrize(("workspace", "words"), [("ws-room", "Joined"), ("ws-elsewhere", "denied")])
def test_a_room_of_another_workspace_cannot_be_joined(platform, workspace, words):
    with tab(platform, "rt-room", "ws-room") as one:
        one.emit("room.join", {"workspaceId": workspace})
        assert words in one.wait_for("connection.status", 2)[1]["message"]


def account(platform, name):
    """Return the platform's own account of what happens on sockets, once there is one."""
    key = f"api WS /realtime/{name}"
    return wait_until(lambda: platform.ctx.truth.describe()["routes"].get(key), DEADLINE_S, key)


def test_lost_deliveries_are_those_of_the_account(start_platform):
    rule = parse_error_rule("api /realtime/dashboard.state.sync=0.3:cut")
    with (
        start_platform(services=("api",), errors=(rule,)) as lossy,
        tab(lossy) as one,
        tab(lossy) as other,
    ):
        for opened in (one, other):
            opened.wait_for("connection.status")
        for version in range(60):
            one.emit("dashboard.state.update", update(version=version))
        one.emit("sync.request", {})
        one.wait_for("sync.state")
        delivered = len(one.payloads("dashboard.state.sync"))
        assert 0 < delivered < 60
        assert account(lossy, "dashboard.state.update")["statuses"] == {"200": 60}
        assert account(lossy, "dashboard.state.sync")["statuses"] == {"0": 60 - delivered, "200": delivered}
        assert len(other.wait_for("dashboard.state.sync", delivered)) == delivered


def test_slow_deliveries_keep_their_order(start_platform):
    rule = parse_latency_rule("api /realtime/dashboard.state.sync=constant:50ms")
    with start_platform(services=("api",), latency=(rule,)) as slow, tab(slow) as one:
        one.wait_for("connection.status")
        for version in range(5):
            one.emit("dashboard.state.update", update(version=version))
        synced = one.wait_for("dashboard.state.sync", 5)
        assert [event["version"] for event in synced] == list(range(5))
        assert account(slow, "dashboard.state.sync")["duration"]["p50_ms"] >= 50


@pytest.mark.parametrize(
    ("outcome", "told", "statuses"),
    [("503", ["40", "42", "41"], {"503": 1}), ("cut", ["40", "41"], {"0": 1}), ("hang", ["40"], {"0": 1})],
)
def test_a_refusing_gateway_refuses_in_its_way(start_platform, outcome, told, statuses):
    """With the status and a word, by hanging up, or with no word at all."""
    rule = parse_error_rule(f"api /realtime/connect=1:{outcome}")
    with start_platform(services=("api",), errors=(rule,)) as refusing:
        with opened_by_hand(refusing, {"token": refusing.token("owner-1", "ws-1")}) as connection:
            frames = [connection.recv() for _ in told]
        assert [frame.partition("/")[0] for frame in frames] == told
        assert account(refusing, "connect")["statuses"] == statuses


def test_refusals_and_drops_are_accounted_for_apart(start_platform):
    with start_platform(services=("api",), state_updates_per_minute=2, sockets_per_user=1) as limited:
        refusal(limited, {})
        with tab(limited) as one:
            one.wait_for("connection.status")
            refusal(limited, {"token": limited.token("owner-1", "ws-1")})
            for version in (-1, 1, 2, 3):
                one.emit("dashboard.state.update", update(version=version))
            one.emit("sync.request", {})
            one.wait_for("sync.state")
        assert account(limited, "connect")["statuses"] == {"200": 1, "401": 1, "429": 1}
        assert account(limited, "dashboard.state.update")["statuses"] == {"200": 2, "400": 1, "429": 1}
