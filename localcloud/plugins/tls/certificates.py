"""Certificates and requests as terraform-provider-tls 4.x makes them with Go's crypto/x509."""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from localcloud.plugins.tls import keys, names

_SERIAL_BITS = 128  # the provider draws serial numbers from [0, 2^128)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Whom a certificate is for."""

    name: x509.Name
    alternatives: list[x509.GeneralName]
    key: keys.PublicKey


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Who signs: the CA's certificate and key."""

    certificate: x509.Certificate
    key: keys.PrivateKey


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A signed certificate with its exact times, which the certificate itself rounds to seconds."""

    certificate: x509.Certificate
    start: dt.datetime
    end: dt.datetime

    @property
    def pem(self) -> str:
        """The certificate in PEM format."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def _hash_for(key: keys.PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """Return Go's default digest for signatures by ``key``."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if isinstance(key.curve, ec.SECP384R1):
            return hashes.SHA384()
        if isinstance(key.curve, ec.SECP521R1):
            return hashes.SHA512()
    return hashes.SHA256()


def request(inputs: Mapping[str, Any], key: keys.PrivateKey) -> x509.CertificateSigningRequest:
    """Return the signing request of a CertRequest resource."""
    builder = x509.CertificateSigningRequestBuilder(names.subject(inputs.get("subject")))
    alternatives = names.alternative_names(inputs)
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(key, _hash_for(key))


def parse_request(pem: str) -> Subject:
    """Return what a request asks for; like the provider, without e-mail alternative names."""
    try:
        csr = x509.load_pem_x509_csr(pem.encode())
        key = csr.public_key()
    except ValueError as error:
        raise keys.TlsError(f"failed to parse certificate request PEM: {error}") from None
    if not isinstance(key, keys.PublicKey):
        raise keys.TlsError(f"certificate request has a key of type {type(key).__name__}")
    found: list[x509.GeneralName] = []
    for extension in csr.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            found = [n for n in extension.value if not isinstance(n, x509.RFC822Name)]
    return Subject(name=names.without_email(csr.subject), alternatives=found, key=key)


def parse_certificate(pem: str) -> x509.Certificate:
    """Return the one certificate in ``pem``."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise keys.TlsError(f"failed to parse CA certificate PEM: {error}") from None


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether the certificate's basic constraints say CA."""
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.BasicConstraints):
            return extension.value.ca
    return False


def _key_id(certificate: x509.Certificate) -> bytes:
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectKeyIdentifier):
            return extension.value.digest
    return b""


def _constraints(inputs: Mapping[str, Any], who: Subject) -> x509.BasicConstraints:
    authority = bool(inputs.get("isCaCertificate"))
    if authority and not list(who.name):
        raise keys.TlsError(
            "invalid certificate subject: must contain at least one Distinguished Name when "
            "creating Certificate Authority (CA)"
        )
    length = inputs.get("maxPathLength")
    # The provider never sets Go's MaxPathLenZero, so 0 is written as "no limit".
    limit = int(length) if length is not None and length > 0 else None
    if limit is not None and not authority:
        raise keys.TlsError(
            "failed to create certificate: only CAs are allowed to have maxPathLength"
        )
    return x509.BasicConstraints(ca=authority, path_length=limit)


def _extensions(
    inputs: Mapping[str, Any], who: Subject, issuer_key_id: bytes | None
) -> list[tuple[x509.ExtensionType, bool]]:
    """Return all extensions; ``issuer_key_id`` is None when the certificate signs itself."""
    found = names.usage_extensions(inputs.get("allowedUses") or ())
    found.append((_constraints(inputs, who), True))
    own = b""
    if inputs.get("isCaCertificate") or inputs.get("setSubjectKeyId"):
        own = keys.subject_key_id(who.key)
        found.append((x509.SubjectKeyIdentifier(own), False))
    authority = issuer_key_id
    if issuer_key_id is None and inputs.get("setAuthorityKeyId"):
        if not own:
            raise keys.TlsError(
                "invalid certificate authority: could not determine Authority Key Identifier; "
                "set setSubjectKeyId or isCaCertificate as well"
            )
        authority = own
    if authority:
        found.append((x509.AuthorityKeyIdentifier(authority, None, None), False))
    if who.alternatives:
        # RFC 5280 section 4.2.1.6: critical when it is the only name there is.
        san = x509.SubjectAlternativeName(who.alternatives)
        found.append((san, not list(who.name)))
    return found


def issue(
    inputs: Mapping[str, Any],
    who: Subject,
    signer: keys.PrivateKey | Authority,
    now: dt.datetime,
) -> Issued:
    """Return a certificate valid from ``now`` for ``validityPeriodHours``.

    A bare key signs its own certificate; an :class:`Authority` signs somebody else's.

    Raises:
        TlsError: an input contradicts another, or the CA's key is not its certificate's.
    """
    if isinstance(signer, Authority):
        key, issuer = signer.key, signer.certificate.subject
        if signer.certificate.public_key() != key.public_key():
            raise keys.TlsError(
                "failed to create certificate: caPrivateKeyPem is not the key of caCertPem"
            )
        key_id: bytes | None = _key_id(signer.certificate) if issuer != who.name else b""
    else:
        key, issuer, key_id = signer, who.name, None
    end = now + dt.timedelta(hours=int(inputs["validityPeriodHours"]))
    builder = (
        x509.CertificateBuilder()
        .subject_name(who.name)
        .issuer_name(issuer)
        .public_key(who.key)
        .serial_number(secrets.randbits(_SERIAL_BITS) | 1)
        .not_valid_before(now)
        .not_valid_after(end)
    )
    for extension, critical in _extensions(inputs, who, key_id):
        builder = builder.add_extension(extension, critical=critical)
    return Issued(certificate=builder.sign(key, _hash_for(key)), start=now, end=end)
