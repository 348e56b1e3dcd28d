"""A root certificate that the user gives: what it must be, and what its key must be.

Stacks that link share a root; one that makes its own stands alone. No message quotes a key.
"""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator

from components.fields import wrong
from components.known_keys import KNOWN

if TYPE_CHECKING:
    from cryptography import x509

RSA_BITS: Final = 2048
"""The least that Istio's data plane accepts in a certificate."""
CURVES: Final = ("secp256r1", "secp384r1")
"""P-256 and P-384. The data plane of FIPS builds knows no other."""
KINDS: Final = f"RSA of at least {RSA_BITS} bits, or ECDSA on P-256 or P-384"
HOW: Final = "write one that certs/README.md makes"


def _certificate(pem: str) -> "x509.Certificate":
    # Imported late: only a stack with a root of the user's own pays for it.
    from cryptography import x509  # noqa: PLC0415

    return x509.load_pem_x509_certificate(pem.encode())


def _problem(certificate: "x509.Certificate") -> str:
    """Return what of a root a certificate lacks: words that follow "allowed:", or nothing."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return "a root, which is signed by its own key; an intermediate is not enough"
    found = {item.oid: item.value for item in certificate.extensions}
    basic = found.get(x509.BasicConstraints.oid)
    usage = found.get(x509.KeyUsage.oid)
    if not isinstance(basic, x509.BasicConstraints) or not basic.ca:
        return "a certificate of an authority (CA:TRUE)"
    if basic.path_length == 0:
        return "an authority that may sign intermediates (no path length, or at least 1)"
    if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign:
        return "an authority whose key may sign certificates (keyCertSign)"
    return "" if _fits_the_data_plane(certificate) else f"a key of {KINDS}"


def _fits_the_data_plane(certificate: "x509.Certificate") -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415

    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES


def public_key_digest(pem: str) -> str:
    """Return the SHA-256 of a certificate's public key, by which ``known_keys`` has them."""
    import hashlib  # noqa: PLC0415

    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    der = (
        _certificate(pem)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return hashlib.sha256(der).hexdigest()


def _root(value: str) -> str:
    """Return a root's PEM as every tool writes it, so that two stacks with one root agree."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    if value.count("-----BEGIN CERTIFICATE-----") > 1:
        raise wrong("one certificate, the root's", "leave the others out")
    try:
        certificate = _certificate(value)
        problem = _problem(certificate)
    except ValueError:
        raise wrong("a certificate in PEM format", HOW) from None
    if problem:
        raise wrong(problem, HOW)
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    if whose := KNOWN.get(public_key_digest(pem)):
        raise wrong(f"a key that nobody else has, but this one is {whose}, and published", HOW)
    return pem


RootCertificate = Annotated[str, AfterValidator(_root)]
"""The certificate of a root authority in PEM format."""


def validity(pem: str) -> tuple[dt.datetime, dt.datetime]:
    """Return from when and until when a certificate is valid."""
    certificate = _certificate(pem)
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def key_problem(pem: str, key: str) -> str:
    """Return what keeps a private key from signing for a certificate, or nothing.

    Args:
        pem: the certificate.
        key: in PEM format. Nothing of it is in what is returned.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError:
        return "found a key behind a password; allowed: one without; fix: openssl pkey < KEY"
    except (ValueError, UnsupportedAlgorithm):
        # The cause may quote what it read.
        return "found no private key; allowed: one in PEM format; fix: set it from its file"
    if private.public_key() != _certificate(pem).public_key():
        return (
            "found the key of another certificate; allowed: the key of trust.rootCertificate;"
            " fix: set the two that were made together"
        )
    return ""
