"""One finished request as the recorder receives it: names, phases, sizes and outcome.

Phases are k6's: ``blocked`` is asking for a connection until having one (name resolution, connect and TLS of
a new one, or the wait for the pool), ``connecting`` and ``tls`` are 0 on a reused connection, ``waiting`` is
"request written" to the first byte, and the duration leaves out everything before sending. This file does not
measure; `attempt` does.
"""

from dataclasses import dataclass
from typing import Any, Protocol

Tags = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class HttpSample:
    """One request on the wire, redirects counted one by one. Times are seconds.

    Attributes:
        endpoint: ``"GET /a/{id}"``, with a service ``"GET ccr:/a/{id}"``.
        name: what the call site named it, else the path template.
        url: scheme, host and path; without query, fragment and credentials.
        status: HTTP status, 0 when there is no answer.
        started_s: the monotonic clock (`time.perf_counter`) when the connection was asked for.
        started_at_s: the same moment in seconds since the epoch.
        ended_at_s: the end in seconds since the epoch, computed from the monotonic clock.
        blocked_s, connecting_s, tls_s, sending_s, waiting_s, receiving_s: the phases. On a failure the phase
            it happened in ends there and later ones are 0.
        request_bytes, response_bytes: head and body as HTTP puts them on the wire, before TLS, encoded.
        expected: false makes the request count as failed.
        error_kind: one of `errors.ERROR_KINDS` or a protocol failure's kind; empty when good.
        error: the same for people, bounded.
        streamed: the body was read as a stream; ``receiving_s`` is the whole stream.
        tags: sorted pairs, besides those that the fields above stand for.
        context: whatever the call gave for its recorder.
    """

    method: str
    endpoint: str
    name: str
    url: str
    service: str = ""
    status: int = 0
    started_s: float = 0.0
    started_at_s: float = 0.0
    ended_at_s: float = 0.0
    blocked_s: float = 0.0
    connecting_s: float = 0.0
    tls_s: float = 0.0
    sending_s: float = 0.0
    waiting_s: float = 0.0
    receiving_s: float = 0.0
    request_bytes: int = 0
    response_bytes: int = 0
    expected: bool = True
    error_kind: str = ""
    error: str = ""
    streamed: bool = False
    tags: Tags = ()
    context: dict[str, Any] | None = None

    @property
    def duration_s(self) -> float:
        """Sending, waiting and receiving together (k6's ``http_req_duration``)."""
        return self.sending_s + self.waiting_s + self.receiving_s


class Recorder(Protocol):
    """Where samples go. Called in the user's greenlet; must not block."""

    def http(self, sample: HttpSample) -> None:
        """Take one finished request."""

    def check(self, name: str, passed: bool, tags: Tags) -> None:
        """Take the outcome of one check."""
