"""The client a user calls: one method per HTTP verb, streams, default headers, cookies, tags.

It puts the parts together: requests on the wire are `Sender`'s, redirects are followed here, and every
request is judged and recorded here, exactly once. A failed request does not raise into the scenario: it
returns a response with status 0. Nothing is ever sent twice: a kept-alive connection that turns out to be
closed is a failed sample of the kind ``closed_idle``, and not a second request.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from loadlib.client.body import Data, encode_body
from loadlib.client.call import Call, merge_tags
from loadlib.client.cookies import CookieJar
from loadlib.client.errors import TransportError
from loadlib.client.eventloop import GreenletExit
from loadlib.client.head import HeaderValues
from loadlib.client.headers import DefaultHeaders
from loadlib.client.judging import (
    Checks,
    ControlFlow,
    Judge,
    StatusRule,
    mark_failed,
    mark_status,
    run_checks,
    run_judge,
)
from loadlib.client.options import ClientOptions
from loadlib.client.plan import site_for
from loadlib.client.redirects import REDIRECT_STATUSES, Outgoing, redirected
from loadlib.client.response import Response
from loadlib.client.sample import Recorder, Tags
from loadlib.client.sender import Authorize, Sender
from loadlib.client.stream import StreamResponse
from loadlib.client.url import Params, basic_authorization, with_params
from loadlib.errors import ConfigurationError

TagPairs = Mapping[str, str] | Iterable[tuple[str, str]]

_STREAM_STATUSES: Final = ((200, 299),)
_NO_HEADERS: Final[HeaderValues] = {}


class HttpClient:
    """The HTTP/1.1 client of one user. Several greenlets of the user may share it; threads may not.

    Args:
        base_url: absolute http(s) URL that relative URLs are appended to. Credentials in it become basic
            authentication.
        recorder: takes the samples.
        options: limits and habits.
        service: prefix of all endpoint names, for scenarios with several services.
        tags: of all samples.
        headers: sent with every request, besides those of ``options``.

    Attributes:
        headers: the default headers; may be changed between requests.
        authorize: a callable that returns the Authorization value for a request to the base URL's origin, or
            None; called before every request, so that tokens can be refreshed.

    Raises:
        ConfigurationError: ``base_url`` cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        *,
        recorder: Recorder,
        options: ClientOptions | None = None,
        service: str = "",
        tags: TagPairs = (),
        headers: Mapping[str, str] | None = None,
        authorize: Authorize | None = None,
    ) -> None:
        self._options = options or ClientOptions()
        self._sender = _sender(base_url, service, recorder, self._options, headers or {})
        self._recorder = recorder
        self._control_flow: ControlFlow = (GreenletExit, *self._options.control_flow)
        self._tags = merge_tags((), tags)
        self._unfinished: set[Response | StreamResponse] = set()
        self.authorize = authorize

    @property
    def headers(self) -> DefaultHeaders:
        """The default headers."""
        return self._sender.headers

    @property
    def cookies(self) -> CookieJar:
        """The user's cookies."""
        return self._sender.cookies

    @property
    def authorize(self) -> Authorize | None:
        """Where the Authorization value comes from."""
        return self._sender.authorize

    @authorize.setter
    def authorize(self, source: Authorize | None) -> None:
        self._sender.authorize = source

    @property
    def tags(self) -> Tags:
        """The tags of all samples, sorted."""
        return self._tags

    @tags.setter
    def tags(self, tags: TagPairs) -> None:
        self._tags = merge_tags((), tags)

    @property
    def connections_opened(self) -> int:
        """Connections made so far; far below the number of requests while keep-alive works."""
        return self._sender.dialled

    def request(
        self,
        method: str,
        url: str,
        *,
        name: str | None = None,
        params: Params | None = None,
        headers: HeaderValues | None = None,
        data: Data | None = None,
        json: object = None,
        auth: tuple[str, str] | None = None,
        allow_redirects: bool = True,
        timeout: float | None = None,
        catch_response: bool = False,
        checks: Checks | None = None,
        judge: Judge | None = None,
        expected_statuses: Iterable[StatusRule] | None = None,
        tags: TagPairs | None = None,
        context: dict[str, Any] | None = None,
    ) -> Response:
        """Send a request, follow its redirects, record a sample for each, and return the last answer.

        Args:
            method: upper-case HTTP method.
            url: relative to the base URL, or absolute.
            name: a template that starts with ``/`` replaces the endpoint's; any other text is a label.
            params: appended to the query.
            headers: for this call; they replace default headers, None leaves one out.
            data: body as bytes, text, or fields of a form.
            json: body as a JSON value.
            auth: name and password.
            allow_redirects: follow 3xx answers, up to ``max_redirects``.
            timeout: seconds for the call as a whole, in place of ``timeout_s``.
            catch_response: record at the end of a ``with`` block on the response, which may call ``failure``
                or ``success``.
            checks: name to predicate of the response; each is recorded as a check.
            judge: returns a failure (kind and detail), a kind, a text, or None for a good response.
            expected_statuses: numbers and inclusive (low, high) pairs of statuses that do not count as
                failed, default 200-399. Redirects that are followed always count as expected.
            tags: more tags for these samples.
            context: handed to the recorder.

        Raises:
            ValueError: a method, header or body that cannot be sent.
        """
        call_tags = merge_tags(self._tags, tags) if tags else self._tags
        timeout_s = self._options.timeout_s if timeout is None else timeout
        call = Call(name, call_tags, context, expected_statuses, timeout_s, judge, checks)
        request = _outgoing(method, url, params, headers, data, json, auth)
        response = self._sender.send(request, call)
        if response.status_code in REDIRECT_STATUSES and allow_redirects and self._options.max_redirects:
            response = self._follow(response, request, call)
        return self._conclude(response, call, catch_response)

    def get(self, url: str, **kwargs: Any) -> Response:
        """`request` with GET."""
        return self.request("GET", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> Response:
        """`request` with HEAD."""
        return self.request("HEAD", url, **kwargs)

    def options(self, url: str, **kwargs: Any) -> Response:
        """`request` with OPTIONS."""
        return self.request("OPTIONS", url, **kwargs)

    def post(self, url: str, data: Data | None = None, json: object = None, **kwargs: Any) -> Response:
        """`request` with POST."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str, data: Data | None = None, **kwargs: Any) -> Response:
        """`request` with PUT."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str, data: Data | None = None, **kwargs: Any) -> Response:
        """`request` with PATCH."""
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> Response:
        """`request` with DELETE."""
        return self.request("DELETE", url, **kwargs)

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
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        idle_timeout_s: float | None = None,
        expected_statuses: Iterable[StatusRule] | None = None,
        tags: TagPairs | None = None,
        context: dict[str, Any] | None = None,
    ) -> StreamResponse:
        """Send a request and return as soon as the head of its answer is there, or is known never to come.

        ``timeout`` is for the whole stream, default ``stream_timeout_s``; without one the head must come
        within ``timeout_s``. ``idle_timeout_s`` is for silence after the head. Redirects are not followed,
        compression is not asked for, and only 200-299 are expected by default. The sample is recorded by
        ``finish``, or at the latest by `close`.
        """
        total_s = self._options.stream_timeout_s if timeout is None else timeout
        head_s = min(total_s, self._options.timeout_s) if timeout is None else timeout
        idle_s = self._options.stream_idle_timeout_s if idle_timeout_s is None else idle_timeout_s
        rules = _STREAM_STATUSES if expected_statuses is None else expected_statuses
        call = Call(name, merge_tags(self._tags, tags), context, rules, total_s)
        request = _outgoing(
            method, url, params, {"Accept-Encoding": "identity", **(headers or {})}, data, json, auth
        )
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

    def close(self) -> None:
        """Close all connections and record what was left unfinished. The client can be used again."""
        for unfinished in tuple(self._unfinished):
            if isinstance(unfinished, StreamResponse):
                unfinished.finish("interrupted", "the client was closed before the stream was finished")
            else:
                self._record(unfinished)
        self._sender.close()

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _follow(self, response: Response, request: Outgoing, call: Call) -> Response:
        history: list[Response] = []
        while response.status_code in REDIRECT_STATUSES and (location := response.headers.get("location")):
            if len(history) == self._options.max_redirects:
                mark_failed(response.timings, "too_many_redirects", f"{len(history)} redirects were followed")
                break
            try:
                request = redirected(request, response.target, response.status_code, location)
            except TransportError as error:
                mark_failed(response.timings, error.kind, error.message)
                break
            self._recorder.http(response.timings)
            history.append(response)
            response = self._sender.send(request, call)
        response.history = history
        return response

    def _conclude(self, response: Response, call: Call, catching: bool) -> Response:
        """Judge the call's last answer and record it, now or at the end of its block."""
        sample = response.timings
        if not sample.error_kind:
            mark_status(sample, call.rules)
            if call.judge is not None and not sample.error_kind:
                self._judge(call.judge, response)
        if catching:
            self._unfinished.add(response)
            response.catch(self._record, self._control_flow)
        else:
            self._recorder.http(sample)
        if call.checks is not None:
            run_checks(call.checks, response, self._recorder, call.tags)
        return response

    def _judge(self, judge: Judge, response: Response) -> None:
        try:
            run_judge(judge, response, response.timings)
        except BaseException as error:
            mark_failed(response.timings, "interrupted", f"{type(error).__name__} during the judgement")
            self._recorder.http(response.timings)
            raise

    def _record(self, response: Response) -> None:
        self._unfinished.discard(response)
        self._recorder.http(response.timings)

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


def _sender(
    base_url: str, service: str, recorder: Recorder, options: ClientOptions, headers: Mapping[str, str]
) -> Sender:
    try:
        site = site_for(base_url, service)
    except TransportError as error:
        raise ConfigurationError(f"base URL: {error.message}") from None
    own = {"User-Agent": options.user_agent, "Accept-Encoding": options.accept_encoding}
    given = {name: value for name, value in own.items() if value}
    return Sender(site, recorder, options, DefaultHeaders(given, options.headers, headers))


def _outgoing(  # noqa: PLR0917 - the body of a call signature, passed on
    method: str,
    url: str,
    params: Params | None,
    headers: HeaderValues | None,
    data: Data | None,
    json: object,
    auth: tuple[str, str] | None,
) -> Outgoing:
    body, content_type = (b"", "") if data is None and json is None else encode_body(data, json)
    authorization = basic_authorization(*auth) if auth else ""
    full_url = with_params(url, params) if params else url
    return Outgoing(method, full_url, headers or _NO_HEADERS, body, content_type, authorization)
