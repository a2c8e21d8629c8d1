"""URLs taken apart once: origin, request target, credentials; joined and checked before anything is sent.

Does not cache (`plan` does) and does not resolve names.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlencode, urljoin, urlsplit

from loadlib.client.errors import TransportError

Params = Mapping[str, object] | Sequence[tuple[str, object]]

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_KEEP: Final = "%/:=&?~+!$,;'@()*[]-._|"
_HOST: Final = re.compile(r"[A-Za-z0-9._~%-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9._~-]+)?")
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BEGIN: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?//")


class Origin(NamedTuple):
    """Where connections go: two URLs of one origin may share a connection and credentials."""

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """Host and, unless it is the scheme's own, port: the value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


class Target(NamedTuple):
    """A URL ready to be requested; ``authorization`` is the header value its credentials stand for."""

    origin: Origin
    path: str
    query: str
    authorization: str

    @property
    def request_target(self) -> str:
        """Path and query, as the request line carries them."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def bare_url(self) -> str:
        """The URL without query and credentials."""
        return f"{self.origin}{self.path}"

    @property
    def url(self) -> str:
        """The URL without credentials."""
        return f"{self.origin}{self.request_target}"


def parse_url(url: str) -> Target:
    """Take an absolute http(s) URL apart; blanks and non-ASCII text of path and query are percent-encoded.

    Raises:
        TransportError: kind ``bad_url``: control characters (CR and LF among them), another scheme, no host,
            a port out of range.
    """
    if _CONTROL.search(url):
        raise TransportError("bad_url", f"control characters in the URL {_shown(url)}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise TransportError("bad_url", f"no valid host and port in the URL {_shown(url)}") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise TransportError("bad_url", f"{_shown(url)} has neither the scheme http nor https")
    origin = Origin(parts.scheme, _host(parts), DEFAULT_PORTS[parts.scheme] if port is None else port)
    return Target(origin, quote(parts.path, safe=_KEEP) or "/", quote(parts.query, safe=_KEEP), _basic(parts))


def parse_base(url: str) -> Target:
    """Take a base URL apart: as `parse_url`, and it must leave room for what requests append.

    Raises:
        TransportError: kind ``bad_url``: as `parse_url`, or it has a query or a fragment.
    """
    base = parse_url(url)
    if base.query or urlsplit(url).fragment:
        text = f"{_shown(url)} must have no query and no fragment: those are of each request"
        raise TransportError("bad_url", text)
    return base


def join_base(base: Target, url: str) -> str:
    """Return ``url`` as an absolute one: below the base URL's path unless it is absolute already."""
    if _ABSOLUTE.match(url):
        return url
    prefix = base.path.rstrip("/")
    return f"{base.origin}{prefix}{url}" if url.startswith("/") else f"{base.origin}{prefix}/{url}"


def join_redirect(current: Target, location: str) -> str:
    """Return the absolute URL a Location header means (RFC 9110 section 10.2.2).

    Its characters are the bytes of the header, as Latin-1: those beyond ASCII, which have no place there, are
    escaped one by one, as browsers do.

    Raises:
        TransportError: kind ``bad_url``.
    """
    if _CONTROL.search(location):
        raise TransportError("bad_url", f"control characters in the redirect {_shown(location)}")
    location = _NOT_ASCII.sub(lambda found: quote(found[0], encoding="latin-1", errors="replace"), location)
    if _ABSOLUTE.match(location):
        return location
    if location.startswith("//"):
        return f"{current.origin.scheme}:{location}"
    try:
        return urljoin(current.url, location)
    except ValueError:
        raise TransportError(
            "bad_url", f"no valid host and port in the redirect {_shown(location)}"
        ) from None


def with_params(url: str, params: Params) -> str:
    """Return ``url`` with ``params`` appended to its query; a list value repeats its name."""
    encoded = urlencode(params, doseq=True)
    if not encoded:
        return url
    bare = url.split("#", 1)[0]
    return f"{bare}{'&' if '?' in bare else '?'}{encoded}"


def basic_authorization(user: str, password: str) -> str:
    """Return the Authorization value of a name and a password (RFC 7617)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        ascii_host = ""
    if not _HOST.fullmatch(ascii_host):
        raise TransportError("bad_url", f"no valid host and port in the URL {_shown(parts.geturl())}")
    return ascii_host


def _basic(parts: SplitResult) -> str:
    if parts.username is None and parts.password is None:
        return ""
    return basic_authorization(unquote(parts.username or ""), unquote(parts.password or ""))


def _shown(url: str) -> str:
    """Return a bad URL for an error text: credentials masked, query and fragment dropped, bounded, escaped.

    A password may hold any delimiter unescaped, so all up to the last ``@`` counts as one. The parser's own
    words are never shown: they repeat parts of the URL.
    """
    credentials, mark, rest = url.rpartition("@")
    if mark:
        begin = _BEGIN.match(credentials)
        url = f"{begin[0] if begin else ''}****@{rest}"
    return repr(re.split("[?#]", url, maxsplit=1)[0][:120])
