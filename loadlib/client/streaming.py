"""Requests whose answers are read as they arrive: begun here, recorded when they are finished."""

from collections.abc import Iterable
from typing import Any, Final

from loadlib.client.arguments import Auth, TagPairs
from loadlib.client.body import Data
from loadlib.client.call import Call, merge_tags
from loadlib.client.client_base import ClientBase
from loadlib.client.errors import TransportError
from loadlib.client.following import signed_first
from loadlib.client.head import HeaderValues
from loadlib.client.judging import StatusRule, mark_failed, mark_status
from loadlib.client.multipart import Files
from loadlib.client.outgoing import outgoing
from loadlib.client.stream import StreamResponse
from loadlib.client.url import Params

_STREAM_STATUSES: Final = ((200, 299),)


class StreamingClient(ClientBase):
    """A client that can stream."""

    def stream(
        self,
        method: str,
        url: str,
        *,
        name: str | None = None,
        params: Params | None = None,
        headers: HeaderValues | None = None,
        data: Data | None = None,
        json: object = None,
        auth: Auth | None = None,
        files: Files | None = None,
        compression: str | None = None,
        timeout: float | None = None,
        idle_timeout_s: float | None = None,
        expected_statuses: Iterable[StatusRule] | None = None,
        tags: TagPairs | None = None,
        context: dict[str, Any] | None = None,
    ) -> StreamResponse:
        """Send a request and return as soon as the head of its answer is there, or is known never to come.

        ``timeout`` is for the whole stream, default ``stream_timeout_s``; without one the head must come
        within ``timeout_s``. ``idle_timeout_s`` is for silence after the head. Redirects are not followed and
        challenges not answered (a digest uses the challenge of an earlier request), compression is not asked
        for, and only 200-299 are expected by default. The sample is recorded by ``finish``, or at the latest
        by `close`.
        """
        total_s = self._options.stream_timeout_s if timeout is None else timeout
        head_s = min(total_s, self._options.timeout_s) if timeout is None else timeout
        idle_s = self._options.stream_idle_timeout_s if idle_timeout_s is None else idle_timeout_s
        rules = _STREAM_STATUSES if expected_statuses is None else expected_statuses
        call = Call(name, merge_tags(self._tags, tags), context, rules, total_s)
        plain = {"Accept-Encoding": "identity", **(headers or {})}
        request = outgoing(method, url, params, plain, data, json, auth, files, compression)
        request = signed_first(request, self._sender.site, self._digests)
        attempt, payload, problem = self._sender.prepare(request, call)
        stream = StreamResponse(
            attempt, call, self._finish_stream, self._options.max_response_bytes, self._control_flow
        )
        self._unfinished.add(stream)
        try:
            if problem is not None:
                raise problem
            connection = self._sender.begin_stream(attempt, payload, attempt.started_s + head_s)
            stream.open(connection, call.deadline_s, idle_s)
        except TransportError as error:
            stream.fail(error)
        except BaseException as error:
            stream.interrupt(error)
            stream.finish()
            raise
        return stream

    def _finish_stream(self, stream: StreamResponse, error_kind: str, error: str) -> None:
        self._unfinished.discard(stream)
        sample = self._sender.sample(stream.attempt, stream.call)
        sample.streamed = True
        sample.status = stream.status_code
        if error_kind:
            mark_failed(sample, error_kind, error)
        else:
            mark_status(sample, stream.call.rules)
        self._recorder.http(sample)
