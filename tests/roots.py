"""Root authorities that are made for one test, good ones and wrong ones."""

import datetime as dt
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Root")])
NO_USE: dict[str, Any] = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


def private_pem(key: Any, password: bytes | None = None) -> str:
    """Return a private key as PEM."""
    hidden = serialization.BestAvailableEncryption(password) if password else None
    pem: bytes = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        hidden or serialization.NoEncryption(),
    )
    return pem.decode()


def make_root(
    *,
    begins: int = -1,
    days: int = 3650,
    authority: bool = True,
    path_length: int | None = None,
    signs: bool = True,
    key: Any = None,
    signer: Any = None,
) -> tuple[str, str]:
    """Return a certificate and its private key as PEM.

    Args:
        begins: days from now until it is valid.
        days: from now until it ends.
        authority: whether its basic constraints say so.
        path_length: of authorities below it.
        signs: whether its key may sign certificates.
        key: of the certificate; default: a new one on P-256.
        signer: another key that signs it, in place of its own.
    """
    key = key or ec.generate_private_key(ec.SECP256R1())
    signer = signer or key
    now = dt.datetime.now(dt.UTC)
    constraints = x509.BasicConstraints(ca=authority, path_length=path_length)
    usage = x509.KeyUsage(**{**NO_USE, "key_cert_sign": signs, "digital_signature": True})
    certificate = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=begins))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(constraints, critical=True)
        .add_extension(usage, critical=True)
        .sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private_pem(key)
