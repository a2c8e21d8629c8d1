"""A method per HTTP verb and several requests at once, all on top of one `request`."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Unpack, overload

from loadlib.client.arguments import CallArguments, JsonArguments, RequestArguments
from loadlib.client.batch import Asked, Item, Job, asked, run_together
from loadlib.client.body import Data
from loadlib.client.client_base import ClientBase
from loadlib.client.errors import TransportError
from loadlib.client.plan import Site
from loadlib.client.response import Response
from loadlib.client.url import join_base, parse_url


class Verbs(ClientBase):
    """What reads best in a scenario."""

    @abstractmethod
    def request(self, method: str, url: str, **arguments: Unpack[RequestArguments]) -> Response:
        """Send a request and return its answer."""

    def get(self, url: str, **arguments: Unpack[RequestArguments]) -> Response:
        """`request` with GET."""
        return self.request("GET", url, **arguments)

    def head(self, url: str, **arguments: Unpack[RequestArguments]) -> Response:
        """`request` with HEAD."""
        return self.request("HEAD", url, **arguments)

    def options(self, url: str, **arguments: Unpack[RequestArguments]) -> Response:
        """`request` with OPTIONS."""
        return self.request("OPTIONS", url, **arguments)

    def post(
        self, url: str, data: Data | None = None, json: object = None, **arguments: Unpack[CallArguments]
    ) -> Response:
        """`request` with POST."""
        return self.request("POST", url, data=data, json=json, **arguments)

    def put(self, url: str, data: Data | None = None, **arguments: Unpack[JsonArguments]) -> Response:
        """`request` with PUT."""
        return self.request("PUT", url, data=data, **arguments)

    def patch(self, url: str, data: Data | None = None, **arguments: Unpack[JsonArguments]) -> Response:
        """`request` with PATCH."""
        return self.request("PATCH", url, data=data, **arguments)

    def delete(self, url: str, **arguments: Unpack[RequestArguments]) -> Response:
        """`request` with DELETE."""
        return self.request("DELETE", url, **arguments)

    @overload
    def batch(self, requests: Mapping[str, Item]) -> dict[str, Response]: ...

    @overload
    def batch(self, requests: Sequence[Item]) -> list[Response]: ...

    def batch(self, requests: Mapping[str, Item] | Sequence[Item]) -> dict[str, Response] | list[Response]:
        """Send several requests at once and return their answers in order, or by the names given.

        A request is a URL to get, ``(method, url)``, ``(method, url, arguments)``, or a mapping of the
        arguments of `request`. At most ``batch`` of the options are under way, ``batch_per_host`` of them to
        one host. Each records its own sample; whatever ends the call ends them all.

        Raises:
            ValueError: one of the requests cannot be sent; those under way were stopped.
        """
        if isinstance(requests, Mapping):
            return dict(zip(requests, self._all([asked(item) for item in requests.values()]), strict=True))
        return self._all([asked(item) for item in requests])

    def _all(self, wanted: list[Asked]) -> list[Response]:
        limits, site = self._options, self._sender.site
        jobs = [
            Job(_host(site, one.url), partial(self.request, one.method, one.url, **one.arguments))
            for one in wanted
        ]
        return run_together(jobs, limit=limits.batch, group_limit=limits.batch_per_host)


def _host(site: Site, url: str) -> str:
    """Return the host that a URL counts for; what cannot be sent is of no host."""
    try:
        return parse_url(join_base(site.base, url)).origin.host
    except TransportError:
        return ""
