"""The kinds of value that settings of the HTTP client have beyond plain ones: lists, pairs, certificates.

A list is written with commas or blanks, or as an array of JSON or TOML; pairs as ``name=address``, or as an
object. Knows no setting by name; a failed check raises ``ValueError`` with the words after "must".
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from loadlib.core.addresses import AddressPool, HostMap, parse_address, parse_network
from loadlib.settings.kinds import not_a_flag, read_seconds

_BLANKS: Final = re.compile(r"[\s,]+")
_CERT_KEYS: Final = ("domains", "cert", "key", "password")
_CERTS_HELP: Final = (
    'be a JSON list such as [{"domains": ["api.example.com"], "cert": "client.pem", "key": "client.key"}]'
)


def _words(value: object) -> object:
    """Read a list from text; an array stays what it is."""
    if not isinstance(value, str):
        return tuple(value) if isinstance(value, list) else value
    if value.lstrip().startswith("["):
        return tuple(_json(value, list, "be a list of texts, or words with commas between"))
    return tuple(word for word in _BLANKS.split(value.strip()) if word)


def _pairs(value: object) -> object:
    """Read an object from text; a table stays what it is."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("{"):
        return _json(value, dict, "be an object of texts, or pairs such as api.example.com=127.0.0.1")
    pairs = [word.partition("=") for word in _BLANKS.split(value.strip()) if word]
    if not all(name and address for name, _, address in pairs):
        raise ValueError("be pairs such as api.example.com=127.0.0.1, with commas between")
    return {name: address for name, _, address in pairs}


def _json(text: str, kind: type, help_text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        raise ValueError(help_text) from None
    if not isinstance(found, kind):
        raise ValueError(help_text)
    return found


def _hosts(value: Mapping[str, str]) -> Mapping[str, str]:
    HostMap((name, parse_address(address)) for name, address in value.items())
    return value


def _each(check: Callable[[Iterable[str]], object]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    def checked(value: tuple[str, ...]) -> tuple[str, ...]:
        check(value)
        return value

    return checked


def _ttl(value: object) -> object:
    return inf if value == "inf" else read_seconds(value)


def _version(value: object) -> object:
    return value.lower().removeprefix("tls") if isinstance(value, str) else value


def _header_value(value: str) -> str:
    if not re.fullmatch(r"[ -~]+", value):
        raise ValueError("be printable ASCII on one line")
    return value


def certificates(value: SecretStr) -> list[dict[str, Any]]:
    """Return the entries of a list of client certificates; a password is never part of an error.

    Raises:
        ValueError: the text is no such list, in the words after "must".
    """
    entries = _json(value.get_secret_value(), list, _CERTS_HELP)
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise ValueError(_CERTS_HELP)
        _check_certificate(entry, f"entry {number}")
    return list(entries)


def _check_certificate(entry: dict[str, Any], place: str) -> None:
    unknown = sorted(set(entry) - set(_CERT_KEYS))
    if unknown:
        raise ValueError(
            f"have no keys but {', '.join(_CERT_KEYS)} in each entry ({place} has {unknown[0]!r})"
        )
    domains = entry.get("domains")
    if not isinstance(domains, list) or not domains or not all(isinstance(one, str) for one in domains):
        raise ValueError(f'name the hosts of each entry as a list "domains" ({place} does not)')
    HostMap((domain, True) for domain in domains)
    if not isinstance(entry.get("cert"), str) or not entry["cert"]:
        raise ValueError(f'name the PEM file of each entry as "cert" ({place} does not)')
    for key in ("key", "password"):
        if not isinstance(entry.get(key, ""), str):
            raise ValueError(f'have text as "{key}" ({place} does not)')


def _certs(value: SecretStr) -> SecretStr:
    certificates(value)
    return value


Hosts = Annotated[dict[str, str], BeforeValidator(_pairs), AfterValidator(_hosts), Field(min_length=1)]
"""Host names and the addresses that stand in for them, ``name[:port]=address[:port]``."""

Words = Annotated[tuple[str, ...], BeforeValidator(_words), Field(min_length=1)]
"""A list of words."""

HostPatterns = Annotated[Words, AfterValidator(_each(lambda value: HostMap((one, True) for one in value)))]
"""Hosts, ``*.example.com`` and ``*``."""

Networks = Annotated[Words, AfterValidator(_each(lambda value: [parse_network(one) for one in value]))]
"""IP addresses and networks."""

LocalAddresses = Annotated[Words, AfterValidator(_each(lambda value: AddressPool(tuple(value))))]
"""IP addresses, ranges of them, and networks."""

Ttl = Annotated[float, BeforeValidator(_ttl), Field(ge=0)]
"""A time that may be 0, or ``inf``."""

TlsVersion = Annotated[Literal["1.0", "1.1", "1.2", "1.3"], BeforeValidator(_version)]
"""A version of TLS; ``tls1.2`` is read as ``1.2``."""

HeaderValue = Annotated[str, AfterValidator(_header_value)]
"""A value for a header."""

Amount = Annotated[int, BeforeValidator(not_a_flag), Field(ge=0)]
"""A whole number, 0 or more."""

ClientCerts = Annotated[SecretStr, AfterValidator(_certs)]
"""A JSON list of certificates, their files, hosts and passwords; never shown."""
