"""How hosts and addresses are written: parsed, checked, and matched against patterns and ranges.

Pure text, for settings and client alike: no name is resolved here. A ``ValueError`` says what is wrong in
words that complete "<setting> must".
"""

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

Network = IPv4Network | IPv6Network

_LABEL: Final = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})"
_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?")
_PATTERN: Final = re.compile(rf"\*|(\*\.)?{_NAME.pattern}")


class Endpoint(NamedTuple):
    """A host, in lower case and without brackets, and a port, None where none was given."""

    host: str
    port: int | None


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address, a zone included."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def parse_pattern(text: str) -> Endpoint:
    """Read ``name[:port]``, an address, ``*.example.com`` for all names below it, or ``*`` for all.

    Raises:
        ValueError: it is none of them.
    """
    host, port = _split(text)
    if not is_address(host) and not _PATTERN.fullmatch(host):
        raise ValueError(f"name a host, such as example.com or *.example.com ({text!r} is none)")
    return Endpoint(host.lower(), port)


def parse_address(text: str) -> Endpoint:
    """Read ``address[:port]``; an IPv6 address with a port stands in brackets.

    Raises:
        ValueError: it is no address.
    """
    host, port = _split(text)
    if not is_address(host):
        raise ValueError(f"give an IP address, such as 10.0.0.1 or [::1]:8443 ({text!r} is none)")
    return Endpoint(host.lower(), port)


def parse_network(text: str) -> Network:
    """Read an address or a range in CIDR form.

    Raises:
        ValueError: it is neither, or has bits set behind its prefix.
    """
    try:
        return ip_network(text.strip())
    except ValueError as error:
        raise ValueError(f"give addresses or networks such as 10.0.0.0/8 ({error})") from None


class HostMap(Generic[T]):
    """Values by host pattern. The most exact one wins: a name before ``*.``, with a port before without."""

    __slots__ = ("_exact", "_wild")

    def __init__(self, entries: Iterable[tuple[str, T]] = ()) -> None:
        """Take patterns and their values; raises ``ValueError`` as `parse_pattern` does."""
        self._exact: dict[Endpoint, T] = {}
        wild: list[tuple[str, int | None, T]] = []
        for text, value in entries:
            pattern = parse_pattern(text)
            if pattern.host.startswith("*"):
                wild.append((pattern.host[1:], pattern.port, value))
            else:
                self._exact[Endpoint(_bare(pattern.host), pattern.port)] = value
        self._wild = sorted(wild, key=lambda one: (-len(one[0]), one[1] is None))

    def find(self, host: str, port: int | None = None) -> T | None:
        """Return the value for a host, or None."""
        name = _bare(host.lower())
        for key in (Endpoint(name, port), Endpoint(name, None)):
            if key in self._exact:
                return self._exact[key]
        for suffix, its_port, value in self._wild:
            if name.endswith(suffix) and its_port in (None, port):
                return value
        return None

    def __bool__(self) -> bool:
        return bool(self._exact or self._wild)


class AddressPool:
    """Addresses written one by one, as ranges ``10.0.0.1-10.0.0.9`` and as networks, counted but not listed.

    Of an IPv4 network the first and the last address are left out, as no host has them, unless it has two
    addresses or one.
    """

    __slots__ = ("_blocks", "_count")

    def __init__(self, texts: Sequence[str]) -> None:
        """Take the texts; raises ``ValueError`` for what is none of the three."""
        self._blocks = [_block(text.strip()) for text in texts]
        self._count = sum(count for _, count in self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    def at(self, index: int) -> str:
        """Return the address number ``index``, beginning anew after the last."""
        rest = index % self._count
        for first, count in self._blocks:
            if rest < count:
                return str(first + rest)
            rest -= count
        raise AssertionError("the blocks hold fewer addresses than they counted")


def _block(text: str) -> tuple[IPv4Address | IPv6Address, int]:
    if "/" in text:
        network = parse_network(text)
        inner = network.version == 4 and network.num_addresses > 2
        return network[1 if inner else 0], network.num_addresses - (2 if inner else 0)
    first, _, last = text.partition("-")
    try:
        low, high = ip_address(first.strip()), ip_address((last or first).strip())
    except ValueError:
        low, high = ip_address("0.0.0.1"), ip_address("0.0.0.0")  # noqa: S104 - an empty range, refused below
    if low.version != high.version or int(high) < int(low):
        raise ValueError(f"give addresses, ranges such as 10.0.0.1-10.0.0.9 or networks ({text!r} is none)")
    return low, int(high) - int(low) + 1


def _split(text: str) -> tuple[str, int | None]:
    """Return host and port of ``host``, ``host:port``, ``address``, ``[address]`` and ``[address]:port``."""
    bare = text.strip()
    if is_address(bare):
        return bare, None
    match = re.fullmatch(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::(\d{1,5}))?", bare)
    if match is None or (match[3] and not 1 <= int(match[3]) <= 65535):
        raise ValueError(f"name a host or address, with a port from 1 to 65535 if any ({text!r} is none)")
    return match[1] or match[2], int(match[3]) if match[3] else None


def _bare(host: str) -> str:
    return host.rstrip(".")
