"""Distinguished names, alternative names and key usages of certificates and requests.

The tables are those of terraform-provider-tls 4.x; object identifiers are RFC 5280's and, for the
vendors' usages, Go's ``crypto/x509``.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# In the order in which Go's pkix.Name writes them.
_SUBJECT = (
    ("country", NameOID.COUNTRY_NAME),
    ("organization", NameOID.ORGANIZATION_NAME),
    ("organizationalUnit", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("locality", NameOID.LOCALITY_NAME),
    ("province", NameOID.STATE_OR_PROVINCE_NAME),
    ("streetAddresses", NameOID.STREET_ADDRESS),
    ("postalCode", NameOID.POSTAL_CODE),
    ("commonName", NameOID.COMMON_NAME),
    ("serialNumber", NameOID.SERIAL_NUMBER),
    ("emailAddress", NameOID.EMAIL_ADDRESS),
)
SUBJECT_FIELDS = tuple(field for field, _ in _SUBJECT)

KEY_USAGES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
EXTENDED_KEY_USAGES = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": x509.ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft_server_gated_crypto": x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": x509.ObjectIdentifier("2.16.840.1.113730.4.1"),
    "microsoft_commercial_code_signing": x509.ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": x509.ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
}
ALLOWED_USES = tuple(sorted({**KEY_USAGES, **EXTENDED_KEY_USAGES}))


def subject(fields: Mapping[str, Any] | None) -> x509.Name:
    """Return the name for a ``subject`` input; empty when there is none."""
    given = fields or {}
    attributes: list[x509.NameAttribute[str]] = []
    for field, oid in _SUBJECT:
        value = given.get(field)
        if value is None:
            continue
        texts = [value] if isinstance(value, str) else value
        attributes.extend(x509.NameAttribute(oid, text) for text in texts)
    return x509.Name(attributes)


def without_email(name: x509.Name) -> x509.Name:
    """Return a request's name as LocallySignedCert copies it.

    Go's ``pkix.Name`` has no field for an e-mail address, so the provider drops it on signing.
    """
    kept = [attribute for attribute in name if attribute.oid != NameOID.EMAIL_ADDRESS]
    return x509.Name(kept)


def alternative_names(inputs: Mapping[str, Any]) -> list[x509.GeneralName]:
    """Return ``dnsNames``, ``ipAddresses`` and ``uris``.

    Raises:
        ValueError: an entry is malformed; the message names it.
    """
    names: list[x509.GeneralName] = [x509.DNSName(n) for n in inputs.get("dnsNames") or ()]
    names.extend(x509.IPAddress(_ip(text)) for text in inputs.get("ipAddresses") or ())
    names.extend(x509.UniformResourceIdentifier(u) for u in inputs.get("uris") or ())
    return names


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"invalid IP address: failed to parse {text!r}") from None


def usage_extensions(uses: Iterable[str]) -> list[tuple[x509.ExtensionType, bool]]:
    """Return the extensions for ``allowedUses``, each with whether it is critical."""
    wanted = list(uses)
    found: list[tuple[x509.ExtensionType, bool]] = []
    plain = {KEY_USAGES[use] for use in wanted if use in KEY_USAGES}
    if plain:
        flags = {name: name in plain for name in KEY_USAGES.values()}
        found.append((x509.KeyUsage(**flags), True))
    extended = [EXTENDED_KEY_USAGES[use] for use in wanted if use in EXTENDED_KEY_USAGES]
    if extended:
        found.append((x509.ExtendedKeyUsage(extended), False))
    return found
