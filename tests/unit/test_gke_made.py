"""What would make the provider replace a GKE cluster is refused before anything is touched."""

import json
from typing import Any

import pytest

from components.gke_made import problems
from components.settings import Settings

URN = "urn:pulumi:dev::ambientmesh::ambientmesh:index:Cluster$"
CLUSTER = f"{URN}gcp:container/cluster:Cluster::alpha-gke-cluster"
NODES = f"{URN}gcp:compute/subnetwork:Subnetwork::alpha-gke-network-subnetwork"
NETWORK = "projects/my-project/global/networks/ambientmesh-dev"
MADE: dict[str, Any] = {
    "project": "my-project",
    "location": "europe-west4",
    "network": NETWORK,
    "enableAutopilot": False,
    "datapathProvider": "ADVANCED_DATAPATH",
}
POOL = f"{URN}gcp:container/nodePool:NodePool::alpha-gke-pools-default"
ACCOUNT = "gke-alpha@my-project.iam.gserviceaccount.com"
STATE: dict[str, dict[str, Any]] = {
    POOL: {
        "type": "gcp:container/nodePool:NodePool",
        "outputs": {"nodeConfig": {"spot": False, "serviceAccount": ACCOUNT}},
    },
    CLUSTER: {"type": "gcp:container/cluster:Cluster", "outputs": MADE},
    NODES: {
        "type": "gcp:compute/subnetwork:Subnetwork",
        "outputs": {"ipCidrRange": "10.207.96.0/20", "network": NETWORK, "project": "my-project"},
    },
}


def settings(**gke: Any) -> Settings:
    cluster = {"name": "alpha", "gke": {"location": "europe-west4", **gke}}
    values = {"clusters": [cluster], "gcp": {"project": "my-project"}}
    return Settings.model_validate_json(json.dumps(values))


@pytest.mark.parametrize(
    ("key", "value", "was"),
    [
        ("location", "europe-west1", "'europe-west4'"),
        ("project", "other-project", "'my-project'"),
        ("network", "shared", "'ambientmesh-dev'"),
        ("cidr", "10.0.0.0/16", "'10.207.0.0/17'"),
        ("autopilot", True, "false"),
        ("dataplaneV2", False, "true"),
    ],
)
def test_what_cannot_be_changed_is_refused_with_what_it_was(key: str, value: Any, was: str) -> None:
    [line] = problems(settings(**{key: value}), "dev", STATE)

    assert line.startswith(f"clusters[0].gke.{key}: found ")
    assert f"; allowed: {was}, because alpha was made so" in line
    assert "another name" in line.partition("; fix: ")[2]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"labels": {"team": "mesh"}},
        {"releaseChannel": "RAPID"},
        {"authorizedNetworks": [{"cidr": "192.0.2.0/24"}]},
        {"nodePools": [{"name": "other"}]},
        {
            "nodePools": [{"name": "other", "spot": True}],
            "serviceAccount": "other@x.iam.gserviceaccount.com",
        },
        {"nodePools": [{"machineType": "e2-standard-8", "labels": {"a": "b"}, "maxPerZone": 9}]},
        {"serviceAccount": ACCOUNT},
        {"cidr": "10.207.0.0/17"},
        {"project": "my-project"},
    ],
)
def test_what_can_be_changed_is_not(change: dict[str, Any]) -> None:
    assert problems(settings(**change), "dev", STATE) == []


def test_a_cluster_that_is_yet_to_be_made_may_be_anything() -> None:
    other = {urn.replace("alpha", "beta"): found for urn, found in STATE.items()}

    assert problems(settings(autopilot=True, cidr="10.0.0.0/16"), "dev", {}) == []
    assert problems(settings(autopilot=True, cidr="10.0.0.0/16"), "dev", other) == []


def test_a_stack_of_another_name_is_told_its_name() -> None:
    """Its network named in the file would no longer be the stack's, which deletes it then."""
    own = "urn:pulumi:dev::ambientmesh::gcp:compute/network:Network::gcp-my-project-network"
    made = {"type": "gcp:compute/network:Network", "outputs": {"name": "ambientmesh-dev"}}

    [line] = problems(settings(), "prod", {**STATE, own: made})
    assert line.startswith("clusters[0].gke.network: found 'ambientmesh-prod'")
    assert "allowed: 'ambientmesh-dev'" in line
    assert "; fix: pulumi stack rename" in line
    assert problems(settings(), "dev", {**STATE, own: made}) == []


def test_a_subnetwork_without_its_cluster_keeps_its_addresses() -> None:
    """As after a run that was killed in between: NAT holds it, so that it cannot be replaced."""
    [line] = problems(settings(cidr="10.0.0.0/16"), "dev", {NODES: STATE[NODES]})

    assert line.startswith("clusters[0].gke.cidr: found '10.0.0.0/16'")


@pytest.mark.parametrize(
    ("change", "key", "was"),
    [
        ({"nodePools": [{"name": "other"}, {"spot": True}]}, "nodePools[1].spot", "false"),
        ({"serviceAccount": "me@x.iam.gserviceaccount.com"}, "serviceAccount", f"'{ACCOUNT}'"),
    ],
)
def test_what_deletes_a_pools_nodes_before_there_are_others_is_refused(
    change: dict[str, Any], key: str, was: str
) -> None:
    [line] = problems(settings(**change), "dev", STATE)

    assert line.startswith(f"clusters[0].gke.{key}: found ")
    assert f"; allowed: {was}, because pool" in line
    assert "another name" in line.partition("; fix: ")[2]
