"""Request bodies compressed: gzip, deflate, br, or several one after the other. Undoing is `decoding`'s.

The same body gives the same bytes. zstd is not offered, as Python brings it from 3.14 on only.
"""

import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Final

import brotli  # type: ignore[import-untyped]

LEVEL: Final = 6
"""Of all three: what the libraries behind k6 take when nothing is said."""


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, LEVEL, mtime=0)


def _deflate(data: bytes) -> bytes:
    """RFC 9110 means the zlib format by this name."""
    return zlib.compress(data, LEVEL)


def _brotli(data: bytes) -> bytes:
    packed: bytes = brotli.compress(data, quality=LEVEL)
    return packed


_ENCODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {"gzip": _gzip, "deflate": _deflate, "br": _brotli}


def compress_body(body: bytes, wanted: str) -> tuple[bytes, str]:
    """Return a body encoded as ``wanted`` says, ``"gzip"`` or ``"gzip, br"``, and its Content-Encoding.

    Several are applied from the left to the right.

    Raises:
        ValueError: an encoding that is not offered.
    """
    names = [name.strip().lower() for name in wanted.split(",")]
    for name in names:
        if name not in _ENCODERS:
            why = " (Python brings zstd from 3.14 on only)" if name == "zstd" else ""
            raise ValueError(f"a body is compressed by {', '.join(_ENCODERS)}, not by {name!r}{why}")
        body = _ENCODERS[name](body)
    return body, ", ".join(names)
