"""What the rest of the client needs of a request under way, whichever version of HTTP carries it.

Types only. `connection.Connection` with its `parsing.ResponseReader` is one such thing,
`http2.exchange.Exchange` another.
"""

from collections.abc import Mapping
from typing import Protocol

from loadlib.client.headers import RawFields


class Answer(Protocol):
    """An answer as far as it has come."""

    @property
    def status(self) -> int:
        """The status of the final answer, 0 before its head is complete."""

    @property
    def fields(self) -> RawFields:
        """Its header fields, names in lower case."""

    @property
    def lookup(self) -> Mapping[bytes, bytes]:
        """The same as a mapping, repeated ones joined by commas."""

    @property
    def head_complete(self) -> bool:
        """Status and fields are there."""

    @property
    def complete(self) -> bool:
        """The body has ended."""

    def take_body(self) -> bytes:
        """Return the body bytes that have come since the last call."""


class Channel(Protocol):
    """A request under way: its answer, and the deadline of whoever waits for it."""

    @property
    def reader(self) -> Answer:
        """The answer."""

    def set_deadline(self, deadline_s: float, kind: str) -> None:
        """Move the deadline; passing it ends the wait of the moment with a `TransportError` of ``kind``."""
