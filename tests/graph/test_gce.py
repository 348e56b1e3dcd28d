"""Machines on Compute Engine: what is made, who may enter, and how their host key is known."""

from typing import Any

import pulumi
import pytest

from components.gce import public_half, started
from localcloud.machines.keys import key_pair
from tests.engine import STACK, UNKNOWN, Recorder
from tests.mesh import SSH_KEY, build, settings

NAME = "alpha-gce.vm1"


def mesh(*, preview: bool = False, **gce: Any) -> Recorder:
    own = {"project": "my-project", "zone": "europe-west4-a", **gce}
    return build(
        settings(["alpha"], vms=({"name": "vm1", "cluster": "alpha", "gce": own},)),
        preview=preview,
    )


@pytest.fixture(scope="module")
def made() -> Recorder:
    return mesh()


def test_the_instance_has_a_provider_of_its_own_project_and_zone(made: Recorder) -> None:
    assert made.provider(f"{NAME}-vm") == f"{NAME}-gcp"
    inputs = made.inputs(f"{NAME}-gcp")
    assert (inputs["project"], inputs["zone"]) == ("my-project", "europe-west4-a")


def test_nothing_but_the_instance_is_made(made: Recorder) -> None:
    kinds = [request.type for request in made.seen.values() if request.type.startswith("gcp:")]

    assert kinds == ["gcp:compute/instance:Instance"], "no firewall rule opens it to anybody"


def test_only_the_public_half_of_the_key_is_sent(made: Recorder) -> None:
    inputs = made.inputs(f"{NAME}-vm")

    assert inputs["metadata"]["ssh-keys"] == f"ambientmesh:{public_half(SSH_KEY)} ambientmesh"
    assert not made.is_secret(f"{NAME}-vm", "metadata", "ssh-keys")
    assert SSH_KEY.splitlines()[2] not in str(inputs)
    assert inputs["metadata"]["block-project-ssh-keys"] == "TRUE"


def test_by_default_it_has_no_address_on_the_internet(made: Recorder) -> None:
    assert made.inputs(f"{NAME}-vm")["networkInterfaces"] == [{"network": "default"}]
    assert made.inputs("alpha-vm.vm1-ztunnel")["connection"]["host"] == "10.0.0.2"


def test_with_an_external_address_it_is_reached_there() -> None:
    found = mesh(externalAddress=True)

    assert found.inputs("alpha-vm.vm1-ztunnel")["connection"]["host"] == "198.51.100.2"


def test_the_host_key_is_what_the_instance_has_said(made: Recorder) -> None:
    for part in ("ztunnel", "probe"):
        connection = made.inputs(f"alpha-vm.vm1-{part}")["connection"]
        assert connection["hostKey"] == "ssh-ed25519 AAAAhost"
        assert connection["user"] == "ambientmesh"


def test_what_is_on_an_instance_goes_with_it(made: Recorder) -> None:
    for part in ("ztunnel", "probe"):
        request = made.seen[f"alpha-vm.vm1-{part}"]
        assert made.names[request.deletedWith] == f"{NAME}-vm"


def test_the_image_is_of_a_named_family(made: Recorder) -> None:
    image = made.inputs(f"{NAME}-vm")["bootDisk"]["initializeParams"]["image"]

    assert image == "projects/debian-cloud/global/images/family/debian-12"


def test_another_instance_takes_the_name_of_the_one_before(made: Recorder) -> None:
    assert made.seen[f"{NAME}-vm"].deleteBeforeReplace, "its name is taken as long as it is there"


def test_a_first_preview_plans_what_up_registers(made: Recorder) -> None:
    planned = mesh(preview=True)

    # The SDK registers the stack once a process.
    assert set(planned.seen) - {STACK} == set(made.seen) - {STACK}
    assert planned.inputs("alpha-vm.vm1-ztunnel")["connection"] == UNKNOWN


@pytest.mark.parametrize(
    ("attributes", "state"),
    [
        (None, "pending"),
        ({"ssh-rsa": "AAAA"}, "pending"),
        ({"ssh-ed25519": "AAAA"}, "pending"),
        ({"ssh-ed25519": "AAAA", "runtime": "ready"}, "ready"),
    ],
)
def test_an_instance_is_waited_for_until_it_can_be_trusted_and_used(
    attributes: dict[str, str] | None, state: str
) -> None:
    assert started(attributes).state == state


def test_the_public_half_belongs_to_the_key() -> None:
    private, public = key_pair()

    assert public_half(private) == public


def test_a_key_that_cannot_be_read_is_not_repeated() -> None:
    with pytest.raises(pulumi.RunError, match="sshPrivateKey: found no key") as caught:
        public_half("canary")

    assert "canary" not in str(caught.value)
