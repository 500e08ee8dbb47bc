"""A certificate for development: an authority of one's own, and localhost signed by it, in the user's data folder."""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..primitives import clock

LIFETIME = timedelta(days=397)
"""Browsers accept no longer lifetime."""
RENEW_BEFORE = timedelta(days=14)
HOSTS = ("localhost", "127.0.0.1", "::1")
TRUST = (
    "To stop the browser's warning, import that file as an authority for websites:"
    " Firefox: Settings, Certificates. Chrome: chrome://certificate-manager. macOS: Keychain Access."
    " curl: --cacert FILE.\n"
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where it lies, and what to compare it by."""

    authority: Path
    chain: Path
    fingerprint: str

    def context(self) -> ssl.SSLContext:
        """What a server needs to speak TLS with it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain)
        return context


def folder() -> Path:
    """The user's own data folder."""
    base = os.environ.get("XDG_DATA_HOME") or (Path.home() / ".local" / "share")
    return Path(base) / "django-bearer"


def ready(where: Path | None = None) -> Certificate:
    """The certificate, made if there is none or it ends soon. Its authority's key is thrown away once used."""
    home = where or folder()
    authority, chain = home / "authority.pem", home / "localhost.pem"
    if not (authority.exists() and chain.exists() and _lasts(chain)):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(authority, chain)
    found = x509.load_pem_x509_certificate(authority.read_bytes())
    fingerprint = found.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(authority, chain, fingerprint)


def _now() -> datetime:
    return datetime.fromtimestamp(clock.seconds(), UTC)


def _lasts(chain: Path) -> bool:
    try:
        found = x509.load_pem_x509_certificate(chain.read_bytes())
    except ValueError:
        return False
    return found.not_valid_after_utc - RENEW_BEFORE > _now()


def _make(authority: Path, chain: Path) -> None:
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "django-bearer, development on this machine")])
    root = (
        _builder(root_name, root_name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .add_extension(x509.NameConstraints([*map(_constraint, HOSTS)], None), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]), root_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([*map(_name, HOSTS)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    _write(chain, leaf.public_bytes(pem) + root.public_bytes(pem) + plain)
    _write(authority, root.public_bytes(pem))


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    begins = _now() - timedelta(minutes=5)
    return (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + LIFETIME)
    )


def _usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _constraint(host: str) -> x509.GeneralName:
    """An authority that can sign for this machine only."""
    try:
        return x509.IPAddress(ipaddress.ip_network(host))
    except ValueError:
        return x509.DNSName(host)


def _write(path: Path, data: bytes) -> None:
    """Readable by its owner only, from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
