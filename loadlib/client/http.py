"""The client a user calls: requests with redirects, judgement and one sample each; verbs, batches, streams.

It puts the parts together: requests on the wire are `Sender`'s, what follows a redirect or a challenge is
`following`'s, and every request is judged and recorded here, exactly once. A failed request does not raise
into the scenario: it returns a response with status 0. Nothing is ever sent twice: a kept-alive connection
that turns out to be closed is a failed sample of the kind ``closed_idle``, and not a second request.
"""

from collections.abc import Iterable
from typing import Any

from loadlib.client.arguments import Auth, TagPairs
from loadlib.client.body import Data
from loadlib.client.call import Call, merge_tags
from loadlib.client.following import Following, signed_first
from loadlib.client.head import HeaderValues
from loadlib.client.judging import Checks, Judge, StatusRule, mark_failed, mark_status, run_checks, run_judge
from loadlib.client.multipart import Files
from loadlib.client.outgoing import outgoing
from loadlib.client.redirects import REDIRECT_STATUSES, Outgoing
from loadlib.client.response import Response
from loadlib.client.streaming import StreamingClient
from loadlib.client.url import Params
from loadlib.client.verbs import Verbs


class HttpClient(Verbs, StreamingClient):
    """The HTTP client of one user. Several greenlets of the user may share it; threads may not.

    What it is made of and what can be set on it: `ClientBase`.
    """

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
        auth: Auth | None = None,
        files: Files | None = None,
        compression: str | None = None,
        allow_redirects: bool = True,
        max_redirects: int | None = None,
        discard_body: bool | None = None,
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
            auth: name and password for basic authentication, or `DigestAuth`. A digest's first request is
                answered by a challenge, which is a request and sample of its own; later ones are not.
            files: files of a form (`multipart`), whose fields are in ``data``.
            compression: of the body: ``gzip``, ``deflate``, ``br``, or several with commas between.
            allow_redirects: follow 3xx answers.
            max_redirects: how many, in place of the options'.
            discard_body: read and count the answer's body without keeping it; by default as the options say.
            timeout: seconds for the call as a whole, in place of ``timeout_s``.
            catch_response: record at the end of a ``with`` block on the response, which may call ``failure``
                or ``success``.
            checks: name to predicate of the response; each is recorded as a check.
            judge: returns a failure (kind and detail), a kind, a text, or None for a good response.
            expected_statuses: numbers and inclusive (low, high) pairs of statuses that do not count as
                failed, default 200-399. Redirects and challenges that are followed always count as expected.
            tags: more tags for these samples.
            context: handed to the recorder.

        Raises:
            ValueError: a method, header or body that cannot be sent.
        """
        options = self._options
        call_tags = merge_tags(self._tags, tags) if tags else self._tags
        timeout_s = options.timeout_s if timeout is None else timeout
        discard = options.discard_response_bodies if discard_body is None else discard_body
        call = Call(name, call_tags, context, expected_statuses, timeout_s, judge, checks, discard)
        request = outgoing(method, url, params, headers, data, json, auth, files, compression)
        if request.digest is not None:
            request = signed_first(request, self._sender.site, self._digests)
        response = self._sender.send(request, call)
        if response.status_code in REDIRECT_STATUSES or request.digest is not None:
            limit = options.max_redirects if max_redirects is None else max_redirects
            response = self._follow(response, request, call, limit if allow_redirects else 0)
        return self._conclude(response, call, catch_response)

    def _follow(self, response: Response, request: Outgoing, call: Call, max_redirects: int) -> Response:
        following = Following(request, self._digests, max_redirects)
        history: list[Response] = []
        while (further := following.next(response)) is not None:
            self._recorder.http(response.timings)
            history.append(response)
            response = self._sender.send(further, call)
        response.history = history
        return response

    def _conclude(self, response: Response, call: Call, catching: bool) -> Response:
        """Judge the call's last answer and record it, now or at the end of its block."""
        sample = response.timings
        if not sample.error_kind:
            if call.rules is not None or not 200 <= sample.status < 400:
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
