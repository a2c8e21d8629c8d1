"""The version of HTTP that a client is to speak, as an option. Does not speak any.

HTTP/2 needs the extra ``http2``, and is imported only by clients that ask for it.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final, Literal, get_args

HttpVersion = Literal["1.1", "auto", "2"]

OFFERED: Final[Mapping[HttpVersion, tuple[str, ...]]] = {
    "1.1": ("http/1.1",),
    "auto": ("h2", "http/1.1"),
    "2": ("h2", "http/1.1"),
}
"""What TLS offers (ALPN); a server that lacks HTTP/2 then says so by its choice instead of by an alert."""

HTTP_1_1: Final = "HTTP/1.1"
HTTP_2: Final = "HTTP/2"
_NEEDED: Final = "hpack"


def version_problems(version: str) -> list[str]:
    """Return what keeps a client from this ``http_version``, a line each."""
    if version not in get_args(HttpVersion):
        return [f"http_version must be one of {', '.join(get_args(HttpVersion))}, not {version!r}"]
    if version != "1.1" and find_spec(_NEEDED) is None:
        return [f"http_version {version} needs HTTP/2's part of loadlib: pip install loadlib[http2]"]
    return []
