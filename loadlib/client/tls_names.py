"""Names of TLS versions and cipher suites as k6 and OpenSSL spell them. Pure text."""

import re
from typing import Final

VERSIONS: Final = {
    name: member
    for number, member in (("1.0", "TLSv1"), ("1.1", "TLSv1_1"), ("1.2", "TLSv1_2"), ("1.3", "TLSv1_3"))
    for name in (number, f"tls{number}")
}
"""Spelling -> member of `ssl.TLSVersion`."""

_IANA: Final = re.compile(r"TLS_(?:(?P<exchange>\w+?)_)?WITH_(?P<cipher>\w+)")


def openssl_name(name: str) -> str:
    """Return OpenSSL's name of a suite up to TLS 1.2; a name that is not in IANA's spelling is kept.

    ``TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`` is ``ECDHE-RSA-AES128-GCM-SHA256`` there: key exchange and
    cipher without ``WITH``, the exchange left out where it is plain RSA, and so is ``CBC``.
    """
    match = _IANA.fullmatch(name.strip())
    if match is None:
        return name.strip()
    exchange = "" if match["exchange"] in (None, "RSA") else match["exchange"].replace("_", "-") + "-"
    cipher = (
        match["cipher"]
        .replace("3DES_EDE_CBC", "DES_CBC3")
        .replace("CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305")
    )
    cipher = re.sub(r"(AES|CAMELLIA|ARIA)_(\d+)", r"\1\2", cipher).replace("_CBC_", "_")
    return exchange + cipher.replace("_", "-")
