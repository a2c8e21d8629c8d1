"""What a redirect turns a request into (RFC 9110 section 15.4). Does not send it and does not count hops."""

from dataclasses import dataclass, replace
from typing import Final

from loadlib.client.digest import DigestAuth
from loadlib.client.head import HeaderValues
from loadlib.client.secrecy import looks_secret
from loadlib.client.url import Target, join_redirect, parse_url

REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_CONTENT_HEADERS: Final = frozenset({"content-type", "content-encoding", "content-language"})


@dataclass(slots=True)
class Outgoing:
    """A request as the scenario, or a redirect, wants it, before the client adds its part.

    ``digest`` is the name and password that ``authorization`` is to be made of, anew for every request.
    """

    method: str
    url: str
    headers: HeaderValues
    body: bytes
    content_type: str
    authorization: str = ""
    digest: DigestAuth | None = None


def redirected(request: Outgoing, current: Target, status: int, location: str) -> Outgoing:
    """Return the request that answers a redirect.

    303 asks again by GET, and so do 301 and 302 after a POST, as every browser does; 307 and 308 repeat
    method and body. Credentials and headers that look like some (`secrecy`) do not follow to another origin.

    Raises:
        TransportError: kind ``bad_url``: the location is no http(s) URL.
    """
    url = join_redirect(current, location)
    target = parse_url(url)
    following = replace(request, url=url)
    if _becomes_get(request.method, status):
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in _CONTENT_HEADERS
        }
        following = replace(following, method="GET", headers=headers, body=b"", content_type="")
    if target.origin != current.origin:
        headers = {name: value for name, value in following.headers.items() if not looks_secret(name)}
        following = replace(following, headers=headers, authorization="", digest=None)
    return following


def _becomes_get(method: str, status: int) -> bool:
    if status == 303:
        return method != "HEAD"
    return status in (301, 302) and method == "POST"
