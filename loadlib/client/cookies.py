"""A user's cookies (RFC 6265): stored from Set-Cookie, sent back where domain, path, scheme and age allow.

No public-suffix list: a server may set a cookie for its own host or a parent domain of at least two labels.
An empty jar costs its client nothing.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import Final

from loadlib.client.url import Target

MAX_COOKIES: Final = 300
MAX_COOKIE_CHARS: Final = 4096
_ADDRESS: Final = re.compile(r"[0-9.]+|.*:.*")
_BAD: Final = re.compile(r"[\x00-\x1f\x7f]")
_DASHED_DATE: Final = re.compile(r"(\d{1,2})-([A-Za-z]{3})-(\d{2,4})")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One stored cookie; ``expires_at_s`` is seconds since the epoch, infinite for a session's cookie."""

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    secure: bool
    expires_at_s: float

    def matches(self, target: Target) -> bool:
        """Tell whether it belongs into a request for ``target`` (section 5.4)."""
        host = target.origin.host
        return (
            (host == self.domain or (not self.host_only and host.endswith("." + self.domain)))
            and _path_matches(target.path, self.path)
            and (not self.secure or target.origin.scheme == "https")
        )


class CookieJar:
    """The cookies of one client. ``bool(jar)`` is false while it is empty.

    Attributes:
        stored: the cookies by domain, path and name.
    """

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str, str], Cookie] = {}

    def __len__(self) -> int:
        return len(self.stored)

    def store(self, target: Target, values: list[str], now_at_s: float) -> None:
        """Take the Set-Cookie values of a response to ``target``; what is malformed or foreign is ignored."""
        for value in values:
            cookie = parse_set_cookie(value, target, now_at_s)
            if cookie is None:
                continue
            key = (cookie.domain, cookie.path, cookie.name)
            self.stored.pop(key, None)
            if cookie.expires_at_s > now_at_s:
                self.stored[key] = cookie
        while len(self.stored) > MAX_COOKIES:
            del self.stored[next(iter(self.stored))]

    def header(self, target: Target, now_at_s: float) -> str:
        """Return the Cookie value for a request, longer paths first, or an empty string."""
        for key in [key for key, one in self.stored.items() if one.expires_at_s <= now_at_s]:
            del self.stored[key]
        fitting = sorted(
            (one for one in self.stored.values() if one.matches(target)), key=lambda one: -len(one.path)
        )
        return "; ".join(f"{one.name}={one.value}" for one in fitting)

    def set(self, target: Target, name: str, value: str) -> None:
        """Put a session cookie for the host of ``target`` and all its paths."""
        cookie = Cookie(name, value, target.origin.host, True, "/", False, inf)
        self.stored[(cookie.domain, "/", name)] = cookie

    def values(self) -> dict[str, str]:
        """Return name to value of everything stored, later ones winning."""
        return {one.name: one.value for one in self.stored.values()}

    def clear(self) -> None:
        """Forget everything."""
        self.stored.clear()


def merged_cookies(given: str, stored: str) -> str:
    """Return the Cookie value ``given``, behind it the jar's ``stored`` one, which wins where names meet."""
    names = {"", *(_name_of(pair) for pair in stored.split(";"))}
    kept = (pair.strip() for pair in given.split(";") if _name_of(pair) not in names)
    return "; ".join([*kept, stored])


def parse_set_cookie(text: str, target: Target, now_at_s: float) -> Cookie | None:
    """Read one Set-Cookie value (sections 5.2 and 5.3); None when it must be ignored."""
    first, *rest = text.split(";")
    name, equals, value = first.partition("=")
    name, value = name.strip(), value.strip()
    if not equals or not name or len(text) > MAX_COOKIE_CHARS or _BAD.search(name + value):
        return None
    attributes = {}
    for part in rest:
        key, _, attribute = part.partition("=")
        attributes[key.strip().lower()] = attribute.strip()
    host = target.origin.host
    domain = attributes.get("domain", "").lstrip(".").lower()
    if domain and not _domain_allowed(host, domain):
        return None
    path = attributes.get("path", "")
    return Cookie(
        name=name,
        value=value,
        domain=domain or host,
        host_only=not domain or (domain == host and bool(_ADDRESS.fullmatch(host))),
        path=path if path.startswith("/") else _default_path(target.path),
        secure="secure" in attributes,
        expires_at_s=_expiry(attributes, now_at_s),
    )


def _name_of(pair: str) -> str:
    return pair.partition("=")[0].strip()


def _domain_allowed(host: str, domain: str) -> bool:
    if host == domain:
        return True
    return "." in domain and not _ADDRESS.fullmatch(host) and host.endswith("." + domain)


def _path_matches(request_path: str, cookie_path: str) -> bool:
    if request_path == cookie_path:
        return True
    return request_path.startswith(cookie_path if cookie_path.endswith("/") else cookie_path + "/")


def _default_path(request_path: str) -> str:
    cut = request_path.rfind("/")
    return request_path[:cut] if cut > 0 else "/"


def _expiry(attributes: dict[str, str], now_at_s: float) -> float:
    max_age = attributes.get("max-age", "")
    if re.fullmatch(r"-?\d+", max_age):
        return now_at_s + float(max_age) if float(max_age) > 0 else 0.0
    if not attributes.get("expires"):
        return inf
    try:
        moment: datetime = parsedate_to_datetime(_DASHED_DATE.sub(r"\1 \2 \3", attributes["expires"]))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return inf
