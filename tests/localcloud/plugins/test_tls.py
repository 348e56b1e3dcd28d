"""The stand-in tls plugin makes keys and certificates that others accept."""

import datetime as dt
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import verification

from localcloud.plugins.provider import DiffKind
from localcloud.plugins.tls.provider import TlsProvider
from localcloud.plugins.values import UNKNOWN, Secret, reveal
from tests.localcloud.plugins.lifecycle import Resource
from tests.localcloud.plugins.tls_kit import (
    CA,
    SELF_SIGNED,
    Clock,
    new_key,
    new_root,
    sign,
)


def test_a_leaf_is_trusted_through_an_intermediate_of_the_root(provider: TlsProvider) -> None:
    root_key = new_key(provider, "RSA", rsaBits=2048)
    root = new_root(provider, root_key)
    pem = root.outputs["certPem"]
    middle_key, middle = sign(provider, (root_key, pem), {"subject": {"commonName": "m"}}, **CA)
    middle_pem = middle.public_bytes(serialization.Encoding.PEM).decode()
    request = {"subject": {"commonName": "leaf"}, "dnsNames": ["istiod.istio-system.svc"]}
    _, leaf = sign(provider, (middle_key, middle_pem), request)

    store = verification.Store([x509.load_pem_x509_certificate(pem.encode())])
    verifier = (
        verification.PolicyBuilder()
        .store(store)
        .build_server_verifier(x509.DNSName("istiod.istio-system.svc"))
    )

    assert len(verifier.verify(leaf, [middle])) == 3


def test_a_certificate_of_another_root_is_not_trusted(provider: TlsProvider) -> None:
    one, other = new_key(provider), new_key(provider)
    pem = new_root(provider, one).outputs["certPem"]
    foreign = x509.load_pem_x509_certificate(new_root(provider, other).outputs["certPem"].encode())
    _, leaf = sign(provider, (one, pem), {"dnsNames": ["a.example"]})
    builder = verification.PolicyBuilder().store(verification.Store([foreign]))

    with pytest.raises(verification.VerificationError):
        builder.build_server_verifier(x509.DNSName("a.example")).verify(leaf, [])


@pytest.mark.parametrize("curve", ["P224", "P256", "P384", "P521"])
def test_an_ecdsa_key_is_on_the_curve_asked_for(provider: TlsProvider, curve: str) -> None:
    key = reveal(new_key(provider, ecdsaCurve=curve))
    loaded = serialization.load_pem_private_key(key["privateKeyPem"].encode(), None)

    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert loaded.curve.name == f"secp{curve[1:]}r1"
    assert key["privateKeyPem"].startswith("-----BEGIN EC PRIVATE KEY-----")
    assert bool(key["publicKeyOpenssh"]) == (curve != "P224"), "OpenSSH has no P-224"


def test_an_rsa_key_has_the_bits_asked_for_and_one_public_half(provider: TlsProvider) -> None:
    key = reveal(new_key(provider, "RSA", rsaBits=3072))
    forms = [
        serialization.load_pem_private_key(key["privateKeyPem"].encode(), None),
        serialization.load_pem_private_key(key["privateKeyPemPkcs8"].encode(), None),
        serialization.load_ssh_private_key(key["privateKeyOpenssh"].encode(), None),
    ]
    public = serialization.load_pem_public_key(key["publicKeyPem"].encode())

    for form in forms:
        assert isinstance(form, rsa.RSAPrivateKey)
        assert form.key_size == 3072
        assert form.public_key() == public
    assert serialization.load_ssh_public_key(key["publicKeyOpenssh"].encode()) == public
    assert key["publicKeyFingerprintSha256"].startswith("SHA256:")
    assert key["publicKeyFingerprintMd5"].count(":") == 15
    assert key["ecdsaCurve"] == "P256", "both parameters are recorded whatever the algorithm"


def test_ed25519_signs_and_hashes_its_identifier_as_the_provider_does(
    provider: TlsProvider,
) -> None:
    key = new_key(provider, "ED25519")
    root = new_root(provider, key)
    certificate = x509.load_pem_x509_certificate(root.outputs["certPem"].encode())
    public = certificate.public_key()

    assert isinstance(public, ed25519.Ed25519PublicKey)
    digest = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert digest != x509.SubjectKeyIdentifier.from_public_key(public).digest
    assert root.outputs["keyAlgorithm"] == "ED25519"


def test_private_keys_are_secret_wherever_they_appear(provider: TlsProvider) -> None:
    key = new_key(provider)
    root = new_root(provider, reveal(key))
    _, leaf = sign(provider, (key, root.outputs["certPem"]), {"dnsNames": ["a"]})

    for name in ("privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"):
        assert isinstance(key[name], Secret)
    assert isinstance(root.outputs["privateKeyPem"], Secret), "though given in the clear"
    assert isinstance(root.inputs["privateKeyPem"], Secret)
    assert isinstance(root.outputs["certPem"], str)
    assert leaf.issuer.rfc4514_string() == "CN=root,O=mesh"


def test_a_preview_knows_what_mirrors_inputs_and_nothing_else(provider: TlsProvider) -> None:
    outputs = Resource(provider, SELF_SIGNED).preview({"privateKeyPem": UNKNOWN, **CA})

    assert outputs["certPem"] is UNKNOWN
    assert outputs["validityEndTime"] is UNKNOWN
    assert outputs["isCaCertificate"] is True
    assert outputs["readyForRenewal"] is False
    assert outputs["earlyRenewalHours"] == 0


def test_unchanged_inputs_change_nothing(provider: TlsProvider) -> None:
    root = new_root(provider, new_key(provider))
    inputs = reveal(root.inputs)

    assert not root.diff(inputs).changes
    assert root.read().properties == root.outputs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", {"commonName": "other"}),
        ("dnsNames", ["a.example"]),
        ("validityPeriodHours", 1),
        ("allowedUses", ["cert_signing"]),
        ("isCaCertificate", False),
        ("setSubjectKeyId", True),
        ("maxPathLength", 2),
        ("privateKeyPem", UNKNOWN),
    ],
)
def test_a_changed_input_replaces_a_certificate(
    provider: TlsProvider, name: str, value: object
) -> None:
    root = new_root(provider, new_key(provider))

    assert list(root.diff({**reveal(root.inputs), name: value}).replaces) == [name]


def test_early_renewal_changes_in_place_until_the_period_begins(
    provider: TlsProvider, clock: Clock
) -> None:
    root = new_root(provider, new_key(provider), validityPeriodHours=100)
    inputs = {**reveal(root.inputs), "earlyRenewalHours": 10}
    diff = root.diff(inputs)

    assert diff.detailed is not None
    assert {name: one.kind for name, one in diff.detailed.items()} == {
        "earlyRenewalHours": DiffKind.UPDATE
    }
    before = root.outputs["certPem"]
    assert root.update(inputs)["certPem"] == before

    clock.now += dt.timedelta(hours=89)
    assert root.read().properties["readyForRenewal"] is False
    assert not root.diff(inputs).changes
    clock.now += dt.timedelta(hours=2)
    assert root.read().properties["readyForRenewal"] is True, "a refresh shows it"
    assert list(root.diff(inputs).replaces) == ["readyForRenewal"], "the next up renews it"


def test_a_certificate_says_what_was_asked(provider: TlsProvider) -> None:
    key = new_key(provider)
    root = new_root(
        provider,
        key,
        maxPathLength=1,
        setAuthorityKeyId=True,
        ipAddresses=["10.0.0.1"],
        uris=["spiffe://cluster.local/ns/a/sa/b"],
        allowedUses=["cert_signing", "client_auth"],
    )
    found = x509.load_pem_x509_certificate(root.outputs["certPem"].encode()).extensions

    constraints = found.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.value.ca, constraints.value.path_length) == (True, 1)
    assert constraints.critical
    own = found.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert found.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier == own
    usage = found.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.crl_sign) == (True, False)
    san = found.get_extension_for_class(x509.SubjectAlternativeName).value
    assert san.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("10.0.0.1")]
    assert san.get_values_for_type(x509.UniformResourceIdentifier) == [
        "spiffe://cluster.local/ns/a/sa/b"
    ]


def test_a_request_passes_on_its_names_but_no_email(provider: TlsProvider) -> None:
    key = new_key(provider)
    ca = (key, new_root(provider, key).outputs["certPem"])
    subject = {"commonName": "leaf", "emailAddress": "a@example.com", "country": "CH"}
    _, leaf = sign(provider, ca, {"subject": subject, "uris": ["spiffe://b"]})

    assert leaf.subject.rfc4514_string() == "CN=leaf,C=CH"
    san = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in san] == ["spiffe://b"]
