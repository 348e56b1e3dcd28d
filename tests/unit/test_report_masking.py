"""What may not be read by all is masked, whether the engine knew of it or not."""

import base64
import json
from typing import Any

import pytest

from report import masking

PEM = "-----BEGIN {0}-----\nMIIEowIBAAKCAQEAcanary\n-----END {0}-----\n"
KEY, CERTIFICATE = PEM.format("RSA PRIVATE KEY"), PEM.format("CERTIFICATE")
LOGIN = base64.b64encode(b"robot:canary").decode()
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOjF9.c2lnbmF0dXJl"  # noqa: S105 signs nothing
SECRET = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "[secret]",
}


@pytest.mark.parametrize(
    "properties",
    [
        {"spec": {"a": [KEY]}},
        {"spec": {"a": KEY.partition("-----END")[0]}},
        {"spec": {"a": f"text before {KEY} and after"}},
        {"spec": {"a": base64.b64encode(KEY.encode()).decode()}},
        {"spec": {"env": [{"name": "X", "value": TOKEN.replace("eyJj", "canary")}]}},
        {"values": {"licenseKey": "canary"}},
        {"values": {"manager": {"env": {"SOLO_ISTIO_LICENSE_KEY": "canary"}}}},
        {"values": {"text": "license_key=canary"}},
        {"password": "canary"},
        {"password": 31337},
        {"rootKey": "canary"},
        {"data": {"client-key-data": "canary"}},
        {"spec": {"env": [{"name": "DB_PASSWORD", "value": "canary"}]}},
        {"spec": {"args": ["--password canary", "--token=canary"]}},
        {"kubeconfig": '{"users": [{"user": {"token": "canary", "client-key-data": "canary"}}]}'},
        {"kubeconfig": "users:\n- user:\n    token: canary\n    client-key-data: canary"},
        {"text": r"{\"password\": \"canary bird\"}"},
        {"chart": "oci://robot:can@ary:canary@registry.example/charts"},
        {"text": "Authorization: Bearer canary"},
        {"text": "curl -H 'X: Bearer canarycanarycanary'"},
        {"text": "ghp_canary" + "0" * 30},
        {"privateKeyPem": "canary"},
        {"data": {"values.yaml": "auth:\n  password: |\n    canary 1\n\n    canary 2\n"}},
        {"text": "- apiKey: >-\n    canary\n"},
        {"text": "license: |2\n   canary\n"},
        {"text": json.dumps({"values.yaml": "password: |\n  canary\n  canary"})},
        {"text": json.dumps(json.dumps({"values.yaml": "a:\n  token: |\n    canary"}))},
        {"relayToken": {"value": "canary"}},
        {"relayToken": [{"value": "canary", "port": 1}]},
        {"credentials": {"data": {"a": ["canary", 31337]}}},
        {"text": "ghr_canary" + "0" * 30},
        {"text": "glpat-canary" + "0" * 14},
        {"text": "xoxb-canary-0000000000"},
        {"text": f'{{"auths": {{"a.example": {{"auth": "{LOGIN}"}}}}}}'},
        {"auths": {"a.example": {"auth": LOGIN}}},
        {"text": "run --license-key canary --verbose"},
        {"args": ["--license-key", "canary"]},
        {"text": '{"args": ["--admin-password", "canary"]}'},
        {"text": "args:\n- --token\n- canary\n"},
        {"text": json.dumps("run \\\n--password canary\t--token canary")},
        {"text": "run --password can'ary"},
        {"text": "authorization: |\n  canary"},
        {"text": "a.example/password: |\n  canary\n"},
    ],
)
def test_what_looks_like_a_secret_or_is_called_so_is_masked(properties: dict[str, Any]) -> None:
    found = str(masking.inputs(properties, "kubernetes:x:Y"))

    assert "ary" not in found
    assert LOGIN not in found
    assert "31337" not in found


def test_no_value_of_a_kubernetes_secret_is_shown() -> None:
    found = masking.inputs(
        {"data": {"a": "canary"}, "stringData": {"b": "canary"}}, "kubernetes:core/v1:Secret"
    )

    assert found == {"data": {"a": "[secret]"}, "stringData": {"b": "[secret]"}}


def test_marks_of_the_engine_become_words() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

    assert masking.value({"a": SECRET, "b": unknown}) == {"a": masking.SECRET, "b": masking.UNKNOWN}


def test_what_is_no_secret_stays() -> None:
    properties = {
        "text": "secrets are well; see https://a.example/b?c=d:e and mail a@b.example",
        "env": [{"name": "LOG", "value": "c"}],
        "tokenGeneration": 2,
        "secretName": "cacerts",
        "automountToken": False,
        "a": "b",
        "auth": "disabled",
        "yaml": "auth: disabled\nmode: |\n  text\nb: c",
        "args": ["--token-file", "a", "--secret-name", "b"],
        "token": {"secretName": "relay", "key": "token"},
    }

    assert masking.inputs(properties, "kubernetes:x:Y") == properties


def test_what_comes_after_a_block_stays() -> None:
    text = "- a:\n  - password: |\n      canary\n    user: b\n  c: d\n"

    assert masking.text(text) == "- a:\n  - password: [secret]\n    user: b\n  c: d\n"


def test_a_certificate_is_only_shortened() -> None:
    assert masking.text(f"a {CERTIFICATE}") == f"a {masking.CERTIFICATE}\n"


def test_what_kubectl_noted_of_a_secret_is_not_shown() -> None:
    noted = {"kubectl.kubernetes.io/last-applied-configuration": '{"data": {"a": "canary"}}'}
    properties = {"metadata": {"annotations": noted}}

    assert "canary" not in str(masking.inputs(properties, "kubernetes:core/v1:SecretPatch"))
