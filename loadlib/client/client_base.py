"""What all calls of a client share: its site, options and recorder, default headers, cookies and tags.

Sends nothing; `http` and `streaming` do, on top of this.
"""

from collections.abc import Mapping
from typing import Self

from loadlib.client.arguments import TagPairs
from loadlib.client.call import merge_tags
from loadlib.client.cookies import CookieJar
from loadlib.client.debug_sender import LoggingSender
from loadlib.client.digest import DigestSessions
from loadlib.client.errors import TransportError
from loadlib.client.eventloop import GreenletExit
from loadlib.client.headers import DefaultHeaders
from loadlib.client.judging import ControlFlow
from loadlib.client.options import ClientOptions
from loadlib.client.plan import site_for
from loadlib.client.response import Response
from loadlib.client.sample import Recorder, Tags
from loadlib.client.sender import Authorize, Sender
from loadlib.client.stream import StreamResponse
from loadlib.errors import ConfigurationError


class ClientBase:
    """The client of one user. Several greenlets of the user may share it; threads may not.

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
        self._digests = DigestSessions()
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

    def close_idle(self) -> None:
        """Close the connections that no request is using, so that the next requests make new ones."""
        self._sender.close_idle()

    def close(self) -> None:
        """Close all connections and record what was left unfinished. The client can be used again."""
        for unfinished in tuple(self._unfinished):
            if isinstance(unfinished, StreamResponse):
                unfinished.finish("interrupted", "the client was closed before the stream was finished")
            else:
                self._record(unfinished)
        self._sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _record(self, response: Response) -> None:
        self._unfinished.discard(response)
        self._recorder.http(response.timings)


def _sender(
    base_url: str, service: str, recorder: Recorder, options: ClientOptions, headers: Mapping[str, str]
) -> Sender:
    try:
        site = site_for(base_url, service)
    except TransportError as error:
        raise ConfigurationError(f"base URL: {error.message}") from None
    own = {
        "User-Agent": options.user_agent,
        "Accept-Encoding": options.accept_encoding,
        "Connection": "close" if options.no_connection_reuse else "",
    }
    given = {name: value for name, value in own.items() if value}
    make = LoggingSender if options.http_debug else Sender
    return make(site, recorder, options, DefaultHeaders(given, options.headers, headers))
