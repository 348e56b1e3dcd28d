"""Instances of the stand-in gcp plugin: a real sshd each, and what Compute Engine refuses."""

import getpass
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud.machines import machine, sshd
from localcloud.machines.keys import key_pair
from localcloud.plugins.command import remote
from localcloud.plugins.command.output import Collector
from localcloud.plugins.gcp.invokes import GUEST_ATTRIBUTES
from localcloud.plugins.provider import ProviderError
from localcloud.plugins.values import UNKNOWN
from localcloud.processes import Identity
from tests.localcloud.plugins.gcp_kit import INSTANCE, NET, NETWORK, SUB, SUBNETWORK, Cloud
from tests.localcloud.plugins.lifecycle import Resource
from tests.machines.sshd import free_port

ME = getpass.getuser()
SCRIPT = "curl --data ready http://metadata/instance/guest-attributes/ambientmesh/runtime"


def wanted(public_key: str, **changes: Any) -> dict[str, Any]:
    metadata = {
        "enable-guest-attributes": "TRUE",
        "ssh-keys": f"{ME}:{public_key} {ME}",
        "startup-script": SCRIPT,
    }
    return {
        "name": "vm1",
        "zone": "europe-west4-a",
        "machineType": "e2-small",
        "bootDisk": {"initializeParams": {"image": "debian-12"}},
        "networkInterfaces": [{"network": "default"}],
        "metadata": metadata,
        **changes,
    }


class Lit(Cloud):
    """A cloud whose world runs as long as this process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, free_port())
        self.light()

    def light(self) -> None:
        own = json.dumps(Identity.of(os.getpid()).as_dict())
        self.planes.world.mkdir(exist_ok=True)
        (self.planes.world / "supervisor.json").write_text(own, encoding="utf-8")

    def keeper(self) -> psutil.Process:
        """Return what keeps the one machine on."""
        [state] = self.folder.glob("machines/*/keeper.json")
        return psutil.Process(json.loads(state.read_text(encoding="utf-8"))["pid"])


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Lit]:
    found = Lit(tmp_path / "cloud")
    yield found
    for state in found.folder.glob("machines/*/keeper.json"):
        psutil.Process(json.loads(state.read_text(encoding="utf-8"))["pid"]).terminate()


def said(cloud: Cloud, path: str) -> dict[str, str]:
    asked = {"name": "vm1", "zone": "europe-west4-a", "queryPath": path}
    values = cloud.provider.invoke(GUEST_ATTRIBUTES, asked)["queryValues"]
    return {item["key"]: item["value"] for item in values}


def run(cloud: Cloud, instance: Resource, key: str, command: str) -> str:
    """Run a command on the instance, as a program would: its host key known beforehand."""
    connection = {
        "host": instance.outputs["networkInterfaces"][0]["networkIp"],
        "port": cloud.port,
        "user": ME,
        "privateKey": key,
        "hostKey": f"ssh-ed25519 {said(cloud, 'hostkeys/')['ssh-ed25519']}",
        "dialErrorLimit": 1,
    }
    given = {"connection": connection, "addPreviousOutputInEnv": False}
    made = remote.run(command, given, {}, Collector("none", print), threading.Event(), print)
    return str(made["stdout"])


def test_an_instance_is_an_sshd_that_its_key_opens(cloud: Lit) -> None:
    private, public = key_pair()

    instance = cloud.make(INSTANCE, wanted(public))

    assert instance.id == "projects/localcloud/zones/europe-west4-a/instances/vm1"
    assert instance.outputs["networkInterfaces"][0]["networkIp"] == "127.64.0.2"
    assert instance.outputs["networkInterfaces"][0]["network"].endswith("/networks/default")
    assert instance.outputs["currentStatus"] == "RUNNING"
    assert said(cloud, "ambientmesh/") == {"runtime": "ready"}
    assert run(cloud, instance, private, "docker info") == "simulated"
    assert not instance.diff(wanted(public)).changes
    assert instance.read().properties == instance.outputs
    keeper = cloud.keeper()
    instance.delete()
    assert not keeper.is_running()
    assert list(cloud.folder.glob("machines/*")) == []
    assert instance.read().id == ""


def test_new_keys_open_it_and_old_ones_do_not(cloud: Lit) -> None:
    old, public = key_pair()
    new, other = key_pair()
    instance = cloud.make(INSTANCE, wanted(public))

    instance.update(wanted(other))

    assert run(cloud, instance, new, "echo in") == "in"
    with pytest.raises(ProviderError, match="unable to authenticate"):
        run(cloud, instance, old, "echo in")


def test_it_goes_with_its_world_and_comes_back_with_the_next_plugin(cloud: Lit) -> None:
    private, public = key_pair()
    instance = cloud.make(INSTANCE, wanted(public))
    before, keeper = said(cloud, "hostkeys/"), cloud.keeper()
    (cloud.planes.world / "supervisor.json").unlink()
    psutil.wait_procs([keeper], timeout=20)
    assert instance.read().properties["currentStatus"] == "TERMINATED"
    cloud.light()

    instance.provider = cloud.provider = cloud.run()

    assert said(cloud, "hostkeys/") == before
    assert run(cloud, instance, private, "echo in") == "in"


def test_a_preview_knows_no_address(cloud: Lit) -> None:
    interfaces = [{"network": "default", "accessConfigs": [{}]}]

    planned = cloud.resource(INSTANCE).preview(
        wanted("ssh-ed25519 A", networkInterfaces=interfaces)
    )

    [interface] = planned["networkInterfaces"]
    assert interface["networkIp"] is UNKNOWN
    assert interface["accessConfigs"][0]["natIp"] is UNKNOWN


def test_an_address_on_the_internet_is_the_same(cloud: Lit) -> None:
    interfaces = [{"network": "default", "accessConfigs": [{}]}]

    instance = cloud.make(INSTANCE, wanted(key_pair()[1], networkInterfaces=interfaces))

    assert instance.outputs["networkInterfaces"][0]["accessConfigs"][0]["natIp"] == "127.64.0.2"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"networkInterfaces": [{"network": "none"}]}, "networks/none' was not found"),
        ({"networkInterfaces": [{"network": "mesh"}]}, "must specify a subnet if the network"),
        ({"networkInterfaces": [{"subnetwork": "far"}]}, "subnetworks/far' was not found"),
        ({"networkInterfaces": [{}]}, "At least one of network and subnetwork"),
        ({"metadata": {"ssh-keys": "no-such-user:ssh-ed25519 A"}}, f"fix: say user {ME}"),
    ],
)
def test_an_instance_that_cannot_be_is_refused(
    cloud: Lit, changes: dict[str, Any], reason: str
) -> None:
    cloud.make(NETWORK, NET)

    with pytest.raises(ProviderError, match=reason):
        cloud.make(INSTANCE, wanted(key_pair()[1], **changes))
    assert list(cloud.folder.glob("machines/*")) == []


def test_an_instance_has_one_interface(cloud: Lit) -> None:
    two = [{"network": "default"}, {"network": "mesh"}]

    assert cloud.resource(INSTANCE).failures(wanted("ssh-ed25519 A", networkInterfaces=two)) == [
        "the stand-in's instances have one interface, not 2"
    ]


def test_a_network_of_an_instance_stays(cloud: Lit) -> None:
    network, subnetwork = cloud.make(NETWORK, NET), cloud.make(SUBNETWORK, SUB)
    instance = cloud.make(
        INSTANCE, wanted(key_pair()[1], networkInterfaces=[{"subnetwork": "nodes"}])
    )

    for used in (network, subnetwork):
        with pytest.raises(ProviderError, match="is already being used by"):
            used.delete()
    instance.delete()
    subnetwork.delete()
    network.delete()


def test_a_running_instance_is_not_stopped_unasked(cloud: Lit) -> None:
    public = key_pair()[1]
    instance = cloud.make(INSTANCE, wanted(public, deletionProtection=True))

    with pytest.raises(ProviderError, match="requires stopping it"):
        instance.update(wanted(public, machineType="e2-medium"))
    with pytest.raises(ProviderError, match="Deletion Protection is enabled"):
        instance.delete()
    instance.update(wanted(public, machineType="e2-medium", allowStoppingForUpdate=True))
    instance.delete()


def test_what_an_instance_says_is_asked_for_by_its_name(cloud: Lit) -> None:
    with pytest.raises(ProviderError, match="instances/vm1' was not found"):
        said(cloud, "hostkeys/")
    cloud.make(INSTANCE, wanted(key_pair()[1], metadata={}))
    with pytest.raises(ProviderError, match="of type 'Guest Attribute' was not found"):
        said(cloud, "hostkeys/")
    with pytest.raises(ProviderError, match="getZones is not supported by the stand-in gcp"):
        cloud.provider.invoke("gcp:compute/getZones:getZones", {})


def test_without_sshd_it_says_what_to_install(cloud: Lit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sshd, "SSHD", Path("/nowhere/sshd"))

    with pytest.raises(ProviderError, match="instance vm1: /nowhere/sshd is missing; fix: install"):
        cloud.make(INSTANCE, wanted(key_pair()[1]))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(), r"fix: sudo sysctl net\.ipv4\.ip_unprivileged_port_start="),
        (OSError("no such address"), r"nothing can listen at 127\.64\.0\.2:\d+: no such address"),
    ],
)
def test_an_address_that_cannot_be_listened_at_is_refused(
    cloud: Lit, monkeypatch: pytest.MonkeyPatch, error: OSError, reason: str
) -> None:
    def refuse(*_: object) -> socket.socket:
        raise error

    monkeypatch.setattr(socket, "create_server", refuse)

    with pytest.raises(ProviderError, match=reason):
        cloud.make(INSTANCE, wanted(key_pair()[1]))


def test_a_user_without_rights_enters_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(getpass, "getuser", lambda: "somebody")

    with pytest.raises(sshd.SshdError, match=r"user root cannot enter.* say user somebody"):
        machine.refuse_strangers({"root": ["ssh-ed25519 A"]})


def test_without_a_world_there_is_no_instance(cloud: Lit) -> None:
    (cloud.planes.world / "supervisor.json").unlink()

    with pytest.raises(ProviderError, match=r"no world runs in .*: make up starts it"):
        cloud.make(INSTANCE, wanted(key_pair()[1]))
