"""The settings of a client: every wait and every limit, none of them elsewhere.

Does not read the environment; ``loadlib.settings`` does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from loadlib.errors import ConfigurationError

USER_AGENT = "loadlib"


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Limits and habits of a client. Times are seconds, sizes bytes.

    Attributes:
        connect_timeout_s: for name, TCP and TLS of a new connection together. Several addresses of one name
            share it: each may take its part of what is left, the last all of it.
        timeout_s: for a call as a whole: pool wait, connection, all redirects, the whole body.
        stream_timeout_s: the same for a stream, body included.
        stream_idle_timeout_s: for the silence between two chunks of a stream, from its head on.
        max_redirects: 0 follows none and returns the 3xx.
        verify_tls: false accepts any certificate.
        ca_file: PEM file of trusted authorities in place of the system's.
        max_response_bytes: of a body, both as received and as decoded; does not limit iterated streams.
        max_header_bytes: of whatever is not body: heads, interim answers, chunk extensions, trailers. Checked
            after every read of at most 64 KiB.
        max_connections_per_host: of one client; further requests wait, and the wait counts as blocked.
        max_idle_s: a connection idle for longer is closed instead of reused; 0 sets no limit. Set it below
            the server's keep-alive timeout where think times make the two cross.
        accept_encoding: value of Accept-Encoding, empty for no header, like k6: asking for compression
            changes the server's work and costs the generator CPU, so it is asked for by name, ``"gzip,
            deflate, br"``. Answers are decoded either way.
        headers: sent with every request.
        control_flow: exceptions by which a framework steers its users (to another task, to their end). One
            that leaves a ``catch_response`` or stream block is no error of the scenario: the outcome judged
            so far is recorded. ``gevent.GreenletExit``, by which a user is stopped, always is one.
    """

    connect_timeout_s: float = 10.0
    timeout_s: float = 60.0
    stream_timeout_s: float = 300.0
    stream_idle_timeout_s: float = 60.0
    max_redirects: int = 10
    verify_tls: bool = True
    ca_file: str | None = None
    user_agent: str = USER_AGENT
    max_response_bytes: int = 64 * 1024 * 1024
    max_header_bytes: int = 64 * 1024
    max_connections_per_host: int = 6
    max_idle_s: float = 0.0
    accept_encoding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    control_flow: tuple[type[BaseException], ...] = ()

    def __post_init__(self) -> None:
        may_be_zero = {"max_redirects", "max_idle_s"}
        limits = [one.name for one in fields(self) if one.name.endswith("_s") or one.name.startswith("max_")]
        wrong = [
            f"{name} must be {'0 or more' if name in may_be_zero else 'above 0'}, not {getattr(self, name)!r}"
            for name in limits
            if not (getattr(self, name) > 0 or (name in may_be_zero and getattr(self, name) == 0))
        ]
        if wrong:
            raise ConfigurationError(*wrong)
