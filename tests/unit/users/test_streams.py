"""How streams end: the wait for their close, cuts after the last event, refusals, and our own stop."""

import json
import time
from collections.abc import Iterable
from typing import Any

import gevent
import pytest

from loadlib.protocols.agui.requests import HEADERS
from loadlib.protocols.agui.verifier import AguiVerifier
from loadlib.protocols.stream import StreamVerdict
from loadlib.users.streams import StreamCall
from tests.integration.protocol_calls import Recorded
from tests.support import free_port
from tests.unit.users.support import (
    CLOSE,
    STREAM_END,
    STREAM_HEAD,
    Asked,
    Script,
    Served,
    chunk,
    events,
    recorded_user,
    reply,
    server,
)

RUN = [
    {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
    {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
    {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "hi"},
    {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": "there"},
    {"type": "TEXT_MESSAGE_END", "messageId": "m"},
    {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
]
GOOD = chunk(events(*(json.dumps(event) for event in RUN)))
UNFINISHED = chunk(events(*(json.dumps(event) for event in RUN[:3])))
WAITS: dict[str, Any] = {"stream_timeout_s": 30, "idle_timeout_s": 20, "close_timeout_s": 0.4}


def call(user: Any) -> StreamVerdict:
    """Run the stream once."""
    stream = StreamCall(user, protocol="agui", path="/agui", name="/agui", headers=HEADERS, agent="d")
    return stream.run(b"{}", AguiVerifier("t", "r", protocol_version=None))


def streamed(script: Script, **settings: object) -> tuple[StreamVerdict, Recorded, float]:
    """Return the verdict of one stream, its recording, and how long it took."""
    with server(script) as platform:
        user, recorded = recorded_user(base_url=platform.url, **{**WAITS, **settings})
        started_s = time.perf_counter()
        verdict = call(user)
        elapsed_s = time.perf_counter() - started_s
        user.on_stop()
    return verdict, recorded(), elapsed_s


def _closes(_asked: Asked, _served: Served) -> Iterable[bytes]:
    yield STREAM_HEAD + GOOD + STREAM_END


def _stays_open(_asked: Asked, served: Served) -> Iterable[bytes]:
    yield STREAM_HEAD + GOOD
    served.over.wait(30)
    yield CLOSE


def _beats(_asked: Asked, served: Served) -> Iterable[bytes]:
    yield STREAM_HEAD + GOOD
    while not served.over.wait(0.05):
        yield chunk(b": ping\n\n")


def _cuts(_asked: Asked, _served: Served) -> Iterable[bytes]:
    yield STREAM_HEAD + GOOD
    yield CLOSE


def _hangs(_asked: Asked, served: Served) -> Iterable[bytes]:
    yield STREAM_HEAD + UNFINISHED
    served.over.wait(30)
    yield CLOSE


@pytest.mark.parametrize(
    ("script", "soft"),
    [
        (_closes, []),
        (_cuts, ["cut_after_terminal"]),
        (_stays_open, ["not_closed_after_terminal"]),
        (_beats, ["not_closed_after_terminal"]),
    ],
)
def test_stream_that_came_to_its_end_is_good_however_it_closes(script: Script, soft: list[str]) -> None:
    """The request's sample agrees, and nobody waits for the close as long as for the answer."""
    verdict, run, elapsed_s = streamed(script)
    assert (verdict.outcome, list(verdict.soft)) == ("completed", soft)
    assert list(run.tally("stream_findings", "kind")) == soft
    assert run.rate("stream_failed") == (0, 1)
    assert run.rate("http_req_failed") == (0, 1)
    assert run.failure_kinds == {}
    assert run.trend("stream_chunk_gap").count == 1
    assert elapsed_s < WAITS["idle_timeout_s"] / 2


def test_close_is_waited_for_as_long_as_the_setting_says() -> None:
    _, _, short_s = streamed(_beats, close_timeout_s=0.1)
    _, _, long_s = streamed(_beats, close_timeout_s=0.9)
    assert long_s >= 0.9
    assert short_s < long_s


def test_silence_before_the_end_is_still_allowed_the_idle_timeout() -> None:
    verdict, run, elapsed_s = streamed(_hangs, idle_timeout_s=0.9, close_timeout_s=0.1)
    assert verdict.failure is not None
    assert verdict.failure.kind == "idle_timeout"
    assert elapsed_s >= 0.9
    assert run.tally("http_reqs", "error_kind") == {"idle_timeout": 1}


@pytest.mark.parametrize(
    ("status", "stream_kind", "http_kind"),
    [
        (201, "http_status", "unexpected_status"),
        (302, "http_status", "redirect"),
        (401, "auth", "auth"),
        (404, "http_status", "not_found"),
        (422, "http_status", "client_error"),
        (500, "http_status", "server_error"),
    ],
)
def test_refused_stream_keeps_the_clients_kind_as_a_request_and_the_protocols_as_a_stream(
    status: int, stream_kind: str, http_kind: str
) -> None:
    _, run, _ = streamed(lambda _asked, _served: [reply(b"{}", status)])
    assert run.tally("stream_failures", "kind") == {stream_kind: 1}
    assert run.tally("http_reqs", "error_kind") == run.failure_kinds == {http_kind: 1}
    assert run.rate("stream_failed") == run.rate("http_req_failed") == (1, 1)


def test_refusal_whose_body_has_no_end_is_still_that_refusal() -> None:
    def drips(_asked: Asked, served: Served) -> Iterable[bytes]:
        yield STREAM_HEAD.replace(b"200", b"503")
        while not served.over.wait(0.05):
            yield chunk(b"x")

    _, run, _ = streamed(drips, stream_timeout_s=0.9, idle_timeout_s=0.8)
    assert run.tally("stream_failures", "kind") == {"http_status": 1}
    assert run.failure_kinds == {"server_error": 1}


def test_stream_whose_connection_is_refused_keeps_both_kinds() -> None:
    user, recorded = recorded_user(base_url=f"http://127.0.0.1:{free_port()}", **WAITS)
    call(user)
    run = recorded()
    assert run.tally("stream_failures", "kind") == {"transport:connect_refused": 1}
    assert run.failure_kinds == {"connect_refused": 1}


def test_wrong_meaning_of_a_200_has_the_protocols_kind_in_both() -> None:
    _, run, _ = streamed(lambda _asked, _served: [STREAM_HEAD + UNFINISHED + STREAM_END])
    assert run.tally("stream_failures", "kind") == run.failure_kinds == {"no_terminal": 1}


def test_wrong_event_before_a_cut_is_the_failure() -> None:
    bad = chunk(events(json.dumps(RUN[0]), "{"))
    _, run, _ = streamed(lambda _asked, _served: [STREAM_HEAD + bad, CLOSE])
    assert run.tally("stream_failures", "kind") == run.failure_kinds == {"bad_json": 1}


@pytest.mark.parametrize(
    ("body", "throttled", "kinds"),
    [
        (b'{"detail":"Token limit exceeded. Remaining: 12 tokens"}', 0, {"token_limit": 1}),
        (b'{"error":"Rate limit exceeded: 10 per 1 minute"}', 1, {}),
        (b"", 1, {}),
    ],
)
def test_exceeded_token_limit_is_a_failure_and_no_throttling(
    body: bytes, throttled: int, kinds: dict[str, int]
) -> None:
    _, run, _ = streamed(lambda _asked, _served: [reply(body, 429)])
    assert run.rate("http_req_throttled") == (throttled, 1)
    assert run.tally("stream_failures", "kind") == kinds
    assert run.failure_kinds == (kinds or {"throttled": 1})
    assert run.rate("stream_failed") == (len(kinds), len(kinds))


def test_stream_that_our_own_stop_cuts_off_is_counted_as_incomplete() -> None:
    """Started streams are the completed, the failed and the incomplete ones."""
    with server(_hangs) as platform:
        user, recorded = recorded_user(base_url=platform.url, **WAITS)
        greenlet = gevent.spawn(call, user)
        with gevent.Timeout(10):
            while not platform.asked:
                gevent.sleep(0.01)
        greenlet.kill()
        user.on_stop()
    run = recorded()
    assert run.total("streams") == run.total("streams_incomplete") == 1
    assert run.count("stream_failed") == run.count("http_reqs") == 0
    assert run.total("http_reqs_interrupted") == 1


@pytest.mark.parametrize("script", [_closes, _cuts, lambda _asked, _served: [reply(b"{}", 500)]])
def test_stream_that_came_to_an_end_is_not_incomplete(script: Script) -> None:
    _, run, _ = streamed(script)
    assert (run.count("streams_incomplete"), run.total("streams_incomplete")) == (1, 0)
