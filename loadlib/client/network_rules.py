"""Which hosts and addresses a client may talk to, and where it is led instead.

Compiled once from the options and shared by all clients with the same ones. Does not resolve or connect.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from loadlib.client.errors import TransportError
from loadlib.client.resolver import Address
from loadlib.client.tls import ClientCert
from loadlib.core.addresses import Endpoint, HostMap, Network, parse_address, parse_network

Pairs = tuple[tuple[str, str], ...]


class NetworkRules:
    """Overrides, block lists and client certificates, ready to be asked once per connection."""

    __slots__ = ("_blocked", "_certs", "_networks", "_overrides")

    def __init__(
        self,
        overrides: Iterable[tuple[str, str]],
        blocked_hosts: Iterable[str],
        blocked_networks: Iterable[Network],
        certs: Iterable[ClientCert],
    ) -> None:
        self._overrides = HostMap((name, parse_address(address)) for name, address in overrides)
        self._blocked = HostMap((name, name) for name in blocked_hosts)
        self._networks = tuple(blocked_networks)
        self._certs = HostMap((domain, cert) for cert in certs for domain in cert.domains)

    def refuse_host(self, host: str) -> None:
        """Let a host pass that is not blocked.

        Raises:
            TransportError: ``blocked_host``.
        """
        pattern = self._blocked.find(host) if self._blocked else None
        if pattern is not None:
            raise TransportError("blocked_host", f"{host} is blocked by {pattern!r} of block_hostnames")

    def led(self, host: str, port: int) -> tuple[str, int]:
        """Return where connections to a host and port go: what ``hosts`` says, else the same."""
        found: Endpoint | None = self._overrides.find(host, port) if self._overrides else None
        return (host, port) if found is None else (found.host, port if found.port is None else found.port)

    def allowed(self, addresses: Sequence[Address]) -> Sequence[Address]:
        """Return the addresses that are not blocked.

        Raises:
            TransportError: ``blocked_address``: there is none.
        """
        if not self._networks:
            return addresses
        kept = [one for one in addresses if not self._blocks(one.host)]
        if not kept:
            blocked = ", ".join(one.host for one in addresses[:4])
            raise TransportError("blocked_address", f"blacklist_ips holds {blocked}")
        return kept

    def certificate(self, host: str, port: int) -> ClientCert | None:
        """Return the client certificate for a host, if it has one."""
        return self._certs.find(host, port) if self._certs else None

    def _blocks(self, host: str) -> bool:
        address = ip_address(host)
        mapped = getattr(address, "ipv4_mapped", None)
        return any(address in network or (mapped and mapped in network) for network in self._networks)


@lru_cache(maxsize=64)
def compiled_rules(
    hosts: Pairs,
    block_hostnames: tuple[str, ...],
    blacklist_ips: tuple[str, ...],
    certs: tuple[ClientCert, ...],
) -> NetworkRules:
    """Return the rules of these options.

    Raises:
        ValueError: naming the option and what it must be.
    """
    parts: dict[str, list[Network]] = {}
    for option, check in (
        ("hosts", lambda: NetworkRules(hosts, (), (), ())),
        ("block_hostnames", lambda: NetworkRules((), block_hostnames, (), ())),
        ("blacklist_ips", lambda: parts.update(networks=[parse_network(one) for one in blacklist_ips])),
        ("client_certs", lambda: NetworkRules((), (), (), certs)),
    ):
        try:
            check()
        except ValueError as error:
            raise ValueError(f"{option} must {error}") from None
    return NetworkRules(hosts, block_hostnames, parts["networks"], certs)


NO_RULES: Final = compiled_rules((), (), (), ())
