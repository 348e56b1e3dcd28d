"""The scripted gke-gcloud-auth-plugin opens the planes of its world, and nothing else."""

import base64
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.connection import BadKubeconfig, connect, request
from localcloud.gke_auth import Refused, asked, plane
from localcloud.paths import BIN
from localcloud.plugins.kubernetes.helm import Helm
from localcloud.plugins.kubernetes.transport import Transport
from localcloud.stack import SCRIPTED
from localcloud.world import World

PLUGIN = "gke-gcloud-auth-plugin"
VERSION = "client.authentication.k8s.io/v1beta1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), planes=("one", "two")) as running:
        yield running


@pytest.fixture
def scratch(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the plugin on the PATH and the world in the environment, as `make` has them."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{SCRIPTED}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("LOCALCLOUD_WORLD", str(world.directory))
    monkeypatch.setenv("PULUMI_HOME", str(folder))
    monkeypatch.setenv("LOCALCLOUD_HELM", str(BIN / "helm"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def kubeconfig(world: World, name: str) -> dict[str, Any]:
    """Return what the program writes for a GKE cluster: an address, a CA, and a plugin."""
    authority = base64.b64encode(world.planes[name].authority().pair.cert.read_bytes()).decode()
    cluster = {"server": world.planes[name].url, "certificate-authority-data": authority}
    entry = {
        "apiVersion": VERSION,
        "command": PLUGIN,
        "interactiveMode": "Never",
        "provideClusterInfo": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "c", "user": {"exec": entry}}],
    }


@pytest.mark.planes
def test_the_program_reaches_each_plane_and_leaves_no_key(world: World, scratch: Path) -> None:
    for name in ("one", "two"):
        response, data = request(connect(kubeconfig(world, name)), "GET", "/api/v1/nodes")

        assert response.status == 200
        nodes = {item["metadata"]["name"] for item in json.loads(data)["items"]}
        assert nodes == {f"{name}-node{number}" for number in (1, 2, 3)}
    assert list(scratch.iterdir()) == []


@pytest.mark.planes
def test_the_stand_in_plugin_reaches_a_plane_and_leaves_no_key(world: World, scratch: Path) -> None:
    transport = Transport(kubeconfig(world, "one"))

    assert transport.request("GET", "/api/v1/nodes/one-node1")["metadata"]["name"] == "one-node1"
    assert list(scratch.iterdir()) == []


@pytest.mark.planes
def test_kubectl_and_helm_reach_a_plane(world: World, scratch: Path, tmp_path: Path) -> None:
    text = yaml.safe_dump(kubeconfig(world, "two"))
    path = tmp_path / "kubeconfig"
    path.write_text(text, "utf-8")

    who = subprocess.run(  # noqa: S603 the tool is ours
        [BIN / "kubectl", "--kubeconfig", path, "get", "nodes", "-o", "name"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "KUBECACHEDIR": str(scratch)},
    )
    releases = Helm(kubeconfig=text, context="", cancelled=threading.Event()).run("list", "-A")

    assert "node/two-node1" in who.stdout
    assert releases.startswith("NAME")


@pytest.mark.planes
def test_others_get_nothing(
    world: World, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert scratch.exists()
    foreign = kubeconfig(world, "one")
    foreign["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    with pytest.raises(
        BadKubeconfig, match=r"https://127\.0\.0\.1:1 is no API server of the world"
    ):
        connect(foreign)

    liar = kubeconfig(world, "one")
    liar["clusters"][0] = kubeconfig(world, "two")["clusters"][0]
    liar["clusters"][0]["cluster"]["server"] = world.planes["one"].url
    with pytest.raises(BadKubeconfig, match="is not that of plane one"):
        connect(liar)

    monkeypatch.setenv("LOCALCLOUD_WORLD", str(tmp_path))
    with pytest.raises(BadKubeconfig, match="there is no world in"):
        connect(kubeconfig(world, "one"))


def test_a_caller_that_does_not_say_which_cluster_is_refused() -> None:
    for info in (
        "",
        "{}",
        "no JSON",
        json.dumps({"spec": {"cluster": None}, "apiVersion": VERSION}),
    ):
        with pytest.raises(Refused, match="provideClusterInfo: true"):
            asked({"KUBERNETES_EXEC_INFO": info})
    other = {"apiVersion": "client.authentication.k8s.io/v1", "spec": {"cluster": {}}}
    with pytest.raises(Refused, match=r"allowed: client\.authentication\.k8s\.io/v1beta1"):
        asked({"KUBERNETES_EXEC_INFO": json.dumps(other)})


def test_outside_of_a_simulated_run_it_says_what_it_is() -> None:
    with pytest.raises(Refused, match="LOCALCLOUD_WORLD is not set: this is the simulated plugin"):
        plane({"server": "https://203.0.113.7"}, {})
