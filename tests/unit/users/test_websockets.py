"""A user's own WebSockets: k6's metrics, recorded while they last and at their end, however that comes."""

from collections.abc import Callable
from contextlib import suppress

import gevent
import pytest
from wsproto.events import CloseConnection

from loadlib.client.errors import TransportError
from loadlib.client.websocket_attempt import HandshakeError
from loadlib.users.websockets import WebSockets
from tests.unit.client.support import Peer, answering, eventually, reply, serving
from tests.unit.client.websocket_support import Mirror, accepting, close_frame, frame
from tests.unit.users.support import recorded_user

ENDPOINT = "WS chat:/rooms/{id}"


def test_a_conversation_is_recorded_as_k6_would() -> None:
    user, recorded = recorded_user()
    with (
        gevent.Timeout(30),
        serving(Mirror()) as server,
        WebSockets(user, server.url, service="chat").connect("/rooms/7") as socket,
    ):
        for _ in range(3):
            socket.send("hello")
        socket.ping()
        socket.send(b"last")
        assert [socket.receive(10).data for _ in range(4)] == ["hello"] * 3 + [b"last"]
        socket.flush()
        socket.send("not counted yet")
        assert socket.receive(10) is not None
    seen = recorded()
    assert seen.total("ws_sessions", endpoint=ENDPOINT, scenario="case") == 1
    assert seen.total("ws_msgs_sent", endpoint=ENDPOINT) == 5
    assert seen.total("ws_msgs_received", endpoint=ENDPOINT) == 5
    assert seen.count("ws_ping", endpoint=ENDPOINT) == 1
    assert seen.trend("ws_connecting").count == seen.trend("ws_session_duration").count == 1
    assert seen.trend("ws_connecting").maximum < seen.trend("ws_session_duration").maximum
    assert seen.rate("http_req_failed", endpoint=ENDPOINT, status="101") == (0, 1)


def test_bytes_of_frames_are_counted_beside_those_of_the_handshake() -> None:
    user, recorded = recorded_user()
    with (
        gevent.Timeout(30),
        serving(accepting(frame(1, b"x" * 1000))) as server,
        WebSockets(user, server.url).connect("/") as socket,
    ):
        assert socket.receive(10) is not None
        socket.send("y" * 500)
        assert (socket.socket.received_bytes, socket.socket.sent_bytes) == (1004, 508)
    seen = recorded()
    assert seen.total("data_received") - seen.total("data_received", status="101") >= 1004
    assert seen.total("data_sent") - seen.total("data_sent", status="101") >= 508


def test_a_connection_that_breaks_is_a_session_with_an_end() -> None:
    user, recorded = recorded_user()
    with gevent.Timeout(30), serving(accepting(Peer.reset)) as server:
        socket = WebSockets(user, server.url).connect("/")
        with socket, pytest.raises(TransportError):
            socket.receive(10)
        socket.close()
    seen = recorded()
    assert seen.count("ws_session_duration") == 1
    assert seen.total("ws_sessions") == 1


def test_a_refused_handshake_is_a_failed_request_and_no_session() -> None:
    user, recorded = recorded_user()
    with (
        serving(answering(reply(403))) as server,
        gevent.Timeout(30),
        pytest.raises(HandshakeError, match="auth"),
    ):
        WebSockets(user, server.url, headers={"Authorization": "Bearer x"}).connect("/rooms/7")
    assert server.requests[0].headers["authorization"] == "Bearer x"
    seen = recorded()
    assert seen.rate("http_req_failed", endpoint="WS /rooms/{id}", error_kind="auth") == (1, 1)
    assert seen.count("ws_sessions") == seen.count("ws_connecting") == 0


def test_sockets_of_users_leave_from_the_users_own_addresses() -> None:
    sources: list[str] = []

    def noting(peer: Peer) -> None:
        sources.append(peer.sock.getpeername()[0])
        peer.wait_for_close()

    user, _ = recorded_user(local_ips="127.0.0.2,127.0.0.3")
    users = [user, type(user)(user.environment)]
    with gevent.Timeout(30), serving(accepting(noting)) as server:
        for each in users:
            for _ in range(2):
                with WebSockets(each, server.url).connect("/") as socket:
                    socket.socket.abort()
    assert sources == [each.http_options.local_address for each in users for _ in range(2)]
    assert len(set(sources)) == 2


def test_a_socket_that_is_open_when_its_user_stops_is_closed_and_recorded() -> None:
    user, recorded = recorded_user()
    mirror = Mirror()
    with gevent.Timeout(30), serving(mirror) as server:
        socket = WebSockets(user, server.url).connect("/")
        socket.send("hello")
        assert socket.receive(10) is not None
        user.on_stop()
        assert socket.socket.close_code == 1000, "closed in order"
        socket.close()
    seen = recorded()
    assert [type(event) for event in mirror.seen].count(CloseConnection) == 1
    assert seen.count("ws_session_duration") == seen.total("ws_sessions") == 1
    assert seen.total("ws_msgs_sent") == seen.total("ws_msgs_received") == 1
    assert not user.open_sockets


def test_sockets_of_a_user_that_stops_are_closed_at_once() -> None:
    """Peers that answer once all have been asked would be waited for in vain, one after the other."""
    closing: list[bytes] = []

    def answers_late(peer: Peer) -> None:
        closing.append(peer.sock.recv(65536))
        eventually(lambda: len(closing) == 5, "all closes")
        peer.send(close_frame(1000))

    user, recorded = recorded_user(close_timeout_s=10)
    with gevent.Timeout(30), serving(accepting(answers_late)) as server:
        sockets = [WebSockets(user, server.url).connect("/") for _ in range(5)]
        user.on_stop()
    assert [socket.socket.close_code for socket in sockets] == [1000] * 5
    assert recorded().count("ws_session_duration") == 5


def test_a_user_that_is_killed_while_it_closes_leaves_no_socket_open() -> None:
    user, recorded = recorded_user(close_timeout_s=25)
    closing: list[bytes] = []
    never_answers = accepting(lambda peer: (closing.append(peer.sock.recv(65536)), peer.wait_for_close()))
    with gevent.Timeout(20), serving(never_answers) as server:
        sockets = [WebSockets(user, server.url).connect("/") for _ in range(3)]
        stopping = gevent.spawn(user.on_stop)
        eventually(lambda: len(closing) == 3, "the closes")
        stopping.kill()
        assert [socket.socket.closed for socket in sockets] == [True] * 3
    assert recorded().count("ws_session_duration") == 3
    assert not user.open_sockets


@pytest.mark.parametrize(
    "ending",
    [
        lambda peer: peer.send(close_frame(1000)),
        lambda peer: peer.send(frame(1, b"last") + close_frame(1011)),
        Peer.reset,
    ],
)
def test_a_socket_that_its_peer_ends_is_recorded_then_and_not_kept(ending: Callable[[Peer], object]) -> None:
    user, recorded = recorded_user()
    with gevent.Timeout(30), serving(accepting(ending)) as server:
        sockets = WebSockets(user, server.url)
        for _ in range(3):
            socket = sockets.connect("/")
            with suppress(TransportError):
                list(socket.messages(10))
            assert not user.open_sockets
    assert recorded().count("ws_session_duration") == 3


def test_a_socket_that_is_quiet_for_too_long_stays_open() -> None:
    user, _ = recorded_user()
    with gevent.Timeout(30), serving(Mirror()) as server:
        with WebSockets(user, server.url).connect("/") as socket:
            with pytest.raises(TransportError, match="too long"):
                socket.receive(0.01)
            assert user.open_sockets == {socket}
            socket.send("still there")
            assert socket.receive(10) is not None
        assert not user.open_sockets
