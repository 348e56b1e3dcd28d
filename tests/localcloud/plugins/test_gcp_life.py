"""Runs of stacks on the stand-in gcp plugin's cloud: interrupted, in turn, and at once."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud.paths import CHECKOUT
from localcloud.plugins.gcp.provider import FOLDER, WORLD_FOLDER, GcpProvider
from localcloud.plugins.gcp.store import Store
from localcloud.plugins.provider import Check, ProviderError, State
from localcloud.plugins.values import Secret
from tests.localcloud.plugins.gcp_kit import (
    ACCOUNT,
    ADDRESS,
    CLUSTER,
    FIREWALL,
    NET,
    NETWORK,
    POOL,
    REGION,
    RULE,
    SERVICE,
    STANDARD,
    SUB,
    SUBNETWORK,
    Cloud,
    Messages,
)
from tests.localcloud.plugins.lifecycle import Resource

WRITER = """
import sys
from pathlib import Path
from localcloud.plugins.engine import Engine
from localcloud.plugins.gcp.provider import GcpProvider
from localcloud.plugins.provider import ProviderError, State

folder, first = Path(sys.argv[1]), sys.argv[2]
provider = GcpProvider(Engine(""), folder)
provider.configure({"project": "localcloud", "region": "us-east1"})
token = "gcp:compute/subnetwork:Subnetwork"
for number in range(20):
    name = f"{first}{number}"
    inputs = {"name": name, "network": "mesh", "ipCidrRange": f"10.{number}.0.0/16"}
    urn = f"urn:pulumi:test::project::{token}::{name}"
    try:
        provider.create(State(urn=urn, properties=inputs))
    except ProviderError as error:
        assert "conflicts with existing subnetwork" in str(error), error
    else:
        print(number)
"""


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "cloud")


def test_one_range_goes_to_one_of_two_processes(cloud: Cloud) -> None:
    cloud.make(NETWORK, NET)
    argv = [sys.executable, "-c", WRITER, str(cloud.folder)]
    both = [
        subprocess.Popen(  # noqa: S603
            [*argv, first], stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
        )
        for first in ("a", "b")
    ]
    said = [one.communicate()[0].split() for one in both]

    assert [one.returncode for one in both] == [0, 0]
    assert sorted(map(int, said[0] + said[1])) == list(range(20))
    assert len(Store(cloud.folder).all(SUBNETWORK)) == 20


def test_another_plugin_sees_what_one_has_made(cloud: Cloud) -> None:
    network = cloud.make(NETWORK, NET)
    cloud.provider = cloud.run()

    cloud.make(SUBNETWORK, SUB)

    network.provider = cloud.provider
    with pytest.raises(ProviderError, match="is already being used by"):
        network.delete()


def test_what_another_plugin_drops_meanwhile_is_not_there(cloud: Cloud) -> None:
    cloud.make(NETWORK, NET)
    store = Store(cloud.folder)
    gone = store.file("projects/localcloud/global/networks/gone")
    gone.symlink_to("nowhere")  # listed, and cannot be read

    assert [record.name for record in store.all()] == ["mesh"]
    cloud.run()


def test_projects_do_not_see_one_another(cloud: Cloud) -> None:
    cloud.make(NETWORK, NET)
    cloud.provider = cloud.run("localcloud-two")

    cloud.make(NETWORK, NET)
    with pytest.raises(ProviderError, match="networks/second' was not found"):
        cloud.make(SUBNETWORK, SUB, network="second")


def test_what_an_interrupted_run_made_is_taken_up_again(cloud: Cloud) -> None:
    lost = cloud.cluster()
    cloud.provider = cloud.run()

    again = cloud.make(CLUSTER, STANDARD)

    assert again.outputs == lost.outputs
    assert isinstance(cloud.provider.engine, Messages)
    assert len(cloud.provider.engine.said) == 1
    assert "Google would refuse" in cloud.provider.engine.said[0]
    again.delete()
    assert cloud.planes.running == {}


def test_a_control_plane_that_was_being_made_is_made_in_the_next_run(cloud: Cloud) -> None:
    cloud.cluster()
    store = Store(cloud.folder)
    record = store.find(f"projects/localcloud/locations/{REGION}/clusters/alpha")
    assert record is not None
    record.status = "PROVISIONING"
    store.keep(record)
    cloud.planes.stop("alpha")
    cloud.provider = cloud.run()
    with pytest.raises(ProviderError, match="is PROVISIONING: no node pool can be made now"):
        cloud.make(POOL, {"name": "pool", "cluster": "alpha", "location": REGION})

    again = cloud.make(CLUSTER, STANDARD)

    assert again.outputs["endpoint"] == cloud.planes.running["alpha"].endpoint


@pytest.mark.parametrize(
    ("name", "changes"),
    [("other", {}), ("mesh", {"description": "another"})],
    ids=["of another resource", "with other inputs"],
)
def test_what_somebody_else_made_is_not_taken(
    cloud: Cloud, name: str, changes: dict[str, Any]
) -> None:
    cloud.make(NETWORK, NET)
    cloud.provider = cloud.run()

    with pytest.raises(ProviderError, match=r"Error 409: .* pulumi import gcp:compute/network"):
        cloud.resource(NETWORK, name).create({**NET, **changes})


def test_what_the_state_knows_is_not_made_twice(cloud: Cloud) -> None:
    network = cloud.make(NETWORK, NET)
    network.provider = cloud.run()
    network.diff(NET)
    request = State(urn=network.urn, properties=network.inputs)

    with pytest.raises(ProviderError, match="Error 409"):
        network.provider.create(request)


def test_a_replacement_may_have_the_name_of_what_is_deleted(cloud: Cloud) -> None:
    network = cloud.make(NETWORK, NET)
    network.provider.check(Check(urn=network.urn, old=network.inputs, new=NET))
    network.delete()

    network.create({**NET, "description": "another"})


def test_an_import_brings_the_inputs_too(cloud: Cloud) -> None:
    _, subnetwork = cloud.network()
    request = State(urn=subnetwork.urn, id=subnetwork.id, properties={})

    found = cloud.provider.read(request)

    assert found.inputs == SUB
    assert found.properties == subnetwork.outputs
    wrong = State(urn=subnetwork.urn, id=f"{subnetwork.id}-not", properties={})
    assert cloud.provider.read(wrong).id == ""


def test_a_refresh_finds_what_was_changed_by_hand(cloud: Cloud) -> None:
    cloud.make(NETWORK, NET)
    rule = cloud.make(FIREWALL, RULE)
    file = Store(cloud.folder).file(rule.id)
    content = json.loads(file.read_text("utf-8"))
    content["given"]["priority"] = 7
    content["given"]["sourceRanges"] = ["0.0.0.0/0"]
    file.write_text(json.dumps(content), "utf-8")

    found = rule.read()
    rule.inputs, rule.outputs = found.inputs, found.properties

    assert found.properties["priority"] == 7
    assert rule.diff(RULE).diffs == ["sourceRanges"]


def test_secrets_stay_secret_in_the_state(cloud: Cloud) -> None:
    network = cloud.make(NETWORK, NET, description=Secret("canary"))

    assert network.outputs["description"] == Secret("canary")
    assert network.read().properties["description"] == Secret("canary")
    assert cloud.folder.stat().st_mode & 0o077 == 0, "the folder is its owner's"


def test_a_policy_keeps_what_is_to_stay(cloud: Cloud) -> None:
    kept = cloud.make(NETWORK, NET, deletionPolicy="PREVENT")
    left = cloud.make(ADDRESS, {"name": "a", "region": REGION, "deletionPolicy": "ABANDON"})

    with pytest.raises(ProviderError, match='without setting deletion_policy to "DELETE"'):
        kept.delete()
    left.delete()
    assert left.read().id == left.id


def test_an_api_stays_enabled_unless_the_program_says_otherwise(cloud: Cloud) -> None:
    cloud.make(NETWORK, NET)
    inputs = {"service": "compute.googleapis.com"}
    service = cloud.make(SERVICE, inputs)

    assert service.id == "localcloud/compute.googleapis.com"
    service.delete()
    assert service.read().id == service.id
    service.update({**inputs, "disableOnDestroy": True})
    with pytest.raises(ProviderError, match=r"Could not disable service compute\."):
        service.delete()


def test_an_account_that_may_exist_is_taken(cloud: Cloud) -> None:
    cloud.make(ACCOUNT, {"accountId": "nodes-of-alpha"})
    cloud.provider = cloud.run()
    other = cloud.resource(ACCOUNT, "other")

    with pytest.raises(ProviderError, match="Error 409"):
        other.create({"accountId": "nodes-of-alpha"})
    other.create({"accountId": "nodes-of-alpha", "createIgnoreAlreadyExists": True})


def test_a_provider_labels_what_has_labels(cloud: Cloud) -> None:
    cloud.provider = cloud.run(defaultLabels='{"team": "mesh"}', addPulumiAttributionLabel="false")

    made = cloud.make(ADDRESS, {"name": "a", "region": REGION, "labels": {"use": "nat"}})

    assert made.outputs["effectiveLabels"] == {"team": "mesh", "use": "nat"}


def test_a_path_cannot_lead_out_of_the_folder(cloud: Cloud) -> None:
    request = State(urn=cloud.resource(NETWORK).urn, id="projects/../../secret", properties={})

    with pytest.raises(ProviderError, match="Malformed name"):
        cloud.provider.read(request)


def test_without_a_world_a_cluster_says_what_starts_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path / "cloud"))
    monkeypatch.setenv(WORLD_FOLDER, str(tmp_path / "world"))
    provider = GcpProvider(Messages())
    provider.configure({"project": "localcloud"})
    for token, inputs in ((NETWORK, NET), (SUBNETWORK, SUB)):
        Resource(provider, token, name=str(inputs["name"])).create(dict(inputs))

    with pytest.raises(ProviderError, match=r"no control plane for cluster alpha: .*make up"):
        Resource(provider, CLUSTER, name="alpha").create(STANDARD)
    assert Store(tmp_path / "cloud").all(CLUSTER) == []
