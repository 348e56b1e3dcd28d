"""Certificates of control planes, each plane under an authority of its own."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 365
"""A local plane is younger than this; a new one is one ``make clean`` away."""


@dataclass(frozen=True)
class Pair:
    """Paths of a certificate and its private key."""

    cert: Path
    key: Path


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.touch(mode=0o600)
    path.write_bytes(pem)


def _name(common_name: str, organization: str) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


class Authority:
    """A certificate authority in a folder; made when it is not there yet.

    Args:
        folder: of its certificate and its key.
        name: common name of the certificate.
        below: how many authorities there may be below it, one signed by the other.
        days: for which a new one is valid.
    """

    def __init__(self, folder: Path, name: str, below: int = 0, days: int = VALID_DAYS) -> None:
        self.folder = folder
        self.pair = Pair(folder / "ca.crt", folder / "ca.key")
        if self.pair.key.exists() and self.pair.cert.exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name, "localcloud")
        builder = _builder(subject, subject, key.public_key(), days).add_extension(
            x509.BasicConstraints(ca=True, path_length=below), critical=True
        )
        _write_key(self.pair.key, key)
        certificate = builder.sign(key, hashes.SHA256())
        self.pair.cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self, file: str, common_name: str, *, organization: str = "", hosts: Sequence[str] = ()
    ) -> Pair:
        """Return a certificate for a client, and for a server where ``hosts`` are given."""
        pair = Pair(self.folder / f"{file}.crt", self.folder / f"{file}.key")
        if pair.cert.exists() and pair.key.exists():
            return pair
        ca_key = serialization.load_pem_private_key(self.pair.key.read_bytes(), None)
        assert isinstance(ca_key, ec.EllipticCurvePrivateKey)  # noqa: S101 we wrote it
        ca = x509.load_pem_x509_certificate(self.pair.cert.read_bytes())
        key = ec.generate_private_key(ec.SECP256R1())
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = _builder(_name(common_name, organization), ca.subject, key.public_key())
        if hosts:
            uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
            names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        _write_key(pair.key, key)
        certificate = builder.sign(ca_key, hashes.SHA256())
        pair.cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return pair


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    days: int = VALID_DAYS,
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=days))
    )


def service_account_key(folder: Path) -> None:
    """Make the pair that signs and checks service account tokens, where it is not there yet."""
    private, public = folder / "service-accounts.key", folder / "service-accounts.pub"
    if private.exists() and public.exists():
        return
    key = ec.generate_private_key(ec.SECP256R1())
    _write_key(private, key)
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
