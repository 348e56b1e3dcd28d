"""Google Cloud is asked before clusters are made; here a server of this machine plays it."""

import asyncio
import base64
import json
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pulumi
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from components import gke_checks, google_credentials
from components.access import Access
from components.gke_needs import Need, cpus, lacking, needs
from components.gke_plan import plans
from components.ownership import Inventory
from components.settings import Settings
from tests.mesh import OWNER, Memory

PROJECT = "projects/my-project"
CLUSTER = f"{PROJECT}/locations/europe-west4/clusters/alpha"
QUOTAS = {"CPUS": 96, "IN_USE_ADDRESSES": 8, "EXTERNAL_NETWORK_LB_FORWARDING_RULES": 5,
          "INSTANCES": 100}  # fmt: skip
VARIABLES = ("GOOGLE_OAUTH_ACCESS_TOKEN", "GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS")
REFRESH = "canary-refresh-token"


def quotas(**limits: int) -> dict[str, Any]:
    return {"quotas": [{"metric": key, "limit": limit, "usage": 1.0}
                       for key, limit in limits.items()]}  # fmt: skip


def services(*disabled: str) -> dict[str, Any]:
    return {
        "services": [
            {
                "name": f"projects/1/services/{api}",
                "state": "DISABLED" if api in disabled else "ENABLED",
            }
            for api in ("compute.googleapis.com", "container.googleapis.com", "iam.googleapis.com")
        ]
    }


class Google:
    """Answers by path, and remembers who asked what."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            f"/serviceusage/{PROJECT}/services:batchGet": services(),
            f"/compute/{PROJECT}": quotas(NETWORKS=5, FIREWALLS=100),
            f"/compute/{PROJECT}/regions/europe-west4": quotas(**QUOTAS),
        }
        self.asked: list[tuple[str, str]] = []
        self.forms: list[dict[str, list[str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                """Say nothing."""

            def _say(self, status: int, answer: Any) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                outer.asked.append((path, self.headers.get("Authorization", "")))
                answer = outer.answers.get(path, 404)
                self._say(answer if isinstance(answer, int) else 200,
                          {} if isinstance(answer, int) else answer)  # fmt: skip

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.forms.append(urllib.parse.parse_qs(self.rfile.read(length).decode()))
                answer = outer.answers.get(self.path, 404)
                self._say(answer if isinstance(answer, int) else 200, answer)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Google]:
    """Yield a Google Cloud in which everything is in order."""
    made = Google()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    for api in gke_checks.ENDPOINTS:
        monkeypatch.setitem(gke_checks.ENDPOINTS, api, f"{made.address}/{api}")
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def signed_in(google: Google, monkeypatch: pytest.MonkeyPatch) -> Google:
    """Return the Google Cloud for somebody with a token."""
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "canary-token")
    return google


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the lines that a preview says."""
    lines: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", lambda line, **_: lines.append(line))
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: True)
    return lines


def settings(*, network: str = "", checks: bool = True, **keys: Any) -> Settings:
    gke = {"location": "europe-west4", **({"network": network} if network else {})}
    values = {
        "clusters": [{"name": "alpha", "gke": gke}, {"name": "beta", "context": "beta"}],
        "gcp": {"project": "my-project", "checks": checks},
        **keys,
    }
    return Settings.model_validate_json(json.dumps(values))


def ask(config: Settings, *, exists: bool = False) -> list[str]:
    access = {
        name: Access(reader=Memory(), inventory=Inventory(cluster=name, owner=OWNER), exists=there)
        for name, there in (("alpha", exists), ("beta", True))
    }
    return asyncio.run(gke_checks.check(config, access))


def test_a_project_in_order_is_silent(signed_in: Google, said: list[str]) -> None:
    assert ask(settings()) == []
    assert said == []
    assert {header for _, header in signed_in.asked} == {"Bearer canary-token"}
    assert f"/container/{CLUSTER}" in {path for path, _ in signed_in.asked}


def test_disabled_apis_are_named_with_what_enables_them(signed_in: Google) -> None:
    api = "container.googleapis.com"
    signed_in.answers[f"/serviceusage/{PROJECT}/services:batchGet"] = services(api)

    [line] = ask(settings())
    assert line.startswith(f"my-project: APIs are disabled: {api}; fix: gcloud services enable")
    assert line.endswith("--project my-project")


@pytest.mark.parametrize("metric", sorted(QUOTAS))
def test_a_quota_that_is_too_small_is_named(signed_in: Google, metric: str) -> None:
    signed_in.answers[f"/compute/{PROJECT}/regions/europe-west4"] = quotas(**{**QUOTAS, metric: 1})

    [line] = ask(settings())
    assert line.startswith(f"my-project in europe-west4: 0 of quota {metric} are left")


def test_networks_are_a_quota_of_the_project(signed_in: Google) -> None:
    signed_in.answers[f"/compute/{PROJECT}"] = quotas(NETWORKS=1)

    [line] = ask(settings())
    assert line.startswith("my-project: 0 of quota NETWORKS are left, and 1 are needed")
    signed_in.answers[f"/compute/{PROJECT}/global/networks/shared"] = {"name": "shared"}
    assert ask(settings(network="shared")) == []


def test_a_name_that_is_taken_is_refused(signed_in: Google) -> None:
    signed_in.answers[f"/container/{CLUSTER}"] = {"name": "alpha"}

    [line] = ask(settings())
    assert line.startswith(f"alpha: {CLUSTER} is there, and is not in this stack's state")


@pytest.mark.usefixtures("signed_in")
def test_a_network_that_is_not_there_is_refused() -> None:
    [line] = ask(settings(network="shared"))
    assert line.startswith("alpha: there is no network shared in my-project")


def test_a_region_that_is_none_is_refused(signed_in: Google) -> None:
    del signed_in.answers[f"/compute/{PROJECT}/regions/europe-west4"]

    [line] = ask(settings())
    assert line.startswith("my-project: there is no region europe-west4")


@pytest.mark.parametrize("status", [401, 403, 500])
def test_who_may_not_ask_is_told_what_was_not_asked(
    signed_in: Google, said: list[str], status: int
) -> None:
    signed_in.answers[f"/serviceusage/{PROJECT}/services:batchGet"] = status

    assert ask(settings()) == []
    [line] = said
    assert f"serviceusage answers HTTP {status}" in line
    assert "container.googleapis.com" in line
    assert "12 CPUS in europe-west4" in line


def test_without_a_credential_nothing_is_asked_and_the_needs_are_told(
    google: Google, said: list[str]
) -> None:
    assert ask(settings()) == []
    [line] = said
    assert "there is no credential on this machine" in line
    assert "2 IN_USE_ADDRESSES in europe-west4" in line
    assert google.asked == []


@pytest.mark.parametrize("case", ["there already", "checks off"])
def test_nobody_asks_without_need(signed_in: Google, said: list[str], case: str) -> None:
    assert ask(settings(checks=case != "checks off"), exists=case == "there already") == []
    assert (signed_in.asked, said) == ([], [])


def test_a_user_is_taken_at_the_word_of_gcloud(google: Google, tmp_path: Path) -> None:
    stored = {"type": "authorized_user", "client_id": "id", "client_secret": "secret",
              "refresh_token": REFRESH, "token_uri": f"{google.address}/token"}  # fmt: skip
    (tmp_path / "application_default_credentials.json").write_text(json.dumps(stored))
    google.answers["/token"] = {"access_token": "given"}

    assert google_credentials.token() == "given"
    [form] = google.forms
    assert form["grant_type"] == ["refresh_token"]
    assert form["refresh_token"] == [REFRESH]


def test_a_service_account_signs_what_it_asks(
    google: Google, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    stored = {"type": "service_account", "private_key": pem.decode(), "private_key_id": "one",
              "client_email": "me@my-project.iam.gserviceaccount.com",
              "token_uri": f"{google.address}/token"}  # fmt: skip
    file = tmp_path / "key.json"
    file.write_text(json.dumps(stored))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    google.answers["/token"] = {"access_token": "given"}

    assert google_credentials.token() == "given"
    [form] = google.forms
    [assertion] = form["assertion"]
    head, claims, signature = (
        base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in assertion.split(".")
    )
    assert json.loads(head)["alg"] == "RS256"
    assert json.loads(claims)["scope"].endswith("cloud-platform.read-only")
    signed = assertion.rpartition(".")[0].encode()
    key.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("no json", "not JSON"),
        ("{}", "kind 'None'"),
        ('{"type": "external_account"}', "kind 'external_account'"),
        ('{"type": "service_account", "private_key": "canary"}', "cannot be read"),
        (f'{{"type": "authorized_user", "refresh_token": "{REFRESH}", "token_uri": "ftp://x"}}',
         "no https:// address"),
    ],
)  # fmt: skip
def test_a_credential_that_gives_no_token_is_not_repeated(
    google: Google, tmp_path: Path, stored: str, why: str
) -> None:
    (tmp_path / "application_default_credentials.json").write_text(stored)

    with pytest.raises(google_credentials.NoToken, match=why) as caught:
        google_credentials.token()

    assert "canary" not in str(caught.value)
    assert google.forms == []


def test_a_refused_credential_is_not_repeated(google: Google, tmp_path: Path) -> None:
    stored = {"type": "authorized_user", "refresh_token": REFRESH,
              "token_uri": f"{google.address}/token"}  # fmt: skip
    (tmp_path / "application_default_credentials.json").write_text(json.dumps(stored))
    google.answers["/token"] = 400

    with pytest.raises(google_credentials.NoToken, match="HTTP 400") as caught:
        google_credentials.token()

    assert "canary" not in str(caught.value)


def test_needs_grow_with_what_the_stack_has_in_a_cluster() -> None:
    plain, full = settings(), settings(ingress={}, management={"cluster": "alpha"})

    def of(config: Settings) -> dict[str, int]:
        return {need.metric: need.amount for need in needs(config, plans(config).values())}

    assert of(plain)["EXTERNAL_NETWORK_LB_FORWARDING_RULES"] == 1
    assert of(full)["EXTERNAL_NETWORK_LB_FORWARDING_RULES"] == 4
    assert of(full)["IN_USE_ADDRESSES"] == 5
    assert of(plain)["CPUS"] == 12


def test_a_quota_that_nobody_tells_has_no_limit() -> None:
    need = Need("europe-west4", "CPUS", 100)

    assert lacking([need], []) == []
    assert lacking([need], [{"metric": "CPUS", "limit": 99.0, "usage": 0.0}]) == [(need, 99)]


@pytest.mark.parametrize(
    ("machine", "count"),
    [("e2-standard-4", 4), ("n2-custom-6-8192", 6), ("e2-medium", 2), ("a2-highgpu-1g", 0)],
)
def test_a_machines_cpus_are_in_its_name(machine: str, count: int) -> None:
    assert cpus(machine) == count
