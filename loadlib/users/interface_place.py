"""Where an interface of an agent card is reached, given that cards are known to carry wrong base URLs.

Path and query are the card's, the origin is always the configured platform's: a load test follows no card
to somebody else's host. Nothing is sent here.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from loadlib.client.errors import TransportError
from loadlib.client.url import parse_url


@dataclass(frozen=True, slots=True)
class Place:
    """Where to send. ``path``, without the base URL's own and without a query, is what it is named after.

    ``is_foreign`` tells that the card names another origin.
    """

    url: str
    path: str
    is_foreign: bool


def place_of(url: str, base_url: str) -> Place:
    """Return the place of a card's interface ``url`` for a client whose base URL is ``base_url``.

    A path that has the base URL's path in front is taken as below it; on the same origin another one is
    taken literally.
    """
    base, parts = parse_url(base_url), urlsplit(url)
    own, path = base.path.rstrip("/"), "/" + parts.path.lstrip("/")
    is_below = path == own or path.startswith(own + "/")
    path = path[len(own) :] or "/" if is_below else path
    target = f"{path}?{parts.query}" if parts.query else path
    is_foreign = bool(parts.netloc) and _origin(url) != base.origin
    is_literal = bool(parts.netloc) and not is_foreign and not is_below
    return Place(f"{base.origin}{target}" if is_literal else target, path, is_foreign)


def _origin(url: str) -> object:
    try:
        return parse_url(url).origin
    except TransportError:
        return None
