"""A client of an API server leaves no key behind."""

import base64
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
