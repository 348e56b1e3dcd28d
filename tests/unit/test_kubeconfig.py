"""One context is cut out of a kubeconfig, and nothing else comes along."""

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kubeconfig import KubeconfigError, single_context
from components.live import ClusterReader, Unreachable


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    (tmp_path / "ca.crt").write_text("the ca")
    path = tmp_path / "config"
    content = {
        "current-context": "other",
        "contexts": [
            {"name": "mine", "context": {"cluster": "c", "user": "u", "namespace": "ns"}},
            {"name": "other", "context": {"cluster": "c", "user": "foreign"}},
            {"name": "torn", "context": {"cluster": "gone", "user": "u"}},
        ],
        "clusters": [
            {"name": "c", "cluster": {"server": "https://x", "certificate-authority": "ca.crt"}}
        ],
        "users": [
            {"name": "u", "user": {"token": "t"}},
            {"name": "foreign", "user": {"token": "foreign-token"}},
        ],
    }
    path.write_text(yaml.safe_dump(content))
    return path


def test_no_other_context_comes_along(kubeconfig: Path) -> None:
    cut = single_context(str(kubeconfig), "mine")

    assert cut["current-context"] == "mine"
    assert "foreign-token" not in yaml.safe_dump(cut)


def test_files_are_inlined_because_a_path_means_nothing_elsewhere(kubeconfig: Path) -> None:
    cluster = single_context(str(kubeconfig), "mine")["clusters"][0]["cluster"]

    assert base64.b64decode(cluster["certificate-authority-data"]) == b"the ca"
    assert "certificate-authority" not in cluster


def test_what_kubectl_would_read_is_the_default(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f"/nonexistent/config:{kubeconfig}")

    assert single_context(None, "mine")["current-context"] == "mine"


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ("gone", "found 'gone'; allowed: a context of"),
        ("gone", "(mine, other, torn)"),
        ("torn", "cluster and user are in the same file"),
    ],
)
def test_a_context_that_cannot_be_used_is_told(kubeconfig: Path, context: str, told: str) -> None:
    with pytest.raises(KubeconfigError) as caught:
        single_context(str(kubeconfig), context)

    assert told in str(caught.value)


@pytest.mark.parametrize("content", [None, b"not: [yaml", b"a list", b"\xff\xfe\x00"])
def test_a_file_that_is_no_kubeconfig_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "config"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(KubeconfigError, match=r"allowed: a (readable )?kubeconfig"):
        single_context(str(path), "mine")


@pytest.mark.parametrize("path", ["~nobody-of-this-name/config", "a\0b"])
def test_a_path_that_cannot_be_is_told(path: str) -> None:
    with pytest.raises(KubeconfigError, match="allowed: a"):
        single_context(path, "mine")


@pytest.mark.parametrize("contexts", [5, {"mine": {}}, ["mine"], [{"name": "mine"}]])
def test_contexts_of_another_shape_are_told(kubeconfig: Path, contexts: Any) -> None:
    content = yaml.safe_load(kubeconfig.read_text()) | {"contexts": contexts}
    kubeconfig.write_text(yaml.safe_dump(content))

    with pytest.raises(KubeconfigError, match="found 'mine'; allowed: a context of"):
        single_context(str(kubeconfig), "mine")


@pytest.mark.parametrize("server", [None, 5, "", "192.0.2.1:6443"])
def test_a_server_that_is_no_address_is_told(kubeconfig: Path, server: Any) -> None:
    content = yaml.safe_load(kubeconfig.read_text())
    content["clusters"][0]["cluster"]["server"] = server
    kubeconfig.write_text(yaml.safe_dump(content))

    with pytest.raises(KubeconfigError, match="found server"):
        single_context(str(kubeconfig), "mine")


def user(kubeconfig: Path, **keys: Any) -> dict[str, Any]:
    content = yaml.safe_load(kubeconfig.read_text())
    content["users"][0]["user"] = keys
    kubeconfig.write_text(yaml.safe_dump(content))
    found: dict[str, Any] = single_context(str(kubeconfig), "mine")["users"][0]["user"]
    return found


def test_a_token_file_is_found_from_anywhere(kubeconfig: Path) -> None:
    found = user(kubeconfig, tokenFile="token")

    assert found == {"tokenFile": str(kubeconfig.resolve().parent / "token")}


@pytest.mark.parametrize(
    ("command", "expected"),
    [("gke-gcloud-auth-plugin", "gke-gcloud-auth-plugin"), ("./plugin", "{folder}/plugin")],
)
def test_a_credential_plugin_beside_the_kubeconfig_is_found_from_anywhere(
    kubeconfig: Path, command: str, expected: str
) -> None:
    found = user(kubeconfig, exec={"command": command, "args": ["a"]})

    folder = kubeconfig.resolve().parent
    assert found["exec"] == {"command": expected.format(folder=folder), "args": ["a"]}


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "false"}},
            "'false'",
        ),
        ({"auth-provider": {"name": "gcp", "config": {}}}, "cannot be used: found auth-provider"),
    ],
)
def test_credentials_that_cannot_be_had_are_told_before_anybody_is_asked(
    kubeconfig: Path, keys: dict[str, Any], told: str
) -> None:
    user(kubeconfig, **keys)
    reader = ClusterReader(single_context(str(kubeconfig), "mine"))

    with pytest.raises(Unreachable, match=told):
        asyncio.run(reader.get("/version"))
