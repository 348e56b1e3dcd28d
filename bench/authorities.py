"""Certificate authorities for the workshop's own commands: made for one run, written nowhere else.

As in the program: RSA of 4096 bits, one intermediate for each cluster under one root.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

BITS = 4096
DAY = dt.timedelta(days=1)


def _certificate(
    name: str, key: rsa.RSAPrivateKey, issuer: str, signer: rsa.RSAPrivateKey
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=named(issuer),
        subject_name=named(name),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - DAY,
        not_valid_after=now + DAY,
    )
    basic = x509.BasicConstraints(ca=True, path_length=None)
    return builder.add_extension(basic, critical=True).sign(signer, hashes.SHA256())


def _pem(*certificates: x509.Certificate) -> bytes:
    found = (item.public_bytes(serialization.Encoding.PEM) for item in certificates)
    return b"".join(found)


def write(folder: Path, names: Sequence[str]) -> None:
    """Write the four files of every cluster's authority to a folder of its name."""
    root_key = rsa.generate_private_key(65537, BITS)
    root = _certificate("root", root_key, "root", root_key)
    for name in names:
        key = rsa.generate_private_key(65537, BITS)
        own = _certificate(name, key, "root", root_key)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        files = {
            "ca-cert.pem": _pem(own),
            "ca-key.pem": secret,
            "cert-chain.pem": _pem(own, root),
            "root-cert.pem": _pem(root),
        }
        (folder / name).mkdir(parents=True)
        for file, content in files.items():
            path = folder / name / file
            path.touch(mode=0o600)
            path.write_bytes(content)
