"""Two machines join the mesh over real ssh, one of them rotates its token, and both leave again.

The machines are sshds on loopback (``tests/machines``); istioctl is scripted, ztunnel simulated: it
is ready only with a token that the API server knows to be its account's. The story runs once.
"""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.machines.keys import key_pair
from localcloud.result import Result
from tests.integration.argv import watched
from tests.integration.rig import Rig, changed
from tests.machines.sshd import Machine, machine

pytestmark = [pytest.mark.engine, pytest.mark.planes]

HOMES = {"vm1": "cluster1", "vm2": "cluster2"}
TWO = list(HOMES.values())
GLOBAL = [{"name": "bookinfo", "services": [{"name": "productpage", "scope": "global"}]}]
URLS = {
    "http://productpage.bookinfo:9080/productpage": 200,
    "http://productpage.bookinfo.mesh.internal:9080/productpage": 200,
}
CONTAINER = "ambientmesh-ztunnel"


@dataclass
class Fleet:
    """The machines of the story, and the key that opens them."""

    rig: Rig
    machines: dict[str, Machine]
    private_key: str

    def configure(self, *names: str, generation: int = 1, **ssh: dict[str, Any]) -> None:
        """Write a stack of these machines; the generation is vm1's."""
        vms = [
            {
                "name": name,
                "cluster": HOMES[name],
                "ssh": self.machines[name].settings(**ssh.get(name, {})),
                "tokenGeneration": generation if name == "vm1" else 1,
            }
            for name in names
        ]
        waits = {"operator": "60s", "workload": "60s", "vm": "60s", "deletion": "60s"}
        self.rig.configure(TWO, vms=vms, namespaces=GLOBAL, timeouts=waits)
        self.rig.stack.set_secret("ambientmesh:sshPrivateKey", self.private_key)

    def container(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.machines[name].place.containers()[CONTAINER]
        return found

    def uids(self, name: str) -> dict[str, str]:
        """Return the identity of each object that a machine has in its cluster."""
        home = f"/api/v1/namespaces/{name}"
        paths = {
            "namespace": home,
            "account": f"{home}/serviceaccounts/{name}",
            "token": f"{home}/secrets/{name}-istio-bootstrap",
        }
        api = self.rig.api(HOMES[name])
        return {kind: api.get(path)["metadata"]["uid"] for kind, path in paths.items()}


@dataclass
class Story:
    """What each chapter did and left behind."""

    refused: Result
    untouched: bool
    up: Result
    outputs: dict[str, Any]
    containers: dict[str, dict[str, Any]]
    uids: dict[str, dict[str, str]]
    second_up: Result
    refresh: Result
    rotated: Result
    rotated_containers: dict[str, dict[str, Any]]
    rotated_uids: dict[str, dict[str, str]]
    valid: list[bool]
    """Whether the API server takes vm1's first token, and its second, after the second is made."""
    shrunk: Result
    left: dict[str, dict[str, Any]]
    destroy: Result
    empty: dict[str, dict[str, Any]]
    remains: dict[str, list[str]]
    written: dict[str, str]
    arguments: set[str]
    secrets: list[str]


@pytest.fixture(scope="module")
def fleet(rig: Rig, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    private, public = key_pair()
    with ExitStack() as stack:
        machines = {
            name: stack.enter_context(
                machine(
                    tmp_path_factory.mktemp(name) / "machine",
                    public,
                    kubeconfig=str(rig.world.plane(home).kubeconfig),
                )
            )
            for name, home in HOMES.items()
        }
        yield Fleet(rig=rig, machines=machines, private_key=private)
        # While the machines still answer, also where the story broke.
        if rig.stack.config_file.exists():
            rig.stack.run("destroy")


@pytest.fixture(scope="module")
def story(fleet: Fleet) -> Story:
    with watched() as arguments:
        return _lived(fleet, arguments)


def _lived(fleet: Fleet, arguments: set[str]) -> Story:
    rig, machines = fleet.rig, fleet.machines
    _, foreign = key_pair()
    fleet.configure("vm1", "vm2", vm2={"hostKey": foreign})
    refused = rig.fails("up")
    untouched = not machines["vm2"].place.calls()
    fleet.configure("vm1", "vm2")
    up = rig.run("up")
    outputs, containers = rig.stack.outputs(), {name: fleet.container(name) for name in HOMES}
    uids = {name: fleet.uids(name) for name in HOMES}
    second_up = rig.run("up")
    refresh = rig.run("refresh", "--expect-no-changes")
    fleet.configure("vm1", "vm2", generation=2)
    rotated = rig.run("up")
    rotated_containers = {name: fleet.container(name) for name in HOMES}
    rotated_uids = {name: fleet.uids(name) for name in HOMES}
    valid = [_is_valid(rig, found["vm1"]) for found in (containers, rotated_containers)]
    secrets = [*_secrets(fleet), *_tokens(containers), *_tokens(rotated_containers)]
    written = _written(rig.stack.home)
    fleet.configure("vm1", generation=2)
    shrunk = rig.run("up")
    left = {name: machines[name].place.containers() for name in HOMES}
    destroy = rig.run("destroy")
    return Story(
        refused=refused,
        untouched=untouched,
        up=up,
        outputs=outputs,
        containers=containers,
        uids=uids,
        second_up=second_up,
        refresh=refresh,
        rotated=rotated,
        rotated_containers=rotated_containers,
        rotated_uids=rotated_uids,
        valid=valid,
        shrunk=shrunk,
        left=left,
        destroy=destroy,
        empty={name: machines[name].place.containers() for name in HOMES},
        remains=_remains(rig),
        written=written | _written(rig.stack.home) | _written(rig.world.directory / "logs"),
        arguments=arguments,
        secrets=secrets,
    )


def _inner(container: dict[str, Any]) -> str:
    """Return the account's token inside a bootstrap token."""
    content = base64.b64decode(container["env"]["BOOTSTRAP_TOKEN"])
    return str(json.loads(content)["token"])


def _is_valid(rig: Rig, container: dict[str, Any]) -> bool:
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": _inner(container)},
    }
    said = rig.api("cluster1").create("/apis/authentication.k8s.io/v1/tokenreviews", review)
    return bool(said["status"].get("authenticated"))


def _tokens(containers: dict[str, dict[str, Any]]) -> list[str]:
    """Return each bootstrap token, and the account's token inside it."""
    whole = [found["env"]["BOOTSTRAP_TOKEN"] for found in containers.values()]
    return [*whole, *(_inner(found) for found in containers.values())]


def _secrets(fleet: Fleet) -> list[str]:
    return [
        fleet.private_key.splitlines()[2],
        base64.b64encode(fleet.private_key.encode()).decode(),
    ]


def _written(home: Path) -> dict[str, str]:
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "passphrase"]
    return {str(path): path.read_text("utf-8", errors="replace") for path in files}


def _remains(rig: Rig) -> dict[str, list[str]]:
    """Return what is still in etcd of the machines, by plane."""
    found = {}
    for plane in TWO:
        keys = rig.world.plane(plane).etcd_keys()
        found[plane] = [
            key
            for key in keys
            if ("/vm1" in key or "/vm2" in key or "extensions-config" in key)
            and not key.startswith("/registry/events/")
        ]
    return found


def test_a_machine_with_another_host_key_is_never_spoken_to(story: Story) -> None:
    assert "host key mismatch" in story.refused.output
    assert "cluster2-vm.vm2-ztunnel" in story.refused.output
    assert story.untouched


def test_up_mends_what_a_wrong_key_kept_from_joining(story: Story) -> None:
    assert {name for name in changed(story.up) if "-vm." in name} == {
        "cluster2-vm.vm2-ztunnel",
        "cluster2-vm.vm2-probe",
    }


def test_each_machine_reaches_the_product_page_by_both_names(story: Story) -> None:
    assert story.outputs["vms"] == {
        name: {
            "cluster": home,
            "identity": f"spiffe://{home}/ns/{name}/sa/{name}",
            "ready": True,
            "reachable": URLS,
        }
        for name, home in HOMES.items()
    }


@pytest.mark.parametrize("chapter", ["second_up", "refresh"])
def test_what_has_not_changed_is_not_changed(story: Story, chapter: str) -> None:
    assert changed(getattr(story, chapter)) == {}


def test_another_token_touches_only_what_it_must(story: Story) -> None:
    names = {"cluster1-vm.vm1-token", "cluster1-vm.vm1-ztunnel", "cluster1-vm.vm1-probe"}
    assert set(changed(story.rotated)) == names
    before, after = story.uids, story.rotated_uids
    assert before["vm2"] == after["vm2"]
    assert [kind for kind in before["vm1"] if before["vm1"][kind] != after["vm1"][kind]] == [
        "token"
    ]
    assert story.containers["vm2"] == story.rotated_containers["vm2"]
    first, second = story.containers["vm1"], story.rotated_containers["vm1"]
    assert first["pid"] != second["pid"]
    assert first["env"]["BOOTSTRAP_TOKEN"] != second["env"]["BOOTSTRAP_TOKEN"]


def test_a_machine_that_leaves_takes_only_its_own_along(story: Story) -> None:
    found = changed(story.shrunk)

    assert set(found.values()) == {"delete"}
    assert all("vm2" in name or name == "cluster2-operator-extensions" for name in found), found
    assert story.left["vm2"] == {}
    assert story.left["vm1"][CONTAINER] == story.rotated_containers["vm1"]


def test_destroy_takes_container_and_token(story: Story) -> None:
    assert story.empty == {"vm1": {}, "vm2": {}}
    assert story.remains == {"cluster1": [], "cluster2": []}


def test_the_container_goes_before_its_token_and_the_account_after(story: Story) -> None:
    done = [
        event["resOutputsEvent"]["metadata"]["urn"].rsplit("::", 1)[1]
        for event in story.destroy.events
        if "resOutputsEvent" in event
    ]
    order = [f"cluster1-vm.vm1-{part}" for part in ("ztunnel", "token", "account")]
    order.append("cluster1-vms.vm1-namespace")

    assert [name for name in done if name in order] == order


def test_no_secret_is_in_anything_that_was_written_or_printed(story: Story) -> None:
    printed = {
        name: value.output + json.dumps(value.events)
        for name, value in vars(story).items()
        if isinstance(value, Result)
    }
    for secret in story.secrets:
        for where, text in {**story.written, **printed}.items():
            assert secret not in text, f"a secret is readable in {where}"


def test_no_secret_is_in_the_arguments_of_a_process(story: Story) -> None:
    assert any("ztunnel:1.28.3-patch0-solo-distroless" in line for line in story.arguments)
    for secret in story.secrets:
        assert not [line for line in story.arguments if secret in line]


def test_the_old_token_is_void_and_the_new_one_is_not(story: Story) -> None:
    assert story.valid == [False, True]
