"""A token of Google's is had by what the gcp provider takes, and no refusal repeats a secret."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from components import google_credentials
from components.google_credentials import NoToken, Token, token
from tests.google import Google, running, sign_out

REFRESH = "canary-refresh-token"
ACCOUNT = "me@my-project.iam.gserviceaccount.com"
USER = {
    "type": "authorized_user",
    "client_id": "id",
    "client_secret": "canary",
    "refresh_token": REFRESH,
}


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Google]:
    """Yield who gives tokens, on a machine without a credential."""
    sign_out(monkeypatch, tmp_path)
    with running() as made:
        monkeypatch.setattr(
            "google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{made.address}/token"
        )
        made.answers["/token"] = (200, {"access_token": "given", "expires_in": 3600})
        yield made


@pytest.fixture
def well_known(google: Google, tmp_path: Path) -> Path:
    """Return the file that gcloud writes."""
    del google
    return tmp_path / "application_default_credentials.json"


def test_a_user_is_taken_at_the_word_of_gcloud(google: Google, well_known: Path) -> None:
    well_known.write_text(json.dumps({**USER, "quota_project_id": "billed"}))

    assert token() == Token(text="given", quota_project="billed", personal=True)
    [form] = google.forms
    assert form["grant_type"] == ["refresh_token"]
    assert form["refresh_token"] == [REFRESH]


def key_file(google: Google) -> tuple[rsa.RSAPrivateKey, dict[str, Any]]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    stored = {"type": "service_account", "private_key": pem.decode(), "private_key_id": "one",
              "client_email": ACCOUNT, "token_uri": f"{google.address}/token"}  # fmt: skip
    return key, stored


@pytest.mark.parametrize("way", ["file", "GOOGLE_CREDENTIALS", "GCLOUD_KEYFILE_JSON", "a path"])
def test_a_service_account_signs_what_it_asks(
    google: Google, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
) -> None:
    key, stored = key_file(google)
    file = tmp_path / "key.json"
    file.write_text(json.dumps(stored))
    if way == "file":
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    else:
        path = way == "a path"
        content = str(file) if path else file.read_text()
        monkeypatch.setenv("GOOGLE_CREDENTIALS" if path else way, content)

    assert token() == Token(text="given")
    [form] = google.forms
    [assertion] = form["assertion"]
    _, claims, signature = (
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in assertion.split(".")
    )
    # GKE's API answers to no other scope, and Compute Engine's not to the read-only one of all.
    assert json.loads(claims)["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    signed = assertion.rpartition(".")[0].encode()
    key.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


def test_an_identity_of_a_ci_is_exchanged(
    google: Google, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As google-github-actions/auth writes it, here with a token in a file."""
    (tmp_path / "oidc").write_text("canary-of-the-ci")
    stored = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{google.address}/token",
        "credential_source": {"file": str(tmp_path / "oidc")},
    }
    (tmp_path / "ci.json").write_text(json.dumps(stored))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "ci.json"))

    assert token() == Token(text="given")
    [form] = google.forms
    assert form["subject_token"] == ["canary-of-the-ci"]


def test_a_machine_of_google_has_an_account(
    google: Google, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del google
    model = tmp_path / "product_name"
    monkeypatch.setattr(google_credentials, "MODEL", model)
    monkeypatch.delenv("NO_GCE_CHECK")
    with pytest.raises(NoToken, match="there is no credential on this machine"):
        token()

    model.write_text("Google Compute Engine\n")
    found = google_credentials._machines()
    assert type(found).__module__ == "google.auth.compute_engine.credentials"
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(NoToken, match="there is no credential on this machine"):
        token()


def test_who_acts_as_another_asks_as_that_one(
    google: Google, well_known: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    well_known.write_text(json.dumps(USER))
    monkeypatch.setenv("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT", ACCOUNT)
    monkeypatch.setattr(
        "google.auth.iam._IAM_ENDPOINT", f"{google.address}/{{}}:generateAccessToken"
    )
    google.answers[f"/{ACCOUNT}:generateAccessToken"] = (
        200,
        {"accessToken": "theirs", "expireTime": "2099-01-01T00:00:00Z"},
    )

    assert token() == Token(text="theirs")


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("no json", "not JSON"),
        ("{}", "kind 'None'"),
        ('["canary"]', "kind 'None'"),
        ('{"type": "gdch_service_account"}', "kind 'gdch_service_account'"),
        ('{"type": "external_account", "credential_source": {"executable": {}}}', "a program"),
        ('{"type": "external_account"}', "external_account, cannot be read"),
        ('{"type": "impersonated_service_account"}', "cannot be read"),
        ('{"type": "service_account", "private_key": "canary"}', "cannot be read"),
        (f'{{"type": "authorized_user", "refresh_token": "{REFRESH}"}}', "cannot be read"),
        (b"\xff\xfecanary", r"cannot be read \(UnicodeDecodeError\)"),
    ],
)
def test_a_credential_that_gives_no_token_is_not_repeated(
    google: Google, well_known: Path, stored: str | bytes, why: str
) -> None:
    well_known.write_bytes(stored if isinstance(stored, bytes) else stored.encode())

    with pytest.raises(NoToken, match=why) as caught:
        token()

    assert "canary" not in str(caught.value)
    assert google.forms == []


@pytest.mark.parametrize("named", ["no such file", "~nobody-of-this-name/key.json", "canary\0"])
def test_a_file_that_is_named_must_be_there(
    google: Google, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    del google
    monkeypatch.setattr("os.environ", {"GOOGLE_CREDENTIALS": named})

    with pytest.raises(NoToken, match="cannot be read") as caught:
        token()

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((400, {"error": "invalid_grant", "error_description": "canary"}), r"\(invalid_grant\)$"),
        ((400, {"error": "canary of ours"}), "credential$"),
        ((200, {}), "credential$"),
    ],
)
def test_a_refused_credential_is_not_repeated(
    google: Google, well_known: Path, answer: tuple[int, Any], why: str
) -> None:
    well_known.write_text(json.dumps(USER))
    google.answers["/token"] = answer

    with pytest.raises(NoToken, match=why) as caught:
        token()

    assert "canary" not in str(caught.value)


def test_a_token_is_not_shown() -> None:
    assert "canary" not in repr(Token(text="canary"))
