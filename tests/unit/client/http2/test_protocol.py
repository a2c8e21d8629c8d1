"""The protocol without a socket, with the h2 library as the server."""

import pytest
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamReset
from hyperframe.frame import (
    GoAwayFrame,
    PingFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)

from loadlib.client.http2.protocol import Http2Protocol
from loadlib.client.http2.settings import CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES
from loadlib.client.http2.stream import Http2Stream
from tests.unit.client.http2.wire import (
    HEAD,
    LIMIT,
    OK,
    Pair,
    head,
    hear,
    stream,
    talked_to,
    written,
)


def test_request_and_answer_pass_through_another_implementation() -> None:
    """Head, body and trailers arrive; interim answers are skipped, trailers dropped, sizes counted."""
    pair = Pair()
    one = pair.open(stream())
    assert [event.headers for event in pair.seen(RequestReceived)] == [
        [(":method", "GET"), (":scheme", "http"), (":authority", "example.com"), (":path", "/")]
    ]
    pair.server.send_headers(1, [(":status", "103"), ("link", "</x>")])
    pair.server.send_headers(1, [*OK, ("x-a", "b")])
    pair.server.send_data(1, b"hello ")
    pair.server.send_data(1, b"world")
    pair.server.send_headers(1, [("x-sum", "1")], end_stream=True)
    pair.carry()
    assert (one.status, one.fields, one.take_body(), one.complete) == (
        200,
        [(b"x-a", b"b")],
        b"hello world",
        True,
    )
    assert (one.body_bytes, one.first_byte_s, one.ended_s, pair.client.streams) == (11, 1.0, 1.0, {})
    assert one.request_bytes > 9
    assert one.response_bytes > 11 + 5 * 9


def test_header_lists_larger_than_a_frame_are_continued_both_ways() -> None:
    pair = Pair()
    one = stream()
    pair.client.open(one, HEAD + b"X-Big: " + bytes(range(33, 127)) * 300, True)
    pair.carry()
    assert len(dict(pair.seen(RequestReceived)[0].headers)["x-big"]) == 94 * 300
    pair.server.send_headers(1, [*OK, ("x-big", "y~" * 12_000)], end_stream=True)
    pair.carry()
    assert len(one.lookup[b"x-big"]) == 24_000
    assert one.response_bytes > 16_384


def test_only_one_stream_is_opened_before_the_server_has_said_how_many() -> None:
    """Then as many as it says, counting those that are open."""
    client: Http2Protocol[Http2Stream] = Http2Protocol("http", LIMIT)
    assert client.has_room
    client.open(stream(), HEAD, True)
    assert not client.has_room
    hear(client, SettingsFrame(0, {SettingsFrame.MAX_CONCURRENT_STREAMS: 2}))
    assert client.has_room
    client.open(stream(), HEAD, True)
    assert not client.has_room
    hear(client, head(1, (":status", "204"), ends=True))
    assert client.has_room


def test_body_goes_no_further_than_stream_and_connection_windows() -> None:
    """A stream's window of 10 bytes, then updates; the connection's 65,535 bound all streams together."""
    pair = Pair(INITIAL_WINDOW_SIZE=10)
    one = pair.open(stream(), ends=False)
    assert pair.client.sendable(one) == 10
    pair.client.send_data(one, b"0123456789", False)
    pair.carry()
    assert pair.client.sendable(one) == 0
    pair.server.increment_flow_control_window(100_000, 1)
    pair.carry()
    sent = 10
    while room := pair.client.sendable(one):
        assert room <= 16_384
        pair.client.send_data(one, bytes(room), False)
        sent += room
        pair.carry()
    assert sent == 65_535
    assert sum(len(event.data) for event in pair.seen(DataReceived)) == sent


def test_smaller_initial_window_may_leave_a_window_below_zero() -> None:
    """RFC 9113 section 6.9.2: a stream that already sent more waits until updates make up for it."""
    one = stream()
    client = talked_to(one, ends=False)
    client.send_data(one, bytes(1000), False)
    hear(client, SettingsFrame(0, {SettingsFrame.INITIAL_WINDOW_SIZE: 100}))
    assert (one.send_window, client.sendable(one)) == (-900, 0)
    hear(client, WindowUpdateFrame(1, 950))
    assert client.sendable(one) == 50


def test_windows_are_given_back_as_bodies_arrive() -> None:
    """A body of several windows comes through another implementation's flow control to its end."""
    pair = Pair()
    one = pair.open(stream(), ends=True)
    pair.server.send_headers(1, OK)
    sent = 0
    while sent < 3 * CONNECTION_WINDOW_BYTES:
        room = min(pair.server.local_flow_control_window(1), 16_384)
        assert room > 0
        pair.server.send_data(1, bytes(room))
        sent += room
        pair.carry()
    assert one.body_bytes == sent


def test_held_window_is_given_back_only_as_the_body_is_taken() -> None:
    """A slow reader stops its own stream at its window; the connection's window is there for the others."""
    pair = Pair()
    slow, other = stream(body_limit=0), stream()
    slow.hold_window(pair.client.give_back)
    pair.open(slow)
    pair.open(other)
    pair.server.send_headers(1, OK)
    pair.server.send_headers(3, OK)
    for _ in range(STREAM_WINDOW_BYTES // 16_384):
        pair.server.send_data(1, bytes(16_384))
        pair.carry()
    assert pair.server.local_flow_control_window(1) == 0
    assert pair.server.local_flow_control_window(3) == STREAM_WINDOW_BYTES
    assert len(slow.take_body()) == STREAM_WINDOW_BYTES
    pair.carry()
    assert pair.server.local_flow_control_window(1) == STREAM_WINDOW_BYTES


def test_cancelled_stream_is_reset_and_what_still_comes_of_it_is_ignored() -> None:
    """The header table stays in step although nobody reads the head."""
    pair = Pair()
    one, other = pair.open(stream()), pair.open(stream())
    pair.server.send_headers(1, [*OK, ("x-learned", "by the table")])
    pair.server.send_data(1, b"late", end_stream=True)
    late = pair.server.data_to_send()
    pair.client.cancel(one)
    pair.client.receive(late, 1.0)
    pair.server.send_headers(3, [*OK, ("x-learned", "by the table")], end_stream=True)
    pair.carry()
    assert (one.status, other.lookup[b"x-learned"]) == (0, b"by the table")
    assert [event.error_code for event in pair.seen(StreamReset)] in ([], [ErrorCodes.CANCEL])


def test_answer_before_the_end_of_the_request_is_complete() -> None:
    """The stream stays open for the request's side alone, until that is ended or given up."""
    one = stream()
    client = talked_to(one, ends=False)
    hear(client, head(1, (":status", "413"), ends=True))
    assert (one.status, one.complete, [*client.streams]) == (413, True, [1])
    client.cancel(one)
    assert [frame.error_code for frame in written(client)] == [8]
    assert client.streams == {}


def test_reset_after_a_complete_answer_is_no_failure() -> None:
    """RFC 9113 section 8.1: a server may answer early and then ask, with NO_ERROR, for the rest to stop."""
    one = stream()
    client = talked_to(one, ends=False)
    hear(client, head(1, (":status", "200"), ends=True), RstStreamFrame(1, 0))
    assert (one.complete, one.failure, client.streams) == (True, None, {})


def test_goaway_fails_the_streams_it_leaves_out_and_lets_the_others_end() -> None:
    one, two, three = stream(), stream(), stream()
    client = talked_to(one, two, three)
    hear(client, GoAwayFrame(0, last_stream_id=3, error_code=11, additional_data=b"slow down"))
    assert not client.has_room
    assert (one.failure, two.failure, three.failure and three.failure.kind) == (None, None, "http2_goaway")
    assert "ENHANCE_YOUR_CALM: 'slow down'" in str(three.failure)
    hear(client, head(3, (":status", "200"), ends=True), head(1, (":status", "200"), ends=True))
    assert (one.complete, two.complete, three.complete) == (True, True, False)


def test_ping_is_answered_and_settings_are_acknowledged() -> None:
    client = talked_to()
    hear(client, PingFrame(0, b"12345678"), PingFrame(0, b"87654321", flags=["ACK"]), SettingsFrame(0))
    ping, acknowledgement = written(client)
    assert isinstance(ping, PingFrame)
    assert (ping.opaque_data, ping.flags, acknowledgement.flags) == (b"12345678", {"ACK"}, {"ACK"})


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_a_body_needs_none_whatever_its_length_says(status: int) -> None:
    one = stream()
    hear(talked_to(one), head(1, (":status", str(status)), ("content-length", "5"), ends=True))
    assert one.complete


def test_answer_to_head_has_the_length_but_no_body() -> None:
    one = stream(head_only=True)
    hear(talked_to(one), head(1, (":status", "200"), ("content-length", "5"), ends=True))
    assert one.complete
