"""Certificate authorities and certificates made on the spot, good ones and every kind of bad one.

Knows X.509 only: nothing of TLS, sockets or the client.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID as Usage

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Days = tuple[float, float]

VALID: Final[Days] = (-10, 10)
_NUMBERS: Final = count(1)
_RSA_SHA256: Final = bytes.fromhex("06092a864886f70d01010b")
_RSA_SHA1: Final = bytes.fromhex("06092a864886f70d010105")


def new_key(rsa_bits: int = 0) -> Key:
    """Return an elliptic key, or an RSA key of so many bits."""
    return rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())


def san(name: str) -> x509.GeneralName:
    """Return a subject alternative name: ``IP:127.0.0.1``, or a host name."""
    if name.startswith("IP:"):
        return x509.IPAddress(ip_address(name.removeprefix("IP:")))
    return x509.DNSName(name)


@dataclass(frozen=True)
class Identity:
    """A certificate, its key and the certificates between it and its root, root excluded."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> str:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def write(self, folder: Path, *, chain: bool = True) -> tuple[str, str]:
        """Write certificate, with its chain unless told otherwise, and key; return the two paths."""
        stem = folder / f"{next(_NUMBERS)}"
        shown = [self.certificate, *(self.chain if chain else ())]
        pem, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
        pem.write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in shown))
        key.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return str(pem), str(key)

    def issue(
        self,
        *names: str,
        common_name: str = "",
        days: Days = VALID,
        rsa_bits: int = 0,
        authority: bool = False,
        path_length: int | None = None,
        usage: Sequence[x509.ObjectIdentifier] = (Usage.SERVER_AUTH,),
    ) -> "Identity":
        """Return an identity signed by this one; ``days`` from now are its validity."""
        key = new_key(rsa_bits)
        builder = _builder(common_name or f"test {next(_NUMBERS)}", self.certificate.subject, key, days)
        builder = builder.add_extension(x509.BasicConstraints(authority, path_length), critical=True)
        if names:
            listed = x509.SubjectAlternativeName([san(name) for name in names])
            builder = builder.add_extension(listed, critical=False)
        if not authority:
            builder = builder.add_extension(x509.ExtendedKeyUsage(list(usage)), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        above = () if self.certificate.issuer == self.certificate.subject else (self.certificate, *self.chain)
        return Identity(certificate, key, above)

    def signed_with_sha1(self, by: "Identity") -> "Identity":
        """Return this identity with its signature, by an RSA key, made with SHA-1.

        ``cryptography`` makes no such certificates any more: the algorithm's number is changed in the signed
        part and behind it, and the signed part signed again.
        """
        assert isinstance(by.key, rsa.RSAPrivateKey)
        part = self.certificate.tbs_certificate_bytes.replace(_RSA_SHA256, _RSA_SHA1)
        signature = by.key.sign(part, padding.PKCS1v15(), hashes.SHA1())
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        der = der.replace(_RSA_SHA256, _RSA_SHA1).replace(self.certificate.signature, signature)
        return Identity(x509.load_der_x509_certificate(der), self.key, self.chain)


def new_root(name: str = "root", *names: str, days: Days = VALID, authority: bool = True) -> Identity:
    """Return a self-signed identity: an authority, or a certificate for ``names`` that vouches for itself."""
    key = new_key()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = _builder(name, subject, key, days)
    builder = builder.add_extension(x509.BasicConstraints(authority, None), critical=True)
    if names:
        listed = x509.SubjectAlternativeName([san(one) for one in names])
        builder = builder.add_extension(listed, critical=False)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def _builder(common_name: str, issuer: x509.Name, key: Key, days: Days) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
    )
