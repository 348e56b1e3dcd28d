"""Private keys: generated, parsed and described as terraform-provider-tls 4.x does.

Algorithms are ``RSA``, ``ECDSA`` and ``ED25519``; curves ``P224``, ``P256``, ``P384``, ``P521``.
Every function raises ``ValueError`` with a message fit for the user.
"""

import base64
import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

ALGORITHMS = ("RSA", "ECDSA", "ED25519")
CURVES: dict[str, ec.EllipticCurve] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}
# Defaults of the tls_private_key schema; both are recorded whatever the algorithm is.
DEFAULT_RSA_BITS = 2048
DEFAULT_CURVE = "P224"

_PEM = serialization.Encoding.PEM
_NO_PASSWORD = serialization.NoEncryption()


class TlsError(ValueError):
    """An input that no key, request or certificate can be made of; the message is the user's."""


def generate(algorithm: str, rsa_bits: int, curve: str) -> PrivateKey:
    """Return a new key; ``rsa_bits`` and ``curve`` matter only to their own algorithm."""
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[curve])
    if algorithm == "ED25519":
        return ed25519.Ed25519PrivateKey.generate()
    raise TlsError(f"key algorithm {algorithm!r} is not one of {', '.join(ALGORITHMS)}")


def parse(pem: str) -> PrivateKey:
    """Return the key in an unencrypted PKCS#1, SEC 1 or PKCS#8 PEM block."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        # The cause may quote the input, which is a secret.
        raise TlsError(
            f"it is no unencrypted private key in PEM format ({type(error).__name__})"
        ) from None
    if not isinstance(key, PrivateKey):
        raise TlsError(f"key type {type(key).__name__} is not one of {', '.join(ALGORITHMS)}")
    return key


def algorithm_of(key: PrivateKey) -> str:
    """Return the algorithm's name as the ``keyAlgorithm`` output spells it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def public_der(key: PublicKey) -> bytes:
    """Return the SubjectPublicKeyInfo."""
    return key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def subject_key_id(key: PublicKey) -> bytes:
    """Return the SHA-1 that the provider uses as the subject key identifier.

    Method 1 of RFC 5280 section 4.2.1.2, but for Ed25519 the provider hashes the key wrapped in an
    ASN.1 OCTET STRING, and so must this.
    """
    if isinstance(key, rsa.RSAPublicKey):
        data = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        data = key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
    else:
        raw = key.public_bytes_raw()
        data = bytes((0x04, len(raw))) + raw
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _openssh(key: PrivateKey) -> tuple[str, str, str, str]:
    """Return the OpenSSH private key, public key, MD5 and SHA-256 fingerprints.

    All are empty for curve P224, which OpenSSH does not know.
    """
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP224R1):
        return "", "", "", ""
    private = key.private_bytes(_PEM, serialization.PrivateFormat.OpenSSH, _NO_PASSWORD)
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    blob = base64.b64decode(public.split()[1])
    md5 = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    pairs = ":".join(md5[i : i + 2] for i in range(0, len(md5), 2))
    return private.decode(), public.decode() + "\n", pairs, f"SHA256:{sha256}"


def describe(key: PrivateKey) -> dict[str, str]:
    """Return the computed outputs of a PrivateKey resource."""
    traditional = (
        serialization.PrivateFormat.PKCS8
        if isinstance(key, ed25519.Ed25519PrivateKey)
        else serialization.PrivateFormat.TraditionalOpenSSL
    )
    pkcs8 = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, _NO_PASSWORD)
    public = key.public_key().public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    openssh, authorized, md5, sha256 = _openssh(key)
    return {
        "privateKeyPem": key.private_bytes(_PEM, traditional, _NO_PASSWORD).decode(),
        "privateKeyPemPkcs8": pkcs8.decode(),
        "privateKeyOpenssh": openssh,
        "publicKeyPem": public.decode(),
        "publicKeyOpenssh": authorized,
        "publicKeyFingerprintMd5": md5,
        "publicKeyFingerprintSha256": sha256,
    }
