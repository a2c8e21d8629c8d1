"""What a request returns: status, headers, body, timings, and what went wrong, if anything did.

A request that got no answer returns one too, with status 0. Does not record; in a ``catch_response`` block it
tells its client when the block is over.
"""

import json
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from loadlib.client.headers import Headers, RawFields
from loadlib.client.judging import ControlFlow, FailureLike, mark_failed, mark_judged
from loadlib.client.plan import Plan
from loadlib.client.sample import HttpSample
from loadlib.client.url import Target
from loadlib.client.version import HTTP_1_1

Settle = Callable[["Response"], None]


class Response:
    """The answer to a request, read to its end.

    Attributes:
        status_code: the HTTP status, 0 when there is no answer.
        content: the body with its content encoding undone; empty when it could not be undone.
        history: the redirects that led here, oldest first.
        request_method: of the last request.
        timings: the sample of the last request: ``blocked_s``, ``waiting_s``, ``duration_s`` and the rest.
        http_version: of the connection: ``"HTTP/1.1"``, ``"HTTP/2"``, empty when there was none to tell.
    """

    http_version: str = HTTP_1_1
    _settle: Settle | None = None
    _control_flow: ControlFlow = ()

    def __init__(self, sample: HttpSample, fields: RawFields, content: bytes, plan: Plan) -> None:
        self.status_code = sample.status
        self.content = content
        self.history: list[Response] = []
        self.request_method = sample.method
        self.timings = sample
        self._fields = fields
        self._plan = plan

    @property
    def url(self) -> str:
        """The URL of the last request, query included, credentials left out."""
        return self.target.url

    @property
    def target(self) -> Target:
        """The same in its parts; a redirect is relative to it."""
        return self._plan.target

    @property
    def status(self) -> int:
        """The same as ``status_code``."""
        return self.status_code

    @cached_property
    def headers(self) -> Headers:
        """The header fields, case-insensitive."""
        return Headers(self._fields)

    @property
    def error_kind(self) -> str:
        """Why the request counts as failed (`errors.ERROR_KINDS`), empty when it does not."""
        return self.timings.error_kind

    @property
    def error(self) -> str:
        """The same for people."""
        return self.timings.error

    @property
    def ok(self) -> bool:
        """True unless the request counts as failed."""
        return self.timings.expected

    @property
    def text(self) -> str:
        """The body as text, by its Content-Type's charset, else UTF-8; bytes that do not fit are replaced."""
        _, _, after = self.headers.get("content-type", "").lower().partition("charset=")
        charset = after.split(";", 1)[0].strip("\"' ") or "utf-8"
        try:
            return self.content.decode(charset, "replace")
        except (LookupError, ValueError):
            return self.content.decode("utf-8", "replace")

    @property
    def cookies(self) -> dict[str, str]:
        """Name to value of the cookies this answer sets."""
        pairs = (value.split(";", 1)[0].partition("=") for value in self.headers.get_all("set-cookie"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    def json(self) -> Any:
        """Return the body parsed as JSON.

        Raises:
            ValueError: it is not JSON.
        """
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None

    def failure(self, reason: object) -> None:
        """Make the request count as failed, inside a ``catch_response`` block.

        ``reason`` is a text (kind ``judged``), an exception, or a failure with kind and detail.
        """
        self._require_catching("failure")
        if isinstance(reason, FailureLike):
            mark_judged(self.timings, reason)
        else:
            mark_failed(self.timings, "judged", str(reason))

    def success(self) -> None:
        """Make the request count as good, whatever its status, inside a ``catch_response`` block."""
        self._require_catching("success")
        self.timings.expected = True
        self.timings.error_kind = self.timings.error = ""

    def catch(self, settle: Settle, control_flow: ControlFlow) -> None:
        """Put off recording until the block ends; for the client.

        An exception of ``control_flow`` that ends it leaves the outcome as it is.
        """
        self._settle = settle
        self._control_flow = control_flow

    def __enter__(self) -> Self:
        self._require_catching("with")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, self._control_flow):
            mark_failed(self.timings, "scenario_error", f"{type(error).__name__}: {error}")
        settle, self._settle = self._settle, None
        if settle is not None:
            settle(self)

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"<Response {self.status_code}{' ' + self.error_kind if self.error_kind else ''}>"

    def _require_catching(self, what: str) -> None:
        if self._settle is None:
            raise RuntimeError(f"{what} needs a response of catch_response=True whose block has not ended")
