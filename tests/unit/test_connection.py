"""A client of an API server leaves no key behind."""

import base64
import json
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any

import pytest
from urllib3.util.ssl_ import ssl_wrap_socket

from components.connection import BadKubeconfig, connect
from localcloud.pki import Authority


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def kubeconfig(folder: Path) -> dict[str, Any]:
    authority = Authority(folder / "pki", "test")
    pair = authority.issue("admin", "admin")

    def data(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    cluster = {
        "server": "https://127.0.0.1:1",
        "certificate-authority-data": data(authority.pair.cert),
    }
    user = {"client-certificate-data": data(pair.cert), "client-key-data": data(pair.key)}
    return {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "clusters": [{"name": "x", "cluster": cluster}],
        "users": [{"name": "x", "user": user}],
    }


def test_keys_are_in_no_file_once_connected(tmp_path: Path, scratch: Path) -> None:
    content = kubeconfig(tmp_path)

    first, second = connect(content), connect(content)

    assert list(scratch.iterdir()) == [], "a run that is killed would leave them there"
    for api in (first, second):
        pool = api.rest_client.pool_manager.connection_pool_kw
        assert "key_file" not in pool
        assert pool["ssl_context"].get_ca_certs(), "the server's certificate would not be verified"


def test_keys_are_in_no_file_when_the_kubeconfig_is_bad(tmp_path: Path, scratch: Path) -> None:
    content = kubeconfig(tmp_path)
    content["users"][0]["user"]["client-key-data"] = base64.b64encode(b"no key").decode()

    with pytest.raises(BadKubeconfig):
        connect(content)

    assert list(scratch.iterdir()) == []


def plugin(folder: Path, answer: Any, *, code: int = 0) -> dict[str, Any]:
    """Return the exec entry of a plugin that writes down what it was told, and its answer."""
    folder.mkdir(exist_ok=True)
    (folder / "answer").write_text(json.dumps(answer), "utf-8")
    script = folder / "plugin"
    script.write_text(
        f'#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" >> {folder}/told\ncat {folder}/answer\n'
        f"echo the reason >&2\nexit {code}\n",
        "utf-8",
    )
    script.chmod(0o755)
    version = "client.authentication.k8s.io/v1beta1"
    return {"apiVersion": version, "command": str(script), "provideClusterInfo": True}


def given(status: dict[str, Any]) -> dict[str, Any]:
    version = "client.authentication.k8s.io/v1beta1"
    return {"apiVersion": version, "kind": "ExecCredential", "status": status}


def test_a_plugin_is_told_the_cluster_and_its_key_stays_in_no_file(
    tmp_path: Path, scratch: Path
) -> None:
    content = kubeconfig(tmp_path)
    pair = {
        f"client{kind}Data": base64.b64decode(content["users"][0]["user"][key]).decode()
        for kind, key in (("Certificate", "client-certificate-data"), ("Key", "client-key-data"))
    }
    content["users"][0]["user"] = {"exec": plugin(tmp_path / "plugin", given(pair))}

    api = connect(content)

    told = json.loads((tmp_path / "plugin" / "told").read_text("utf-8"))
    assert told["spec"]["cluster"] == content["clusters"][0]["cluster"]
    assert list(scratch.iterdir()) == []
    assert "key_file" not in api.rest_client.pool_manager.connection_pool_kw
    assert "exec" in content["users"][0]["user"], "the kubeconfig is its owner's"


def test_a_token_of_a_plugin_is_asked_for_anew_when_it_ends(tmp_path: Path) -> None:
    content = kubeconfig(tmp_path)
    ended = given({"token": "one", "expirationTimestamp": "2020-01-01T00:00:00Z"})
    content["users"][0]["user"] = {"exec": plugin(tmp_path / "plugin", ended)}
    api = connect(content)
    sent = api.param_serialize("GET", "/", header_params={}, auth_settings=["BearerToken"])
    assert sent[2]["authorization"] == "Bearer one"

    ahead = given({"token": "two", "expirationTimestamp": "2120-01-01T00:00:00Z"})
    plugin(tmp_path / "plugin", ahead)
    for _ in range(3):
        sent = api.param_serialize("GET", "/", header_params={}, auth_settings=["BearerToken"])

    assert sent[2]["authorization"] == "Bearer two"
    told = (tmp_path / "plugin" / "told").read_text("utf-8")
    assert len(told.splitlines()) == 3, "once to connect, once because it had ended, then once more"


@pytest.mark.parametrize(
    ("answer", "code", "why"),
    [
        (given({}), 0, "it gave neither a token nor a certificate with its key"),
        (given({"clientCertificateData": "x"}), 0, "neither a token"),
        ({}, 0, "missing key 'apiVersion'"),
        (given({"token": "x"}), 7, "process returned 7. the reason"),
    ],
)
def test_a_plugin_that_gives_nothing_is_named_with_its_reason(
    tmp_path: Path, answer: dict[str, Any], code: int, why: str
) -> None:
    content = kubeconfig(tmp_path)
    content["users"][0]["user"] = {"exec": plugin(tmp_path / "plugin", answer, code=code)}

    with pytest.raises(BadKubeconfig) as caught:
        connect(content)

    assert f"its credential plugin '{tmp_path}/plugin/plugin' failed: " in str(caught.value)
    assert why in str(caught.value)


def test_a_connection_does_not_change_what_others_are_just_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenSSL frees the old list of protocols, also while another thread's handshake sends it."""
    context = connect(kubeconfig(tmp_path)).rest_client.pool_manager.connection_pool_kw[
        "ssl_context"
    ]
    changed: list[Any] = []
    monkeypatch.setattr(
        ssl.SSLContext, "set_alpn_protocols", lambda _self, given: changed.append(given)
    )

    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(OSError, match=r"."):
        ssl_wrap_socket(ours, ssl_context=context, server_hostname="x")

    assert changed == []
