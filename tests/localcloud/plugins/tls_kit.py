"""A tls provider with a clock that a test can turn, and short ways to keys and certificates."""

import datetime as dt
from typing import Any

from cryptography import x509

from localcloud.plugins.tls.provider import TlsProvider
from tests.localcloud.plugins.lifecycle import Resource

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
CA = {
    "validityPeriodHours": 87600,
    "isCaCertificate": True,
    "allowedUses": ["cert_signing", "crl_signing"],
}


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime.now(dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


def new_key(provider: TlsProvider, algorithm: str = "ECDSA", **more: Any) -> dict[str, Any]:
    inputs = {"algorithm": algorithm, "ecdsaCurve": "P256", **more}
    return dict(Resource(provider, KEY).create(inputs))


def new_root(provider: TlsProvider, key: dict[str, Any], **more: Any) -> Resource:
    root = Resource(provider, SELF_SIGNED)
    subject = {"commonName": "root", "organization": "mesh"}
    root.create({"privateKeyPem": key["privateKeyPem"], "subject": subject, **CA, **more})
    return root


def sign(
    provider: TlsProvider, ca: tuple[dict[str, Any], str], request: dict[str, Any], **more: Any
) -> tuple[dict[str, Any], x509.Certificate]:
    """Return the key of a certificate signed by `ca` (its key and PEM), and the certificate."""
    key = new_key(provider)
    csr = Resource(provider, REQUEST).create({"privateKeyPem": key["privateKeyPem"], **request})
    inputs = {
        "caCertPem": ca[1],
        "caPrivateKeyPem": ca[0]["privateKeyPem"],
        "certRequestPem": csr["certRequestPem"],
        "validityPeriodHours": 24,
        "allowedUses": ["digital_signature", "server_auth"],
        **more,
    }
    return key, x509.load_pem_x509_certificate(
        Resource(provider, SIGNED).create(inputs)["certPem"].encode()
    )
