"""Who is let in by a simulated management server, and what the others are told."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from localcloud.operator.relay import Agent, digest, refusal, server_problem
from localcloud.operator.sides import Management
from tests.localcloud.operator.authorities import DAY, Root, Signer, pem

AUTHORITY = "gloo-mesh-mgmt-server.gloo-mesh"
ROOT = Root()


def served(signer: Signer, *, days: int = 1) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """Return a server certificate that a signer issued."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(signer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 9 * DAY)
        .not_valid_after(now + days * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(AUTHORITY)]), critical=True)
        .sign(signer.key, hashes.SHA256())
    )
    return certificate, key


CERTIFICATE, KEY = served(ROOT.signer)
EXPIRED, _ = served(ROOT.signer, days=-1)
SERVER = Management(
    addresses=("192.0.2.1",),
    ports=(9900,),
    certificate=pem(CERTIFICATE).decode(),
    token=digest(b"token"),
    clusters=("alpha",),
)
AGENT = Agent(
    cluster="alpha",
    address="192.0.2.1:9900",
    authority=AUTHORITY,
    root=pem(ROOT.signer.certificate),
    token=digest(b"token"),
)


def test_an_agent_with_nothing_wrong_is_let_in() -> None:
    assert refusal(AGENT, [(SERVER, False)]) == ""


def test_an_agent_beside_the_server_may_use_its_name() -> None:
    near = replace(AGENT, address=f"{AUTHORITY}:9900")

    assert refusal(near, [(SERVER, True)]) == ""
    assert refusal(near, [(SERVER, False)]) == f"nobody listens at {AUTHORITY}:9900"


Change = Callable[[], tuple[Agent, Management]]

WRONG: dict[str, tuple[Change, str]] = {
    "another address": (
        lambda: (replace(AGENT, address="192.0.2.9:9900"), SERVER),
        "nobody listens at 192.0.2.9:9900",
    ),
    "another port": (
        lambda: (replace(AGENT, address="192.0.2.1:4317"), SERVER),
        "nobody listens at 192.0.2.1:4317",
    ),
    "no port": (lambda: (replace(AGENT, address="192.0.2.1"), SERVER), "nobody listens at"),
    "a load balancer that moved": (
        lambda: (AGENT, replace(SERVER, addresses=("192.0.2.2",))),
        "nobody listens at 192.0.2.1:9900",
    ),
    "another root": (
        lambda: (replace(AGENT, root=pem(Root().signer.certificate)), SERVER),
        "signed by an unknown authority",
    ),
    "no root": (lambda: (replace(AGENT, root=b""), SERVER), "signed by an unknown authority"),
    "another authority": (
        lambda: (replace(AGENT, authority="gloo.example"), SERVER),
        f"is for {AUTHORITY}, not for gloo.example",
    ),
    "an expired certificate": (
        lambda: (AGENT, replace(SERVER, certificate=pem(EXPIRED).decode())),
        "is valid until",
    ),
    "another token": (
        lambda: (replace(AGENT, token=digest(b"other")), SERVER),
        "the identity token is another",
    ),
    "no token": (
        lambda: (replace(AGENT, token=digest(b"")), SERVER),
        "the identity token is another",
    ),
    "not registered": (
        lambda: (replace(AGENT, cluster="beta"), SERVER),
        "there is no KubernetesCluster beta",
    ),
    "a server that does not serve": (lambda: (AGENT, replace(SERVER, problem="no key")), "no key"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_agent_with_one_thing_wrong_is_told_what(case: str) -> None:
    change, told = WRONG[case]
    agent, server = change()

    assert told in refusal(agent, [(server, False)])


def files(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> dict[str, bytes]:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "ca.crt": pem(ROOT.signer.certificate),
        "tls.crt": pem(certificate),
        "tls.key": private,
    }


OWN = files(CERTIFICATE, KEY)
SIGNING = files(ROOT.signer.certificate, ROOT.signer.key)


def test_a_server_with_all_its_secrets_serves() -> None:
    assert server_problem(OWN, SIGNING, b"token", None) == ""
    assert server_problem(OWN, SIGNING, b"token", license_=True) == ""


@pytest.mark.parametrize(
    ("own", "signing", "token", "license_", "told"),
    [
        ({}, SIGNING, b"t", None, "its server certificate: its Secret has no ca.crt, tls.crt"),
        (OWN, {}, b"t", None, "its signing certificate: its Secret has no ca.crt, tls.crt"),
        (OWN | {"tls.key": b"x"}, SIGNING, b"t", None, "what is no certificate or key"),
        (OWN | {"tls.key": SIGNING["tls.key"]}, SIGNING, b"t", None, "its key belongs to another"),
        (OWN, OWN, b"t", None, "its signing certificate is no authority"),
        (OWN, SIGNING, b"", None, "there is no identity token"),
        (OWN, SIGNING, b"t", False, "there is no license key"),
    ],
)
def test_a_server_that_lacks_something_says_what(
    own: dict[str, bytes],
    signing: dict[str, bytes],
    token: bytes,
    license_: bool | None,
    told: str,
) -> None:
    assert told in server_problem(own, signing, token, license_)
