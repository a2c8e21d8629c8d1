"""TLS contexts, one per way of verifying and presenting oneself in the whole process.

A context of its own, with the CA bundle loaded, would cost every user 27 ms and 870 KB.
Does not connect (`dial`). Contexts are gevent's own class, so they work without monkey patching.
"""

import ssl
import warnings
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from loadlib.client.eventloop import gevent_ssl
from loadlib.client.tls_names import VERSIONS, openssl_name
from loadlib.errors import ConfigurationError

_OLD: Final = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


@dataclass(frozen=True, slots=True)
class ClientCert:
    """A certificate with which the client presents itself to some hosts.

    Attributes:
        domains: host patterns, such as ``api.example.com`` or ``*.example.com``.
        cert_file: PEM file with the certificate and those that lead to its authority.
        key_file: PEM file with its key; None when ``cert_file`` holds it as well.
        password: of an encrypted key.
    """

    domains: tuple[str, ...]
    cert_file: str
    key_file: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TlsWishes:
    """What a context is to be besides verifying.

    Attributes:
        min_version, max_version: of `tls_names.VERSIONS`, empty for TLS 1.2 and for the newest there is.
        ciphers: names of suites up to TLS 1.2, empty for OpenSSL's own choice.
        cert: the certificate to present.
        keylog_file: file that receives the session keys, for a network analyser.
        alpn: protocols offered, the preferred one first.
    """

    min_version: str = ""
    max_version: str = ""
    ciphers: tuple[str, ...] = ()
    cert: ClientCert | None = None
    keylog_file: str | None = None
    alpn: tuple[str, ...] = ("http/1.1",)


PLAIN: Final = TlsWishes()


@lru_cache(maxsize=256)
def tls_context(verify: bool, ca_file: str | None, wishes: TlsWishes = PLAIN) -> Any:
    """Return the shared client context: TLS 1.2 or newer, host names verified unless told not to.

    Raises:
        ConfigurationError: ``ca_file`` or the certificate cannot be read, a version or suite is unknown.
    """
    context = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols([*wishes.alpn])
    _set_versions(context, wishes)
    _set_ciphers(context, wishes)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is None:
        context.load_default_certs()
    else:
        _load(context, ca_file)
    if wishes.cert is not None:
        _present(context, wishes.cert)
    if wishes.keylog_file:
        _log_keys(context, wishes.keylog_file)
    return context


def _set_versions(context: Any, wishes: TlsWishes) -> None:
    lowest = _version("tls_min_version", wishes.min_version) or ssl.TLSVersion.TLSv1_2
    highest = _version("tls_max_version", wishes.max_version)
    if highest is not None and highest < lowest:
        if wishes.min_version:
            raise ConfigurationError("tls_max_version must not be below tls_min_version")
        raise ConfigurationError(
            f"tls_max_version {wishes.max_version} is below TLS 1.2: name tls_min_version as well"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # asked for by name
        context.minimum_version = lowest
        if highest is not None:
            context.maximum_version = highest


def _version(option: str, name: str) -> ssl.TLSVersion | None:
    if not name:
        return None
    if name not in VERSIONS:
        raise ConfigurationError(f"{option} must be one of {', '.join(VERSIONS)}, not {name!r}")
    return ssl.TLSVersion[VERSIONS[name]]


def _set_ciphers(context: Any, wishes: TlsWishes) -> None:
    """Allow the suites asked for. OpenSSL drops unknown names in silence, so each is tried on its own.

    TLS 1.0 and 1.1 need signatures that OpenSSL offers at its security level 0 only.
    """
    names = [openssl_name(name) for name in wishes.ciphers]
    for given, name in zip(wishes.ciphers, names, strict=True):
        try:
            context.set_ciphers(name)
        except ssl.SSLError:
            raise ConfigurationError(
                f"tls_ciphers: {given!r} is no suite up to TLS 1.2; those of TLS 1.3 are always offered"
            ) from None
    old = context.minimum_version in _OLD
    if names or old:
        context.set_ciphers(":".join([*(names or ["DEFAULT"]), *(["@SECLEVEL=0"] if old else [])]))


def _load(context: Any, ca_file: str) -> None:
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"ca_file {ca_file}: {error.strerror or error}") from None


def _present(context: Any, cert: ClientCert) -> None:
    """Load a certificate and its key; without the right password OpenSSL would ask the terminal."""
    password = cert.password or ""
    try:
        context.load_cert_chain(cert.cert_file, cert.key_file, lambda: password)
    except (OSError, ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        files = cert.cert_file if cert.key_file is None else f"{cert.cert_file} and {cert.key_file}"
        raise ConfigurationError(f"client_certs {files}: {reason}") from None


def _log_keys(context: Any, path: str) -> None:
    try:
        context.keylog_filename = path
    except OSError as error:
        raise ConfigurationError(f"SSLKEYLOGFILE {path}: {error.strerror or error}") from None
