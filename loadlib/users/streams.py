"""Reading a stream as a user: bytes into events, events to the protocol's verifier, times into metrics.

A stream is good when its verifier says that it completed. Latencies are recorded of completed streams only;
a failed one is a failure of exactly one kind. One that our own stop cut off is neither, nor is one that was
throttled (429): the user then waits as the server asks.
"""

from collections.abc import Callable, Mapping
from typing import Final

from loadlib.client.errors import TransportError
from loadlib.client.stream import StreamResponse
from loadlib.core.endpoint import endpoint_name
from loadlib.protocols.failures import Failure
from loadlib.protocols.sse import SseFramingError, SseParser
from loadlib.protocols.stream import CRLF_FRAMING, Mark, StreamEnd, StreamVerdict, StreamVerifier
from loadlib.users.base import PlatformUser
from loadlib.users.outcomes import THROTTLED, retry_after_s, wait_as_asked
from loadlib.users.stream_times import StreamTimes

EVENT_STREAM: Final = "text/event-stream"
TOKEN_LIMIT: Final = "token_limit"  # noqa: S105 - the name of a failure
_TERMINAL: Final = Mark.TERMINAL
_NO_TOKENS: Final = "token limit exceeded"
_ENDS: Final = {
    "timeout": StreamEnd.TIMEOUT,
    "not_closed": StreamEnd.TIMEOUT,
    "idle_timeout": StreamEnd.IDLE_TIMEOUT,
    "truncated": StreamEnd.CUT,
    "reset": StreamEnd.CUT,
}
_STATUS_KINDS: Final = {401: "auth", 403: "auth", 429: THROTTLED}
_OF_TRANSPORT: Final = frozenset({"transport", "truncated", "stream_timeout", "idle_timeout"})

JsonJudge = Callable[[str], Failure]


class StreamCall:
    """One kind of stream a user opens: where, under which name, of which protocol."""

    def __init__(
        self,
        user: PlatformUser,
        *,
        protocol: str,
        path: str,
        name: str,
        headers: Mapping[str, str],
        agent: str = "",
    ) -> None:
        self._user = user
        self._path = path
        self._name = name
        self._headers = headers
        endpoint = endpoint_name("POST", name)
        self._tags = {"protocol": protocol, "endpoint": endpoint, "agent": agent}
        self._http_tags = {key: value for key, value in (("protocol", protocol), ("agent", agent)) if value}

    def run(
        self, body: bytes, verifier: StreamVerifier, judge_json: JsonJudge | None = None
    ) -> StreamVerdict:
        """Open the stream, read it to its end, record it, and return the verdict.

        ``judge_json`` names what a single JSON answer means in the protocol, where one may come instead.
        """
        user = self._user
        user.measure("streams", 1, **self._tags)
        try:
            response, verdict, times = self._play(body, verifier, judge_json)
        except BaseException:
            user.measure("streams_incomplete", 1, **self._tags)
            raise
        throttled = verdict.failure is not None and verdict.failure.kind == THROTTLED
        user.measure("http_req_throttled", throttled, **self._tags)
        if throttled:
            wait_as_asked(user, retry_after_s(response.headers))
        else:
            self._record(response, verdict, times)
        return verdict

    def _play(
        self, body: bytes, verifier: StreamVerifier, judge_json: JsonJudge | None
    ) -> tuple[StreamResponse, StreamVerdict, StreamTimes]:
        user = self._user
        response = user.http("agentos").stream(
            "POST",
            self._path,
            name=self._name,
            headers=self._headers,
            data=body,
            expected_statuses=(200,),
            tags=self._http_tags,
        )
        with response:
            times = StreamTimes(response.attempt.ready_s, user.settings.stall_s)
            verdict = _refused(response) or _not_streamed(response, judge_json)
            if verdict is None:
                verdict = _read(response, verifier, times, user.settings.close_timeout_s)
            _finish(response, verdict)
        return response, verdict, times

    def _record(self, response: StreamResponse, verdict: StreamVerdict, times: StreamTimes) -> None:
        measure, tags = self._user.measure, self._tags
        measure("stream_events", times.events, **tags)
        measure("stream_stalls", times.stalls, **tags)
        measure("streams_incomplete", int(verdict.outcome == "incomplete"), **tags)
        for finding, count in verdict.soft.items():
            measure("stream_findings", count, kind=finding, **tags)
        if verdict.outcome in ("completed", "failed"):
            measure("stream_failed", verdict.outcome == "failed", **tags)
        if verdict.failure is None:
            measure("stream_failures", 0, **tags)
        else:
            measure("stream_failures", 1, kind=verdict.failure.kind, **tags)
        if verdict.outcome == "completed":
            self._record_times(response, verdict, times)

    def _record_times(self, response: StreamResponse, verdict: StreamVerdict, times: StreamTimes) -> None:
        measure, tags = self._user.measure, self._tags
        taken = {
            "stream_ttfb": response.attempt.first_byte_s - response.attempt.ready_s,
            "stream_ttfe": times.ttfe_s,
            "stream_ttft": times.ttft_s,
            "stream_duration": times.duration_s,
            "stream_stall_time": times.stall_time_s,
        }
        for metric, value in taken.items():
            if value is not None:
                measure(metric, value, **tags)
        if (gaps := times.gaps).count:
            self._user.measure_all("stream_chunk_gap", gaps, **tags)
        if verdict.output_tokens is not None:
            measure("stream_tokens", verdict.output_tokens, **tags)


def _refused(response: StreamResponse) -> StreamVerdict | None:
    """Return the verdict of an answer that failed by connection or status, ``None`` for a 200."""
    status = response.status_code
    if not status:
        return _failed(_transport(response.error_kind, response.error))
    if status == 200:
        return None
    detail = f"HTTP {status}: {_excerpt(response)}"
    if status == 429 and _NO_TOKENS in detail.lower():
        return _failed(Failure(TOKEN_LIMIT, detail))
    return _failed(Failure(_STATUS_KINDS.get(status, "http_status"), detail))


def _not_streamed(response: StreamResponse, judge_json: JsonJudge | None) -> StreamVerdict | None:
    """Return the verdict of an answer of another media type than a stream's, ``None`` for a stream."""
    if response.content_type == EVENT_STREAM:
        return None
    body = _excerpt(response)
    if judge_json is not None and response.content_type == "application/json":
        return _failed(judge_json(body))
    return _failed(Failure("content_type", f"{response.content_type or 'no media type'}: {body}"))


def _read(
    response: StreamResponse, verifier: StreamVerifier, times: StreamTimes, close_timeout_s: float
) -> StreamVerdict:
    parser = SseParser()
    feed, judge, take = parser.feed, verifier.on_event, times.on_event
    end, leftover = StreamEnd.CLOSED, None
    try:
        for at_s, chunk in response:
            for event in feed(chunk):
                marks = judge(event)
                if marks & _TERMINAL and times.duration_s is None:
                    response.limit(close_timeout_s)
                take(at_s, marks)
    except TransportError as error:
        end = _ENDS.get(error.kind, StreamEnd.CUT)
        leftover = None if error.kind in _ENDS else _transport(error.kind, error.message)
    except SseFramingError as error:
        leftover = error.failure
    verdict = verifier.finish(end, leftover or parser.close())
    return verdict.with_soft(CRLF_FRAMING) if parser.crlf_seen else verdict


def _finish(response: StreamResponse, verdict: StreamVerdict) -> None:
    """Let the request's sample agree with the verdict.

    A failure of connection or status keeps the client's own kind, as for any other request; the protocol's
    names a failure of a 200 by its meaning, and a 429 that is none of the rate limit.
    """
    failure = verdict.failure
    if failure is not None and failure.kind == TOKEN_LIMIT:
        response.finish(failure.kind, failure.detail)
    elif failure is None or response.status_code not in (0, 200):
        response.finish(good=True)  # by its status alone, however the transport ended afterwards
    elif response.error_kind and failure.family in _OF_TRANSPORT:
        response.finish()
    else:
        response.finish(failure.kind, failure.detail)


def _excerpt(response: StreamResponse) -> str:
    try:
        return response.read_all().decode("utf-8", "replace")
    except TransportError as error:
        return f"({error})"


def _transport(kind: str, error: str) -> Failure:
    return Failure(f"transport:{kind}", error)


def _failed(failure: Failure) -> StreamVerdict:
    return StreamVerdict("failed", failure)
