"""The settings of a client: every wait and every limit, none of them elsewhere.

What concerns connections alone is `network`'s. Does not read the environment; ``loadlib.settings`` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Final, Literal

from loadlib.client.network import NetworkOptions
from loadlib.client.version import HttpVersion, version_problems
from loadlib.errors import ConfigurationError

HttpDebug = Literal["", "headers", "full"]

CONNECTIONS_PER_HOST: Final = 6
_MAY_BE_ZERO: Final = frozenset({"max_redirects", "max_idle_s", "dns_ttl_s"})
_COUNTS: Final = ("batch", "batch_per_host")


@lru_cache(maxsize=1)
def own_user_agent() -> str:
    """Return the User-Agent of this suite with its version, read once from the package's metadata."""
    import loadlib  # noqa: PLC0415 - its version is looked up when the first client is made, not at import

    return f"loadlib/{loadlib.__version__}"


@dataclass(frozen=True, slots=True)
class ClientOptions(NetworkOptions):
    """Limits and habits of a client. Times are seconds, sizes bytes. Those of connections: `NetworkOptions`.

    Attributes:
        http_version: ``"1.1"``; ``"auto"`` lets TLS agree on HTTP/2 where the server offers it; ``"2"`` fails
            where it does not, and speaks HTTP/2 over plain http too. Both need the extra ``http2``.
        timeout_s: for a call as a whole: pool wait, connection, all redirects, the whole body.
        stream_timeout_s: the same for a stream, body included.
        stream_idle_timeout_s: for the silence between two chunks of a stream, from its head on.
        max_redirects: 0 follows none and returns the 3xx.
        user_agent: by default this suite and its version; empty for no header.
        max_response_bytes: of a body, both as received and as decoded; does not limit iterated streams and
            bodies that are discarded.
        max_header_bytes: of whatever is not body, between two pieces of it: heads, interim answers, chunk
            extensions, trailers. Checked after every read of at most 64 KiB.
        max_connections_per_host: of one client; further requests wait, and the wait counts as blocked. Of
            HTTP/2 there is one.
        max_idle_s: a connection idle for longer is closed instead of reused; 0 sets no limit. Set it below
            the server's keep-alive timeout where think times make the two cross.
        no_connection_reuse: every request has a connection of its own, and says so.
        discard_response_bodies: bodies are read and counted, but not kept, unless a call asks for its own.
        batch, batch_per_host: how many requests of a batch are under way at once, in all and to one host.
        rps: requests per second of all clients of the process with this limit, None for no limit. The wait
            comes before the request and its timeout.
        http_debug: logs every request and answer: heads, or bodies as well. Secret headers are masked.
        accept_encoding: value of Accept-Encoding, empty for no header, like k6: asking for compression
            changes the server's work and costs the generator CPU, so it is asked for by name, ``"gzip,
            deflate, br"``. Answers are decoded either way.
        headers: sent with every request.
        control_flow: exceptions by which a framework steers its users (to another task, to their end). One
            that leaves a ``catch_response`` or stream block is no error of the scenario: the outcome judged
            so far is recorded. ``gevent.GreenletExit``, by which a user is stopped, always is one.
    """

    http_version: HttpVersion = "1.1"
    timeout_s: float = 60.0
    stream_timeout_s: float = 300.0
    stream_idle_timeout_s: float = 60.0
    max_redirects: int = 10
    user_agent: str = field(default_factory=own_user_agent)
    max_response_bytes: int = 64 * 1024 * 1024
    max_header_bytes: int = 64 * 1024
    max_connections_per_host: int = CONNECTIONS_PER_HOST
    max_idle_s: float = 0.0
    no_connection_reuse: bool = False
    discard_response_bodies: bool = False
    batch: int = 20
    batch_per_host: int = 6
    rps: float | None = None
    http_debug: HttpDebug = ""
    accept_encoding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    control_flow: tuple[type[BaseException], ...] = ()

    def __post_init__(self) -> None:
        limits = [one.name for one in fields(self) if one.name.endswith("_s") or one.name.startswith("max_")]
        wrong = [
            f"{name} must be {'0 or more' if name in _MAY_BE_ZERO else 'above 0'}, not {value!r}"
            for name in (*limits, *_COUNTS)
            if not ((value := getattr(self, name)) > 0 or (name in _MAY_BE_ZERO and value == 0))
        ]
        if self.rps is not None and not self.rps > 0:
            wrong.append(f"rps must be above 0, not {self.rps!r}")
        wrong += version_problems(self.http_version)
        wrong += self.compile()
        if wrong:
            raise ConfigurationError(*wrong)
