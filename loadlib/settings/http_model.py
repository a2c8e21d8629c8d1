"""The settings of the HTTP client that a run can be given: what k6 has as options of its transport.

Waits and trust in servers are in ``model``, which these are part of. Reads nothing.
"""

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from loadlib.settings.kinds import Count, Rate
from loadlib.settings.network_kinds import (
    Amount,
    ClientCerts,
    HeaderValue,
    HostPatterns,
    Hosts,
    LocalAddresses,
    Networks,
    TlsVersion,
    Ttl,
    Words,
)

HttpDebug = Literal["off", "headers", "full"]
HttpVersion = Literal["1.1", "auto", "2"]
DnsSelect = Literal["first", "random", "roundRobin"]
DnsPolicy = Literal["preferIPv4", "preferIPv6", "onlyIPv4", "onlyIPv6", "any"]


class HttpSettings(BaseSettings):
    """How the users' HTTP clients send, connect and keep what they are given."""

    max_redirects: Amount = Field(default=10, description="redirects followed in one call; 0 follows none")
    user_agent: HeaderValue | None = Field(
        default=None, description="User-Agent of all requests; else loadlib and its version"
    )
    rps: Rate | None = Field(
        default=None, description="requests per second of the whole run, spread evenly over its processes"
    )
    batch: Count = Field(default=20, description="requests of one batch that are under way at once")
    batch_per_host: Count = Field(default=6, description="of these, to one host")
    discard_response_bodies: bool = Field(
        default=False,
        description="read and count bodies without keeping them, unless a call asks for its own",
    )
    reset_cookies: bool = Field(default=False, description="forget a user's cookies after each iteration")
    http_version: HttpVersion = Field(
        default="1.1", description="1.1; auto, as TLS agrees with the server; 2, or the request fails"
    )
    no_connection_reuse: bool = Field(default=False, description="a connection of its own for every request")
    no_user_connection_reuse: bool = Field(default=False, description="new connections for every iteration")
    http_debug: HttpDebug = Field(
        default="off", description="log every request and answer: headers, or full with bodies"
    )

    hosts: Hosts | None = Field(
        default=None, description="where connections go instead: name[:port]=address[:port], *.name too"
    )
    dns_ttl_s: Ttl = Field(default=300.0, description="how long a resolved name is used again; 0, or inf")
    dns_select: DnsSelect = Field(default="random", description="which of several addresses comes first")
    dns_policy: DnsPolicy = Field(
        default="preferIPv4", description="family of addresses that comes first, or the only one"
    )
    block_hostnames: HostPatterns | None = Field(
        default=None, description="hosts never to connect to; *.name for all below a name"
    )
    blacklist_ips: Networks | None = Field(
        default=None, description="addresses and networks never to connect to"
    )
    local_ips: LocalAddresses | None = Field(
        default=None, description="addresses, ranges and networks that the users connect from in turn"
    )
    proxy_from_environment: bool = Field(
        default=True, description="use the proxies of HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    )
    tls_min_version: TlsVersion = Field(default="1.2", description="lowest version of TLS")
    tls_max_version: TlsVersion | None = Field(default=None, description="highest version of TLS")
    tls_ciphers: Words | None = Field(
        default=None, description="cipher suites up to TLS 1.2, by OpenSSL's names or IANA's"
    )
    client_certs: ClientCerts | None = Field(
        default=None,
        description="certificates to present, by host: JSON list of domains, cert, key, password",
    )
