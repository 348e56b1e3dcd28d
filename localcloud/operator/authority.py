"""The certificate authority that a plane's istiod signs with. No private key leaves this module."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

FILES = ("ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem")
"""What Istio expects in ``cacerts`` (istio.io, "Plug in CA Certificates")."""

_LONGEST_CHAIN = 10


@dataclass(frozen=True)
class Authority:
    """What is known of an authority without its key.

    Attributes:
        root: SHA-256 of the root certificate, in hexadecimal; empty if there is none.
        problem: why istiod cannot sign with it; empty if it can.
        pem: the root certificate.
        is_own: whether istiod made it itself, for want of ``cacerts``.
    """

    root: str = ""
    problem: str = ""
    pem: str = ""
    is_own: bool = False


def read(files: Mapping[str, bytes]) -> Authority:
    """Check what is in the Secret ``cacerts``, down to the key."""
    missing = [name for name in FILES if not files.get(name)]
    if missing:
        return Authority(problem=f"cacerts has no {', '.join(missing)}")
    try:
        root = x509.load_pem_x509_certificate(files["root-cert.pem"])
        signing = x509.load_pem_x509_certificate(files["ca-cert.pem"])
        chain = x509.load_pem_x509_certificates(files["cert-chain.pem"])
    except ValueError:
        return Authority(problem="cacerts has a file that is no certificate")
    der = root.public_bytes(serialization.Encoding.DER)
    return Authority(
        root=hashlib.sha256(der).hexdigest(),
        problem=_problem(root, signing, chain, files["ca-key.pem"]),
        pem=files["root-cert.pem"].decode(),
    )


def _problem(
    root: x509.Certificate, signing: x509.Certificate, chain: list[x509.Certificate], key: bytes
) -> str:
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError):
        return "ca-key.pem is no private key"
    if private.public_key() != signing.public_key():
        return "ca-key.pem does not belong to ca-cert.pem"
    for name, certificate in {"root-cert.pem": root, "ca-cert.pem": signing}.items():
        if fault := _fault(certificate):
            return f"{name} {fault}"
    if not _leads(signing, root, chain):
        return "ca-cert.pem does not chain to root-cert.pem by authorities that are valid now"
    return ""


def _fault(certificate: x509.Certificate) -> str:
    """Return why nothing can be signed with a certificate, whatever is above it."""
    since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not since <= dt.datetime.now(dt.UTC) <= until:
        return f"is valid from {since.date()} to {until.date()} only"
    try:
        found = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return "is not the certificate of an authority"
    return "" if found.value.ca else "is not the certificate of an authority"


def _leads(
    signing: x509.Certificate, root: x509.Certificate, chain: list[x509.Certificate]
) -> bool:
    sound = [certificate for certificate in chain if not _fault(certificate)]
    current = signing
    for _ in range(_LONGEST_CHAIN):
        if _issued(current, root):
            return True
        above = next((c for c in sound if c != current and _issued(current, c)), None)
        if above is None:
            return False
        current = above
    return False


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def self_signed(organization: str) -> dict[str, bytes]:
    """Return the files of a new root, as istiod makes one where there is no ``cacerts``.

    Ten years, RSA 2048: istiod's own defaults.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=2))
        .not_valid_after(now + dt.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "ca-cert.pem": certificate,
        "ca-key.pem": private,
        "cert-chain.pem": certificate,
        "root-cert.pem": certificate,
    }
