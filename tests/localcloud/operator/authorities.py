"""Certificate authorities for tests: a root, and intermediates under it."""

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Signer:
    """A certificate with its key, and the certificates above it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()

    def files(self) -> dict[str, bytes]:
        root = self.above[-1] if self.above else self.certificate
        return {
            "ca-cert.pem": pem(self.certificate),
            "ca-key.pem": self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            "cert-chain.pem": b"".join(map(pem, (self.certificate, *self.above))),
            "root-cert.pem": pem(root),
        }

    def sign(self, name: str, *, days: int = 1, ca: bool = True) -> "Signer":
        return _issue(name, self, days, ca=ca)


@dataclass(frozen=True)
class Root:
    """A root; ``signer`` is made when it is first asked for."""

    name: str = "root"
    days: int = field(default=2)

    @cached_property
    def signer(self) -> Signer:
        return _issue(self.name, None, self.days, ca=True)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _issue(name: str, issuer: Signer | None, days: int, *, ca: bool) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days * DAY - 10 * DAY)
        .not_valid_after(now + days * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return Signer(certificate, key, above)
