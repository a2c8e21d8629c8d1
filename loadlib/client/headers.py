"""Header fields in both directions: encoded and checked on the way out, case-insensitive on the way in.

Nothing that could smuggle a second header or request past this file is sent: names must be tokens, values
must be free of CR, LF and NUL (RFC 9110 section 5.5). Does not decide which headers a request carries
(`head`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Final

RawFields = list[tuple[bytes, bytes]]

CACHED_NAMES: Final = 1024
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
ADDED: Final = frozenset({"host", "authorization", "content-type", "cookie"})
"""What the client itself adds to a request, besides the body's framing."""
FRAMING: Final = frozenset({"content-length", "transfer-encoding"})


@lru_cache(maxsize=CACHED_NAMES)
def folded(name: str) -> str:
    """Return a valid header name in lower case.

    Raises:
        ValueError: not a token, or one of the headers that frame the body, which the client sets itself.
    """
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is not a header name")
    lower = name.lower()
    if lower in FRAMING:
        raise ValueError(f"{name} is set by the client, from the body")
    return lower


def encode_lines(lines: list[str]) -> bytes:
    """Return ``name: value`` lines as bytes, each ended by CRLF.

    Raises:
        ValueError: a value carries CR, LF, NUL or text outside Latin-1. The text is not repeated: it may be a
            credential.
    """
    block = "\r\n".join(lines)
    if block.count("\n") != len(lines) - 1 or block.count("\r") != len(lines) - 1 or "\0" in block:
        raise ValueError("a header value contains CR, LF or NUL")
    try:
        return (block + "\r\n").encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a header value contains text outside Latin-1") from None


class DefaultHeaders(MutableMapping[str, str]):
    """Headers sent with every request; encoded once and again only after a change.

    Attributes:
        plain: none of them is one that the client adds itself, so that lines can simply be put together.
    """

    __slots__ = ("_block", "_fields", "plain")

    def __init__(self, *sources: Mapping[str, str]) -> None:
        self._fields: dict[str, tuple[str, str]] = {}
        self._block: bytes | None = None
        self.plain = True
        for source in sources:
            self.update(source)

    @property
    def block(self) -> bytes:
        """The encoded lines."""
        if self._block is None:
            lines = [f"{name}: {value}" for name, value in self._fields.values()]
            self._block = encode_lines(lines) if lines else b""
        return self._block

    def named(self) -> dict[str, tuple[str, str]]:
        """Return a copy: lower-case name to name and value."""
        return dict(self._fields)

    def holds_any(self, lower_names: Iterable[str]) -> bool:
        """Tell whether a header of one of these lower-case names is set."""
        return not self._fields.keys().isdisjoint(lower_names)

    def __setitem__(self, name: str, value: str) -> None:
        encode_lines([f"{name}: {value}"])
        self._fields[folded(name)] = (name, value)
        self._changed()

    def __delitem__(self, name: str) -> None:
        del self._fields[name.lower()]
        self._changed()

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"DefaultHeaders({', '.join(self)})"

    def _changed(self) -> None:
        self._block = None
        self.plain = not self.holds_any(ADDED)


class Headers(Mapping[str, str]):
    """The header fields of a response: case-insensitive, repeated ones joined by ``", "``."""

    __slots__ = ("_fields", "_joined")

    def __init__(self, fields: RawFields) -> None:
        self._fields = fields
        self._joined: dict[str, str] | None = None

    def get_all(self, name: str) -> list[str]:
        """Return every value of a repeated header, in order (Set-Cookie must not be joined)."""
        wanted = name.lower().encode("latin-1", "replace")
        return [_text(value) for field, value in self._fields if field == wanted]

    def _mapping(self) -> dict[str, str]:
        if self._joined is None:
            self._joined = _join(self._fields)
        return self._joined

    def __getitem__(self, name: str) -> str:
        return self._mapping()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mapping())

    def __len__(self) -> int:
        return len(self._mapping())

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"


def combined(fields: RawFields) -> dict[bytes, bytes]:
    """Return name to value, the values of repeated fields joined by commas (RFC 9110 section 5.3)."""
    values: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return {name: b", ".join(several) for name, several in values.items()}


def _join(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1"), _text(raw_value)
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _text(value: bytes) -> str:
    """Return a value without the whitespace behind it, which the parser leaves (RFC 9112 section 5.1)."""
    return value.decode("latin-1").rstrip(" \t")
