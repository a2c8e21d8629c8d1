"""What of a request depends on its call site alone, prepared once and shared by all users of the process.

A scenario calls the same few URLs for ever: request line, Host header, endpoint and names are looked up in
one bounded cache instead of being parsed again. Does not know headers, bodies or connections.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from loadlib.client.url import Target, join_base, parse_base, parse_url
from loadlib.core.endpoint import endpoint_name, normalize_path

CACHED_PLANS: Final = 4096
BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_METHOD: Final = re.compile(r"[A-Z]+")


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """The base URL of a client and the service its endpoints are named after."""

    base: Target
    service: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A call site: where it goes, its request line with Host as bytes, and its names."""

    method: str
    target: Target
    request_line: bytes
    host_line: bytes
    endpoint: str
    name: str
    url: str
    own_origin: bool
    head_only: bool
    head: bytes
    framing: bytes
    plain: bool


@lru_cache(maxsize=CACHED_PLANS)
def site_for(base_url: str, service: str) -> Site:
    """Return the one `Site` of a base URL and service.

    Raises:
        TransportError: kind ``bad_url``.
    """
    return Site(parse_base(base_url), service)


@lru_cache(maxsize=CACHED_PLANS)
def proxied_plan(plan: Plan, proxy_authorization: str) -> Plan:
    """Return a plan for a proxy of plain http: its request line has the whole URL, and the credentials.

    RFC 9112 section 3.2.2. A tunnel needs no such plan.
    """
    line = f"{plan.method} {plan.target.url} HTTP/1.1\r\n"
    if proxy_authorization:
        line += f"Proxy-Authorization: {proxy_authorization}\r\n"
    request_line = line.encode("latin-1")
    return replace(plan, request_line=request_line, head=request_line + plan.host_line)


@lru_cache(maxsize=CACHED_PLANS)
def plan_for(site: Site, method: str, url: str, name: str | None) -> Plan:
    """Return the plan of a call site. A name starting with ``/`` is its template, any other a label.

    Raises:
        TransportError: kind ``bad_url``.
        ValueError: the method is not a word of upper-case letters.
    """
    if not _METHOD.fullmatch(method):
        raise ValueError(f"{method!r} is not an HTTP method")
    target = parse_url(join_base(site.base, url))
    template = name if name and name.startswith("/") else normalize_path(target.bare_url)
    request_line = f"{method} {target.request_target} HTTP/1.1\r\n".encode("ascii")
    host_line = f"Host: {target.origin.netloc}\r\n".encode("ascii")
    return Plan(
        method=method,
        target=target,
        request_line=request_line,
        host_line=host_line,
        endpoint=endpoint_name(method, template, site.service),
        name=name or template,
        url=target.bare_url,
        own_origin=target.origin == site.base.origin,
        head_only=method == "HEAD",
        head=request_line + host_line,
        framing=b"Content-Length: 0\r\n\r\n" if method in BODY_METHODS else b"\r\n",
        plain=not (target.authorization or site.base.authorization),
    )


def unsendable_plan(site: Site, method: str, name: str | None) -> Plan:
    """Return the names under which a request without a valid URL is recorded."""
    label = name or "(bad url)"
    endpoint = endpoint_name(method, label, site.service)
    return Plan(method, site.base, b"", b"", endpoint, label, "", False, False, b"", b"", False)
