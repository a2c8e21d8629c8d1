"""Sends single requests for a client and makes their samples; owns connections, cookies and default headers.

One `send` is one request on the wire and one sample, not yet recorded. Does not follow redirects and does not
judge; `http` does.
"""

from collections.abc import Callable
from time import perf_counter, time

from loadlib.client.attempt import Attempt
from loadlib.client.call import Call
from loadlib.client.channel import Answer, Channel
from loadlib.client.cookies import CookieJar, merged_cookies
from loadlib.client.decoding import decode_body
from loadlib.client.errors import TransportError
from loadlib.client.head import build_head, line_of, without_secrets
from loadlib.client.headers import DefaultHeaders, encode_lines
from loadlib.client.judging import mark_failed
from loadlib.client.limiter import shared_limiter
from loadlib.client.options import ClientOptions
from loadlib.client.plan import Plan, Site, plan_for, proxied_plan, unsendable_plan
from loadlib.client.pool import HostPool
from loadlib.client.proxies import Proxies
from loadlib.client.redirects import Outgoing
from loadlib.client.response import Response
from loadlib.client.sample import HttpSample, Recorder
from loadlib.client.transport import transport_for
from loadlib.client.url import Origin
from loadlib.client.version import HTTP_1_1

Authorize = Callable[[], str | None]


class Sender:
    """The part of a client that touches the network.

    Attributes:
        headers: sent with every request; Authorization and Cookie only to the base URL's origin, the latter
            together with the jar's cookies.
        cookies: the client's jar.
        authorize: asked before every request to the base URL's origin for its Authorization value.
        epoch_s: seconds since the epoch at 0 of the monotonic clock.
    """

    def __init__(
        self, site: Site, recorder: Recorder, options: ClientOptions, headers: DefaultHeaders
    ) -> None:
        self.site = site
        self.recorder = recorder
        self.options = options
        self.headers = headers
        self.cookies = CookieJar()
        self.authorize: Authorize | None = None
        self.epoch_s = time() - perf_counter()
        self._issued, self._issued_line = "", b""
        self._limiter = shared_limiter(options.rps) if options.rps else None
        self._proxies = options.proxies
        self._make_pool, self._make_attempt = transport_for(options.http_version)
        self._own_pool = self._make_pool(site.base.origin, options)
        self._pools: dict[Origin, HostPool] = {site.base.origin: self._own_pool}

    def send(self, request: Outgoing, call: Call) -> Response:
        """Send one request and read its whole answer. Its sample is unjudged, and unrecorded.

        Raises:
            ValueError: the request must not be sent (`headers`, `plan`). Nothing was recorded.
            BaseException: whatever interrupted the greenlet; then the sample is recorded as ``interrupted``.
        """
        attempt, payload, problem = self.prepare(request, call)
        reader: Answer | None = None
        try:
            if problem is not None:
                raise problem
            run = attempt.run_discarding if call.discard else attempt.run
            reader = run(payload, call.deadline_s)
        except TransportError as error:
            problem = error
        except BaseException as error:
            self.interrupted(attempt, call, error)
            raise
        return self._response(attempt, call, reader, problem)

    def prepare(self, request: Outgoing, call: Call) -> tuple[Attempt, bytes, TransportError | None]:
        """Return an attempt about to start and the bytes to send, or why there is nothing to send."""
        try:
            plan = plan_for(self.site, request.method, request.url, call.name)
        except TransportError as error:
            return Attempt(unsendable_plan(self.site, request.method, call.name), self._own_pool), b"", error
        if self._proxies is not None:
            plan = _for_proxy(plan, self._proxies)
        if self._limiter is not None:
            self._limiter.wait()
        if plan.own_origin:
            payload = self._head(plan, request) + request.body
            attempt = self._make_attempt(plan, self._own_pool)
        else:
            payload = self._build(plan, request, without_secrets(self.headers), "") + request.body
            attempt = self._make_attempt(plan, self._pool(plan.target.origin))
        if not call.deadline_s:
            call.deadline_s = attempt.started_s + call.timeout_s
        return attempt, payload, None

    def begin_stream(self, attempt: Attempt, payload: bytes, deadline_s: float) -> Channel:
        """Send a request and read the head of its answer."""
        channel = attempt.open(payload, deadline_s, limited=False)
        while not channel.reader.head_complete:
            attempt.read()
        self.store_cookies(attempt.plan, channel.reader)
        return channel

    def sample(self, attempt: Attempt, call: Call) -> HttpSample:
        """Return the sample of a finished attempt."""
        return attempt.sample(self.epoch_s, self.site.service, call.tags, call.context)

    def interrupted(self, attempt: Attempt, call: Call, error: BaseException) -> None:
        """Close and record an attempt whose greenlet was stopped."""
        attempt.finish()
        sample = self.sample(attempt, call)
        mark_failed(sample, "interrupted", f"{type(error).__name__} during the request")
        self.recorder.http(sample)

    def store_cookies(self, plan: Plan, reader: Answer) -> None:
        """Keep what the answer's Set-Cookie headers say."""
        if b"set-cookie" in reader.lookup:
            values = [value.decode("latin-1") for name, value in reader.fields if name == b"set-cookie"]
            self.cookies.store(plan.target, values, self.epoch_s + perf_counter())

    @property
    def dialled(self) -> int:
        """Connections made so far."""
        return sum(pool.dialled for pool in self._pools.values())

    def close_idle(self) -> None:
        """Close the connections that no request is using."""
        for pool in self._pools.values():
            pool.close_idle()

    def close(self) -> None:
        """Close all connections; a request under way ends as ``interrupted``."""
        for pool in self._pools.values():
            pool.close()

    def _response(
        self, attempt: Attempt, call: Call, reader: Answer | None, problem: TransportError | None
    ) -> Response:
        content = b""
        if reader is None:
            attempt.finish()
        else:
            if b"set-cookie" in reader.lookup:
                self.store_cookies(attempt.plan, reader)
            content = reader.take_body()
            encoding = reader.lookup.get(b"content-encoding")
            if encoding is not None:
                try:
                    content = decode_body(
                        encoding.decode("latin-1"), content, self.options.max_response_bytes
                    )
                except TransportError as error:
                    content, problem = b"", error
        sample = attempt.sample(self.epoch_s, self.site.service, call.tags, call.context)
        if reader is not None:
            sample.status = reader.status
        if problem is not None:
            mark_failed(sample, problem.kind, problem.message)
        response = Response(sample, reader.fields if reader else [], content, attempt.plan)
        if attempt.http_version is not HTTP_1_1:
            response.http_version = attempt.http_version
        return response

    def _pool(self, origin: Origin) -> HostPool:
        if origin not in self._pools:
            self._pools[origin] = self._make_pool(origin, self.options)
        return self._pools[origin]

    def _head(self, plan: Plan, request: Outgoing) -> bytes:
        """Return the head of a request to the own origin, from prepared parts where the call allows it."""
        wanted = self.authorize is not None and not request.authorization
        issued = self.authorize() if wanted else None  # type: ignore[misc] # wanted says that it is there
        defaults = self.headers
        if (
            self.cookies.stored
            or request.headers
            or request.authorization
            or not (plan.plain and defaults.plain)
        ):
            return self._build(plan, request, defaults, issued or "")
        head = plan.head + defaults.block
        if issued:
            if issued != self._issued:
                self._issued, self._issued_line = issued, encode_lines([f"Authorization: {issued}"])
            head += self._issued_line
        if not request.body:
            return head + plan.framing
        if request.content_type:
            head += line_of("Content-Type", request.content_type)
        return head + b"Content-Length: %d\r\n\r\n" % len(request.body)

    def _build(self, plan: Plan, request: Outgoing, defaults: DefaultHeaders, issued: str) -> bytes:
        added = self._added(request, plan, defaults, issued)
        return build_head(plan, defaults, added, request.headers, len(request.body))

    def _added(self, request: Outgoing, plan: Plan, defaults: DefaultHeaders, issued: str) -> dict[str, str]:
        """Return the headers that body, credentials and cookies add."""
        added = {}
        if request.content_type:
            added["Content-Type"] = request.content_type
        authorization = request.authorization or issued or plan.target.authorization
        if not authorization and plan.own_origin:
            authorization = self.site.base.authorization
        if authorization:
            added["Authorization"] = authorization
        if self.cookies:
            stored = self.cookies.header(plan.target, self.epoch_s + perf_counter())
            if stored and defaults.holds_any(("cookie",)):
                stored = merged_cookies(defaults["Cookie"], stored)
            if stored:
                added["Cookie"] = stored
        return added


def _for_proxy(plan: Plan, proxies: Proxies) -> Plan:
    """Return the plan as its proxy wants it; what goes through a tunnel, or past proxies, stays."""
    origin = plan.target.origin
    proxy = proxies.proxy_for(origin) if origin.scheme == "http" else None
    return plan if proxy is None else proxied_plan(plan, proxy.authorization)
