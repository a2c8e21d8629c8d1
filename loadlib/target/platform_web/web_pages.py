"""The web's pages and static chunks: of realistic size, made once, sent compressed when asked for.

The content means nothing; sizes, headers and links between page and chunks are what a load test sees.
"""

import gzip
import hashlib
from dataclasses import dataclass
from random import Random
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

DASHBOARD_BYTES: Final = 48_000
SIGN_IN_BYTES: Final = 16_000
CHUNK_BYTES: Final = {
    "chunks/main-app.js": 120_000,
    "chunks/dashboard-page.js": 44_000,
    "css/app.css": 30_000,
}
GZIP_LEVEL: Final = 6
IMMUTABLE: Final = "public, max-age=31536000, immutable"
NO_STORE: Final = "private, no-cache, no-store, max-age=0, must-revalidate"
_WORDS: Final = (
    "card",
    "grid",
    "widget",
    "render",
    "state",
    "props",
    "children",
    "className",
    "router",
    "theme",
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A response body with its compressed form and cache headers."""

    body: bytes
    compressed: bytes
    media_type: str
    cache_control: str
    etag: str

    def respond(self, request: Request) -> Response:
        """Answer with 304 for a known ETag, else with the body, compressed when the client accepts gzip."""
        headers = {"Cache-Control": self.cache_control, "ETag": self.etag, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=headers)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(self.body, media_type=self.media_type, headers=headers)
        headers["Content-Encoding"] = "gzip"
        return Response(self.compressed, media_type=self.media_type, headers=headers)


class Pages:
    """All pages and chunks of the web, the same for the same random source."""

    def __init__(self, random: Random) -> None:
        self.chunks = {
            f"/_next/static/{name}": _asset(_filler(random, size), _media_type(name), IMMUTABLE)
            for name, size in CHUNK_BYTES.items()
        }
        self.dashboard = self._page(random, "Dashboard", DASHBOARD_BYTES)
        self.sign_in = self._page(random, "Sign in", SIGN_IN_BYTES)

    def _page(self, random: Random, title: str, size: int) -> Asset:
        links = "".join(_link(path) for path in self.chunks)
        metadata = f'<meta charset="utf-8"/><title>{title}</title>{links}'
        head = f'<!DOCTYPE html><html lang="en"><head>{metadata}</head>'
        shell = f'<body><div id="__next"><h1>{title}</h1></div>'
        payload = _filler(random, max(size - len(head) - len(shell) - 60, 0))
        script = f'<script>self.__next_f.push([1,"{payload}"])</script></body></html>'
        return _asset(head + shell + script, "text/html", NO_STORE)


def _asset(text: str, media_type: str, cache_control: str) -> Asset:
    body = text.encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    return Asset(body, gzip.compress(body, GZIP_LEVEL, mtime=0), media_type, cache_control, etag)


def _filler(random: Random, size: int) -> str:
    words: list[str] = []
    length = 0
    while length < size:
        word = f"{random.choice(_WORDS)}{random.randrange(4096):x}"
        words.append(word)
        length += len(word) + 1
    return " ".join(words)[:size]


def _media_type(name: str) -> str:
    return "text/css" if name.endswith(".css") else "application/javascript"


def _link(path: str) -> str:
    if path.endswith(".css"):
        return f'<link rel="stylesheet" href="{path}"/>'
    return f'<script src="{path}" async=""></script>'
