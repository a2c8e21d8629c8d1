"""Which proxy a request goes through, by the rules of the environment's HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

The rules are those of Go's HTTP client, and so k6's: upper-case names before lower-case ones, nothing on this
host is ever proxied, and NO_PROXY lists names with all below them, ``.name`` for those below only, addresses,
networks and ``*``. Does not open connections (`tunnel`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

from loadlib.client.errors import TransportError
from loadlib.client.url import Origin, parse_url
from loadlib.core.addresses import HostMap, Network, is_address
from loadlib.errors import ConfigurationError

_BY_SCHEME: Final = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; ``authorization`` is the header value its URL's credentials stand for."""

    origin: Origin
    authorization: str = field(default="", repr=False)


class Exemptions:
    """What NO_PROXY names."""

    __slots__ = ("_names", "_networks")

    def __init__(self, text: str) -> None:
        """Take the comma-separated list; like Go, what cannot be read is left out."""
        names: list[tuple[str, bool]] = []
        self._networks: list[Network] = []
        for entry in (part.strip() for part in text.split(",")):
            if "/" in entry or is_address(entry):
                self._networks += _network(entry)
            else:
                names += _patterns(entry)
        self._names = HostMap(names)

    def cover(self, origin: Origin) -> bool:
        """Tell whether requests to an origin go without a proxy."""
        host = origin.host
        if not is_address(host):
            return host == "localhost" or bool(self._names.find(host, origin.port))
        address = ip_address(host)
        if address.is_loopback or self._names.find(host, origin.port):
            return True
        return any(address in network for network in self._networks)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of both schemes and what goes past them."""

    http: Proxy | None = None
    https: Proxy | None = None
    exempt: Exemptions = field(default_factory=lambda: Exemptions(""))

    def proxy_for(self, origin: Origin) -> Proxy | None:
        """Return the proxy for requests to an origin, or None."""
        proxy = self.https if origin.scheme == "https" else self.http
        return None if proxy is None or self.exempt.cover(origin) else proxy


def environment_proxies(environ: Mapping[str, str]) -> Proxies | None:
    """Return what an environment says of proxies, None when it names none.

    Raises:
        ConfigurationError: a proxy's URL cannot be used.
    """
    http, https = (_setting(environ, name) for name in _BY_SCHEME.values())
    if not http and not https:
        return None
    return _proxies(http, https, _setting(environ, "NO_PROXY"))


@lru_cache(maxsize=16)
def _proxies(http: str, https: str, exempt: str) -> Proxies:
    return Proxies(_proxy("HTTP_PROXY", http), _proxy("HTTPS_PROXY", https), Exemptions(exempt))


def _setting(environ: Mapping[str, str], name: str) -> str:
    return (environ.get(name) or environ.get(name.lower()) or "").strip()


def _proxy(name: str, text: str) -> Proxy | None:
    if not text:
        return None
    try:
        target = parse_url(text if "://" in text else f"http://{text}")
    except TransportError as error:
        raise ConfigurationError(f"{name} in the environment: {error.message}") from None
    if target.origin.scheme != "http":
        raise ConfigurationError(
            f"{name} in the environment: proxies are spoken to over http:// only, not {target.origin.scheme}://"
        )
    return Proxy(target.origin, target.authorization)


def _network(entry: str) -> list[Network]:
    try:
        return [ip_network(entry, strict=False)]
    except ValueError:
        return []


def _patterns(entry: str) -> list[tuple[str, bool]]:
    """Return what a name stands for: itself and all below it, unless a dot or ``*.`` begins it."""
    if entry == "*":
        return [("*", True)]
    bare = entry.removeprefix("*").removeprefix(".")
    wanted = [f"*.{bare}"] if bare != entry else [bare, f"*.{bare}"]
    return [(pattern, True) for pattern in wanted if _readable(pattern)]


def _readable(pattern: str) -> bool:
    try:
        HostMap([(pattern, True)])
    except ValueError:
        return False
    return True
