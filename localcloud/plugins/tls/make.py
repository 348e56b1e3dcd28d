"""The computed outputs and the id of each tls resource, from its planned properties in plain text.

Every function raises ``ValueError`` with a message fit for the user.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives import serialization

from localcloud.plugins.provider import Properties
from localcloud.plugins.tls import certificates, keys, names

Made = tuple[str, Properties]


def _sha1(data: bytes) -> str:
    """Return the digest that the provider uses as an id."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _rfc3339(time: dt.datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def _parse_key(name: str, plan: Properties) -> keys.PrivateKey:
    try:
        return keys.parse(plan[name])
    except ValueError as error:
        raise keys.TlsError(f"failed to parse {name}: {error}") from None


def _certificate(issued: certificates.Issued, more: Properties) -> Made:
    outputs = {
        "certPem": issued.pem,
        "validityStartTime": _rfc3339(issued.start),
        "validityEndTime": _rfc3339(issued.end),
        **more,
    }
    return str(issued.certificate.serial_number), outputs


def private_key(plan: Properties) -> Made:
    """Generate a key; its id is the digest of its public half."""
    key = keys.generate(plan["algorithm"], plan["rsaBits"], plan["ecdsaCurve"])
    return _sha1(keys.public_der(key.public_key())), dict(keys.describe(key))


def cert_request(plan: Properties) -> Made:
    """Sign a request; its id is its digest."""
    key = _parse_key("privateKeyPem", plan)
    csr = certificates.request(plan, key)
    pem = csr.public_bytes(serialization.Encoding.PEM).decode()
    outputs = {"certRequestPem": pem, "keyAlgorithm": keys.algorithm_of(key)}
    return _sha1(csr.public_bytes(serialization.Encoding.DER)), outputs


def self_signed(plan: Properties, now: dt.datetime) -> Made:
    """Sign a certificate with its own key; its id is its serial number."""
    key = _parse_key("privateKeyPem", plan)
    who = certificates.Subject(
        name=names.subject(plan.get("subject")),
        alternatives=names.alternative_names(plan),
        key=key.public_key(),
    )
    issued = certificates.issue(plan, who, key, now)
    return _certificate(issued, {"keyAlgorithm": keys.algorithm_of(key)})


def locally_signed(plan: Properties, now: dt.datetime) -> Made:
    """Sign a request with a CA's key; the certificate's id is its serial number."""
    authority = certificates.Authority(
        certificate=certificates.parse_certificate(plan["caCertPem"]),
        key=_parse_key("caPrivateKeyPem", plan),
    )
    who = certificates.parse_request(plan["certRequestPem"])
    issued = certificates.issue(plan, who, authority, now)
    return _certificate(issued, {"caKeyAlgorithm": keys.algorithm_of(authority.key)})


def authority_warnings(plan: Properties) -> Iterator[str]:
    """Yield what the user should know about ``caCertPem``."""
    if not certificates.is_authority(certificates.parse_certificate(plan["caCertPem"])):
        yield (
            "caCertPem does not appear to be a valid Certificate Authority; "
            "what it signs might fail verification"
        )
