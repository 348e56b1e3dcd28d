"""What istiod says of the files in ``cacerts``."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from localcloud.operator.authority import FILES, read, self_signed
from tests.localcloud.operator.authorities import Root, Signer, pem

Files = dict[str, bytes]

ROOT = Root()


def right() -> Signer:
    return ROOT.signer.sign("cluster1")


def files(**changed: bytes) -> Files:
    names = {"chain": "cert-chain.pem", "key": "ca-key.pem", "cert": "ca-cert.pem"}
    names["root"] = "root-cert.pem"
    return right().files() | {names[short]: content for short, content in changed.items()}


def encrypted() -> bytes:
    return right().key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )


def leaf() -> bytes:
    return pem(ROOT.signer.sign("leaf", ca=False).certificate)


def below(between: Signer) -> Files:
    return between.sign("lowest").files()


def cut() -> Files:
    """Return an authority two below its root, without the one between."""
    lowest = right().sign("lowest")
    return lowest.files() | {"cert-chain.pem": pem(lowest.certificate)}


UNCHAINED = "ca-cert.pem does not chain to root-cert.pem by authorities that are valid now"
LEAF = "is not the certificate of an authority"

WRONG: dict[str, tuple[Callable[[], Files], str]] = {
    "nothing": (dict, f"cacerts has no {', '.join(FILES)}"),
    "two files missing": (
        lambda: files(key=b"", root=b""),
        "cacerts has no ca-key.pem, root-cert.pem",
    ),
    "root": (lambda: files(root=b"x"), "cacerts has a file that is no certificate"),
    "certificate": (lambda: files(cert=b"x"), "cacerts has a file that is no certificate"),
    "chain": (lambda: files(chain=b"x"), "cacerts has a file that is no certificate"),
    "key": (lambda: files(key=b"x"), "ca-key.pem is no private key"),
    "encrypted key": (lambda: files(key=encrypted()), "ca-key.pem is no private key"),
    "another's key": (
        lambda: files(key=right().files()["ca-key.pem"]),
        "ca-key.pem does not belong to ca-cert.pem",
    ),
    "leaf": (lambda: ROOT.signer.sign("leaf", ca=False).files(), f"ca-cert.pem {LEAF}"),
    "root that is a leaf": (lambda: files(root=leaf()), f"root-cert.pem {LEAF}"),
    "foreign root": (
        lambda: files(root=pem(Root().signer.certificate)),
        UNCHAINED,
    ),
    "gap in the chain": (cut, UNCHAINED),
    "leaf in the chain": (lambda: below(ROOT.signer.sign("leaf", ca=False)), UNCHAINED),
    "expired in the chain": (lambda: below(ROOT.signer.sign("late", days=-1)), UNCHAINED),
}


@pytest.mark.parametrize("case", WRONG)
def test_istiod_says_why_it_cannot_sign(case: str) -> None:
    make, problem = WRONG[case]

    assert read(make()).problem == problem


@pytest.mark.parametrize(
    ("file", "root_days", "days"),
    [("root-cert.pem", -1, 1), ("ca-cert.pem", 2, -1), ("ca-cert.pem", 2, 12)],
    ids=["expired root", "expired", "not valid yet"],
)
def test_a_certificate_says_when_it_is_valid(file: str, root_days: int, days: int) -> None:
    made = Root(days=root_days).signer.sign("cluster1", days=days).files()
    certificate = x509.load_pem_x509_certificate(made[file])
    first, last = certificate.not_valid_before_utc.date(), certificate.not_valid_after_utc.date()

    assert read(made).problem == f"{file} is valid from {first} to {last} only"


@pytest.mark.parametrize("depth", range(4))
def test_an_authority_at_any_depth_below_its_root_can_sign(depth: int) -> None:
    signer = ROOT.signer
    for level in range(depth):
        signer = signer.sign(f"level{level}")

    found = read(signer.files())

    der = ROOT.signer.certificate.public_bytes(serialization.Encoding.DER)
    assert found.problem == ""
    assert found.root == hashlib.sha256(der).hexdigest()
    assert found.pem == pem(ROOT.signer.certificate).decode()


def test_the_root_is_told_even_where_istiod_cannot_sign() -> None:
    assert read(files(key=b"x")).root == read(files()).root


def test_istiod_can_sign_with_what_it_makes_itself() -> None:
    first, second = read(self_signed("cluster.local")), read(self_signed("cluster.local"))

    assert first.problem == second.problem == ""
    assert first.root != second.root


def test_no_key_is_told() -> None:
    assert "PRIVATE KEY" not in repr(read(files()))
