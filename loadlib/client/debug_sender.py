"""A sender that logs what it sends and gets; chosen for a client at its start, so that others pay nothing.

An answer that is read as a stream is logged when its head is there, without its body.
"""

from loadlib.client.attempt import Attempt
from loadlib.client.call import Call
from loadlib.client.channel import Answer, Channel
from loadlib.client.debug import HttpLog
from loadlib.client.errors import TransportError
from loadlib.client.headers import DefaultHeaders
from loadlib.client.options import ClientOptions
from loadlib.client.plan import Site
from loadlib.client.redirects import Outgoing
from loadlib.client.response import Response
from loadlib.client.sample import Recorder
from loadlib.client.sender import Sender


class LoggingSender(Sender):
    """`Sender`, with a log of every exchange."""

    def __init__(
        self, site: Site, recorder: Recorder, options: ClientOptions, headers: DefaultHeaders
    ) -> None:
        super().__init__(site, recorder, options, headers)
        self._log = HttpLog(full=options.http_debug == "full")

    def prepare(self, request: Outgoing, call: Call) -> tuple[Attempt, bytes, TransportError | None]:
        """Return what the other one does, logged."""
        attempt, payload, problem = super().prepare(request, call)
        self._log.request(attempt.plan.endpoint, payload)
        return attempt, payload, problem

    def begin_stream(self, attempt: Attempt, payload: bytes, deadline_s: float) -> Channel:
        """Do what the other one does, and log the head that came."""
        channel = super().begin_stream(attempt, payload, deadline_s)
        self._log.answer(attempt.plan.endpoint, str(channel.reader.status), channel.reader.fields, b"")
        return channel

    def _response(
        self, attempt: Attempt, call: Call, reader: Answer | None, problem: TransportError | None
    ) -> Response:
        response = super()._response(attempt, call, reader, problem)
        sample = response.timings
        said = f" {sample.error_kind}: {sample.error}" if sample.error_kind else ""
        summary = f"{sample.status} in {sample.duration_s * 1000:.1f}ms{said}"
        fields = reader.fields if reader is not None else []
        self._log.answer(sample.endpoint, summary, fields, response.content)
        return response
