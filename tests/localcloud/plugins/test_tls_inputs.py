"""Wrong inputs of the stand-in tls plugin fail with the input's name and the reason."""

from typing import Any

import pytest

from localcloud.plugins.provider import ProviderError
from localcloud.plugins.tls.provider import TlsProvider
from tests.localcloud.plugins.lifecycle import Resource
from tests.localcloud.plugins.tls_kit import (
    CA,
    KEY,
    REQUEST,
    SELF_SIGNED,
    new_key,
    new_root,
    sign,
)


@pytest.mark.parametrize(
    ("token", "inputs", "reason"),
    [
        (KEY, {"algorithm": "DSA"}, "algorithm has 'DSA', must be one of RSA, ECDSA, ED25519"),
        (KEY, {}, "missing required property 'algorithm'"),
        (KEY, {"algorithm": "ECDSA", "ecdsaCurve": "P1"}, "ecdsaCurve has 'P1', must be one of"),
        (KEY, {"algorithm": "RSA", "rsaBits": "big"}, "rsaBits must be of type int, not str"),
        (KEY, {"algorithm": "RSA", "bits": 1}, "unknown property 'bits'"),
        (SELF_SIGNED, {**CA, "privateKeyPem": "", "earlyRenewalHours": -1}, "at least 0"),
        (SELF_SIGNED, {**CA, "privateKeyPem": "", "allowedUses": ["all"]}, "allowedUses has 'all'"),
        (SELF_SIGNED, {**CA, "privateKeyPem": "", "subject": {"cn": "x"}}, "subject has 'cn'"),
    ],
)
def test_a_check_names_the_input_and_what_is_allowed(
    provider: TlsProvider, token: str, inputs: dict[str, Any], reason: str
) -> None:
    assert any(reason in found for found in Resource(provider, token).failures(inputs))


def test_a_key_that_cannot_be_parsed_is_not_quoted(provider: TlsProvider) -> None:
    request = {"privateKeyPem": "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"}

    with pytest.raises(ProviderError, match="failed to parse privateKeyPem") as caught:
        Resource(provider, REQUEST).create(request)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"subject": None}, "at least one Distinguished Name"),
        ({"isCaCertificate": False, "maxPathLength": 1}, "only CAs"),
        ({"isCaCertificate": False, "setAuthorityKeyId": True}, "Authority Key Identifier"),
        ({"ipAddresses": ["nowhere"]}, "failed to parse 'nowhere'"),
    ],
)
def test_contradictory_inputs_fail_with_a_reason(
    provider: TlsProvider, more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ProviderError, match=reason):
        new_root(provider, new_key(provider), **more)


def test_signing_with_a_key_that_is_not_the_certificates_is_refused(provider: TlsProvider) -> None:
    pem = new_root(provider, new_key(provider)).outputs["certPem"]

    with pytest.raises(ProviderError, match="caPrivateKeyPem is not the key of caCertPem"):
        sign(provider, (new_key(provider), pem), {"dnsNames": ["a"]})
