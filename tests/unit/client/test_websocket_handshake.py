"""Opening a WebSocket: what is sent, which answers are upgrades, phases, and a name for every failure."""

import socket
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.extensions import PerMessageDeflate

from loadlib.client.errors import ERROR_KINDS, TransportError
from loadlib.client.proxies import environment_proxies
from loadlib.client.url import parse_url
from loadlib.client.websocket import WebSocket
from loadlib.client.websocket_attempt import HandshakeError
from loadlib.client.websocket_client import WebSocketClient
from loadlib.client.websocket_handshake import Handshake
from loadlib.errors import ConfigurationError
from loadlib.protocols.failures import Failure
from tests.unit.client.proxy_server import proxy_to
from tests.unit.client.support import Peer, Records, answering, make_certificate, reply, serving
from tests.unit.client.websocket_support import (
    TEXT,
    Mirror,
    accepting,
    frame,
    upgrade,
    websockets_of,
)


def refused(client: WebSocketClient, records: Records, path: str = "/chat", **call: object) -> str:
    """Try to connect, in vain; the sample and the exception say the same."""
    with pytest.raises(HandshakeError) as caught:
        client.connect(path, **call)  # type: ignore[arg-type]
    sample = records.only
    assert (sample.error_kind, sample.error, sample.status) == (
        caught.value.kind,
        caught.value.message,
        caught.value.status,
    )
    assert not sample.expected
    return caught.value.kind


def test_a_foreign_server_accepts_the_handshake() -> None:
    mirror = Mirror(subprotocol="chat.v2")
    with serving(mirror) as server, websockets_of(server, headers={"X-Own": "1"}) as (client, _):
        with client.connect(
            "/rooms/42?x=1", params={"y": "a b"}, headers={"Origin": "http://here"}, subprotocols=["chat.v2"]
        ) as socket:
            assert socket.opening.subprotocol == "chat.v2"
            assert (socket.opening.status, socket.opening.headers["upgrade"]) == (101, "websocket")
        asked = mirror.seen[0]
        fields = dict(asked.extra_headers)
        assert (asked.target, asked.host) == ("/rooms/42?x=1&y=a+b", f"127.0.0.1:{server.port}")
        assert (fields[b"x-own"], fields[b"origin"]) == (b"1", b"http://here")
        assert fields[b"user-agent"].startswith(b"loadlib")


def test_the_handshake_is_one_sample_with_phases() -> None:
    with (
        serving(Mirror()) as server,
        websockets_of(server, service="api", tags={"a": "b"}) as (client, records),
    ):
        before_s = perf_counter()
        with client.connect("/rooms/42", tags={"c": "d"}) as socket:
            sample = records.only
        assert (sample.method, sample.endpoint, sample.name) == ("WS", "WS api:/rooms/{id}", "/rooms/{id}")
        assert (sample.status, sample.expected, sample.error_kind) == (101, True, "")
        assert sample.tags == (("a", "b"), ("c", "d"))
        assert sample.url == f"{server.url}/rooms/42"
        assert before_s <= sample.started_s == socket.opening.started_s
        assert 0 < sample.connecting_s <= sample.blocked_s
        assert sample.tls_s == 0
        assert min(sample.sending_s, sample.waiting_s) > 0
        parts_s = sample.blocked_s + sample.sending_s + sample.waiting_s + sample.receiving_s
        assert socket.opening.connecting_s == pytest.approx(parts_s)
        assert sample.request_bytes > 100 < sample.response_bytes


def test_names_of_calls_are_those_of_requests() -> None:
    with serving(Mirror()) as server, websockets_of(server) as (client, records):
        for name in ("/{room}", "lobby"):
            client.connect("/rooms/7", name=name).close()
        assert [(one.endpoint, one.name) for one in records.samples] == [
            ("WS /{room}", "/{room}"),
            ("WS /rooms/{id}", "lobby"),
        ]


def test_tls_is_measured_and_verified(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "good", host="127.0.0.1")
    with serving(Mirror(), certificate) as server:
        secure = server.url.replace("https", "wss")
        with websockets_of(secure, ca_file=certificate[0]) as (client, records):
            with client.connect("/") as socket:
                socket.send("over TLS")
                arrival = socket.receive(10)
                assert arrival is not None
                assert arrival.data == "over TLS"
            assert records.only.tls_s > 0
        with websockets_of(secure) as (client, records):
            assert refused(client, records) == "tls_verify"
            assert records.only.status == 0


def test_both_directions_are_used_at_once_over_tls(tmp_path: Path) -> None:
    """A sender that must wait and a receiver share the TLS connection, and no message is torn."""
    certificate = make_certificate(tmp_path, "good", host="127.0.0.1")
    sent = [bytes([number]) * 300_000 for number in range(20)]
    with (
        serving(Mirror(), certificate) as server,
        websockets_of(server, ca_file=certificate[0]) as (client, _),
        client.connect("/") as socket,
    ):
        sender = gevent.spawn(lambda: [socket.send(message) for message in sent])
        received = [socket.receive(20) for _ in sent]
        sender.get()
        assert [arrival.data for arrival in received if arrival] == sent


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(200, b"hello"), "ws_handshake"),
        (reply(301, Location="/other"), "redirect"),
        (reply(401), "auth"),
        (reply(403), "auth"),
        (reply(404), "not_found"),
        (reply(400, b"no such transport"), "client_error"),
        (reply(429), "throttled"),
        (reply(503), "server_error"),
        (b"rubbish\r\n\r\n", "bad_response"),
        (b"HTTP/1.1 101 X\r\nUpgr", "truncated"),
        (b"", "closed"),
        (b"HTTP/1.1 101 X\r\nX: " + b"y" * 70_000, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:20].decode(),
)
def test_every_other_answer_has_a_name(answer: bytes, kind: str) -> None:
    with serving(answering(answer, repeat=False)) as server, websockets_of(server) as (client, records):
        assert refused(client, records) == kind
        assert kind in ERROR_KINDS


@pytest.mark.parametrize(
    "headers",
    [
        {"Upgrade": "h2c"},
        {"Connection": "keep-alive"},
        {"Sec-WebSocket-Accept": "AAAA"},
        {"Sec-WebSocket-Accept": ""},
        {"Sec-WebSocket-Protocol": "nobody-asked"},
        {"Sec-WebSocket-Extensions": "permessage-deflate"},
        {"Sec-WebSocket-Extensions": "x-unknown; a=1"},
    ],
    ids=str,
)
def test_an_upgrade_that_is_none_is_refused(headers: dict[str, str]) -> None:
    with serving(accepting(**headers)) as server, websockets_of(server) as (client, records):
        assert refused(client, records) == "ws_handshake"
        assert records.only.status == 101


def test_an_extension_with_impossible_parameters_is_refused() -> None:
    header = {"Sec_WebSocket_Extensions": "permessage-deflate; server_max_window_bits=many"}
    with serving(accepting(**header)) as server, websockets_of(server, compression=True) as (client, records):
        assert refused(client, records) == "ws_handshake"


def test_compression_is_used_when_both_want_it() -> None:
    with serving(Mirror(PerMessageDeflate())) as server:
        sizes = {}
        for compression in (False, True):
            with (
                websockets_of(server, compression=compression) as (client, _),
                client.connect("/") as socket,
            ):
                socket.send("again " * 2000)
                arrival = socket.receive(10)
                assert arrival is not None
                assert arrival.data == "again " * 2000
                sizes[compression] = (socket.sent_bytes, socket.received_bytes)
    assert max(sizes[True]) < min(sizes[False]) / 10


def test_nobody_listening_is_a_refused_connection() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with websockets_of(f"ws://127.0.0.1:{closed.getsockname()[1]}") as (client, records):
            assert refused(client, records) == "connect_refused"
            assert records.only.request_bytes == 0


def test_a_server_that_says_nothing_is_a_timeout() -> None:
    with serving(Peer.wait_for_close) as server, websockets_of(server, timeout_s=0.2) as (client, records):
        assert refused(client, records) == "timeout"
        assert records.only.waiting_s >= 0.15


def test_interim_answers_are_passed_over() -> None:
    def handle(peer: Peer) -> None:
        request = peer.request()
        assert request is not None
        peer.dribble(b"HTTP/1.1 103 Early Hints\r\nUpgrade: h2c\r\n\r\n", 9)
        peer.dribble(upgrade(request.headers["sec-websocket-key"]) + frame(TEXT, b"first"), 5)
        peer.wait_for_close()

    with serving(handle) as server, websockets_of(server) as (client, _), client.connect("/") as socket:
        arrival = socket.receive(10)
        assert arrival is not None
        assert arrival.data == "first"


def test_frames_that_come_with_the_answer_are_not_lost() -> None:
    def handle(peer: Peer) -> None:
        request = peer.request()
        assert request is not None
        peer.send(upgrade(request.headers["sec-websocket-key"]) + frame(TEXT, b"at once"))
        peer.wait_for_close()

    with serving(handle) as server, websockets_of(server) as (client, _), client.connect("/") as socket:
        arrival = socket.receive(10)
        assert arrival is not None
        assert arrival.data == "at once"


HEADS = st.binary(max_size=200) | st.builds(
    lambda status, fields, rest: (
        b"HTTP/1.1 %d X\r\n" % status
        + b"".join(name + b": " + value + b"\r\n" for name, value in fields)
        + b"\r\n"
        + rest
    ),
    st.integers(100, 599),
    st.lists(
        st.tuples(
            st.sampled_from(
                [b"Upgrade", b"Connection", b"Sec-WebSocket-Extensions", b"Sec-WebSocket-Protocol"]
            ),
            st.sampled_from([b"websocket", b"Upgrade", b"permessage-deflate; a=", b"\xff", b"a, b", b""])
            | st.binary(max_size=5),
        ),
        max_size=5,
    ),
    st.binary(max_size=20),
)


@settings(deadline=None, max_examples=300)
@given(HEADS, st.integers(1, 50))
def test_any_answer_is_an_upgrade_or_a_named_failure(answer: bytes, size: int) -> None:
    """However it is cut into pieces."""
    target = parse_url("http://127.0.0.1/")
    handshake = Handshake(target, {}, ["chat"], [PerMessageDeflate()], 1000)
    try:
        for at in range(0, len(answer), size):
            if not handshake.complete:
                handshake.feed(answer[at : at + size])
        refusal = handshake.refusal() if handshake.complete else ("truncated", "")
    except TransportError as error:
        refusal = (error.kind, error.message)
    assert refusal is not None, "nobody knows our key"
    assert refusal[0] in ERROR_KINDS


@pytest.mark.parametrize("header", ["Host", "upgrade", "Sec-WebSocket-Key", "Content-Length", "a b"])
def test_headers_of_the_protocol_cannot_be_replaced(header: str) -> None:
    with websockets_of("ws://127.0.0.1:9") as (client, records):
        with pytest.raises(ValueError, match=r"set by the client|header name"):
            client.connect("/", headers={header: "x"})
        assert records.samples == []


def test_a_header_cannot_smuggle_another() -> None:
    with websockets_of("ws://127.0.0.1:9") as (client, _), pytest.raises(ValueError, match="CR, LF"):
        client.connect("/", headers={"X-A": "1\r\nX-B: 2"})


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "ws://", "chat"])
def test_a_base_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        WebSocketClient(url, recorder=Records())


def test_credentials_of_the_url_are_sent_and_not_recorded() -> None:
    mirror = Mirror()
    with serving(mirror) as server:
        url = server.url.replace("http://", "ws://me:secret@")
        with websockets_of(url) as (client, records):
            client.connect("/").close()
            assert dict(mirror.seen[0].extra_headers)[b"authorization"].startswith(b"Basic ")
            assert "secret" not in records.only.url


def test_credentials_go_to_the_base_urls_origin_only() -> None:
    mirror = Mirror()
    with serving(mirror) as server:
        secrets = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "c", "X-Own": "1"}
        with websockets_of("ws://127.0.0.1:9", headers=secrets) as (client, _):
            client.connect(server.url.replace("http", "ws") + "/there").close()
        names = {name for name, _ in mirror.seen[0].extra_headers}
        assert b"x-own" in names
        assert not {b"authorization", b"cookie", b"x-api-key"} & names


def test_a_proxy_is_asked_for_a_tunnel_with_and_without_tls(tmp_path: Path) -> None:
    """A proxy that does not know WebSocket cannot forward it (RFC 6455 section 4.1)."""
    certificate = make_certificate(tmp_path, "good", host="chat.example.com")
    for scheme, port, tls in (("ws", 80, None), ("wss", 443, certificate)):
        with serving(Mirror(), tls) as server, proxy_to(server) as proxy:
            proxies = environment_proxies({"HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url})
            options = {"proxies": proxies, "ca_file": certificate[0]}
            with websockets_of(f"{scheme}://chat.example.com", **options) as (client, records):
                with client.connect("/") as socket:
                    socket.send("through")
                    assert socket.receive(10) is not None
                assert records.kinds == [""]
            assert proxy.requests == [f"CONNECT chat.example.com:{port} HTTP/1.1"]


def judged(verdict: Callable[[WebSocket], Failure | None]) -> tuple[Records, BaseException | None]:
    """Connect with a judge; return the records and what was raised."""
    with serving(accepting(frame(TEXT, b"no"))) as server, websockets_of(server) as (client, records):
        try:
            client.connect("/", judge=verdict).close()
        except BaseException as error:
            return records, error
        return records, None


def says_no(opened: WebSocket) -> Failure | None:
    arrival = opened.receive(10)
    return Failure("app_error", "it said no") if arrival is not None and arrival.data == "no" else None


def test_a_handshake_is_good_only_when_its_judge_says_so() -> None:
    records, raised = judged(says_no)
    assert isinstance(raised, HandshakeError)
    assert (raised.kind, raised.message, raised.status) == ("app_error", "it said no", 101)
    assert (records.kinds, records.only.status) == (["app_error"], 101)


def test_the_judge_takes_no_time_of_the_handshake() -> None:
    judging_s = 1.5

    def slow(_: WebSocket) -> None:
        gevent.sleep(judging_s)

    records, raised = judged(slow)
    assert raised is None
    assert records.only.duration_s + records.only.blocked_s < judging_s / 2


def test_a_stopped_judge_is_an_interrupted_handshake() -> None:
    def stopped(_: WebSocket) -> None:
        raise gevent.GreenletExit

    records, raised = judged(stopped)
    assert isinstance(raised, gevent.GreenletExit)
    assert (records.kinds, records.only.error) == (["interrupted"], "GreenletExit during the handshake")
