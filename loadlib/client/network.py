"""The options of a client that concern its connections alone: names, addresses, proxies, TLS.

Does not read the environment; whoever makes the options does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loadlib.client.network_rules import NO_RULES, NetworkRules, compiled_rules
from loadlib.client.proxies import Proxies
from loadlib.client.resolver import Policy, Select, Wish
from loadlib.client.tls import PLAIN, ClientCert, TlsWishes, tls_context
from loadlib.client.url import Origin
from loadlib.core.addresses import is_address
from loadlib.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """Whom a client connects to, and how. Times are seconds.

    Attributes:
        connect_timeout_s: for name, TCP, proxy and TLS of a new connection together. Several addresses of one
            name share it: each may take its part of what is left, the last all of it.
        hosts: where connections go instead of what a name resolves to: ``name[:port]`` or ``*.name`` to
            ``address[:port]``. Host header and TLS keep the name.
        dns_ttl_s: how long an answer of the resolver is used again by all users of the process; 0 asks for
            every connection, infinity only once.
        dns_select: which of several addresses comes first; the others are tried when it fails.
        dns_policy: the family of addresses that comes first, or the only one.
        dns_seed: makes the choice ``random`` repeatable.
        block_hostnames: hosts, or ``*.name``, that are never connected to: ``blocked_host``.
        blacklist_ips: addresses and networks that are never connected to: ``blocked_address``.
        local_address: the address that connections come from.
        proxies: the proxies that requests go through; None for none.
        verify_tls: false accepts any certificate.
        ca_file: PEM file of trusted authorities in place of the system's.
        tls_min_version, tls_max_version: ``"1.0"`` to ``"1.3"``; by default 1.2 and the newest there is.
        tls_ciphers: suites up to TLS 1.2 by OpenSSL's names or IANA's; those of 1.3 are always offered.
        client_certs: certificates to present, by host.
        keylog_file: receives TLS session keys, as ``SSLKEYLOGFILE`` asks for.
        rules: the compiled form of the above, for `dial`.
    """

    connect_timeout_s: float = 10.0
    hosts: Mapping[str, str] = field(default_factory=dict)
    dns_ttl_s: float = 0.0
    dns_select: Select = "first"
    dns_policy: Policy = "any"
    dns_seed: int | None = None
    block_hostnames: tuple[str, ...] = ()
    blacklist_ips: tuple[str, ...] = ()
    local_address: str | None = None
    proxies: Proxies | None = None
    verify_tls: bool = True
    ca_file: str | None = None
    tls_min_version: str = ""
    tls_max_version: str = ""
    tls_ciphers: tuple[str, ...] = ()
    client_certs: tuple[ClientCert, ...] = ()
    keylog_file: str | None = None
    rules: NetworkRules = field(init=False, repr=False, compare=False, default=NO_RULES)

    @property
    def dns(self) -> Wish:
        """What is wanted of the resolver."""
        return Wish(self.dns_ttl_s, self.dns_select, self.dns_policy, self.dns_seed)

    def tls_wishes(self, origin: Origin) -> TlsWishes:
        """Return what TLS with an origin is to be like."""
        cert = self.rules.certificate(origin.host, origin.port)
        lowest, highest, ciphers = self.tls_min_version, self.tls_max_version, self.tls_ciphers
        if cert is None and not (lowest or highest or ciphers or self.keylog_file):
            return PLAIN
        return TlsWishes(lowest, highest, ciphers, cert, self.keylog_file)

    def compile(self) -> list[str]:
        """Set ``rules``; return what is wrong with the options instead, a line each."""
        try:
            rules = compiled_rules(
                tuple(self.hosts.items()), self.block_hostnames, self.blacklist_ips, self.client_certs
            )
            object.__setattr__(self, "rules", rules)
        except ValueError as error:
            return [str(error)]
        if self.local_address is not None and not is_address(self.local_address):
            return [f"local_address must be an IP address, not {self.local_address!r}"]
        return []

    def check_tls(self, alpn: tuple[str, ...] = PLAIN.alpn) -> None:
        """Make every TLS context that the options lead to: a mistake shows before the first request.

        ``alpn`` names the protocols that the contexts will offer.

        Raises:
            ConfigurationError: as `tls_context`.
        """
        problems: list[str] = []
        for cert in (None, *self.client_certs):
            wishes = TlsWishes(
                self.tls_min_version, self.tls_max_version, self.tls_ciphers, cert, self.keylog_file, alpn
            )
            try:
                tls_context(self.verify_tls, self.ca_file, wishes)
            except ConfigurationError as error:
                problems += error.problems
        if problems:
            raise ConfigurationError(*dict.fromkeys(problems))
