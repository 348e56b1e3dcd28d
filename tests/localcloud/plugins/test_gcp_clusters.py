"""Clusters of the stand-in gcp plugin: a control plane each, and what GKE refuses."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.plugins.gcp.planes import wanted
from localcloud.plugins.provider import ProviderError
from localcloud.plugins.values import UNKNOWN
from tests.localcloud.plugins.gcp_kit import (
    ACCOUNT,
    CLUSTER,
    MEMBER,
    NET,
    NETWORK,
    POOL,
    REGION,
    STANDARD,
    SUB,
    SUBNETWORK,
    Cloud,
)

POOL_OF_ALPHA = {"name": "pool", "cluster": "alpha", "location": REGION, "initialNodeCount": 1}
PATH = f"projects/localcloud/locations/{REGION}/clusters/alpha"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path)


def test_a_cluster_is_a_control_plane(cloud: Cloud) -> None:
    cluster = cloud.cluster(privateClusterConfig={"enablePrivateNodes": True})

    assert cluster.id == PATH
    assert cluster.outputs["endpoint"] == cloud.planes.running["alpha"].endpoint
    assert cluster.outputs["masterAuth"]["clusterCaCertificate"] == "Q0E="
    assert cluster.outputs["privateClusterConfig"]["enablePrivateNodes"] is True
    assert cluster.outputs["servicesIpv4Cidr"] == "10.8.0.0/20"
    assert cluster.outputs["selfLink"] == f"https://container.googleapis.com/v1/{PATH}"
    assert (
        cluster.outputs["subnetwork"] == f"projects/localcloud/regions/{REGION}/subnetworks/nodes"
    )
    assert [key for key in cluster.outputs if key.startswith("_")] == []
    assert wanted(cloud.folder) == ["alpha"]
    cluster.delete()
    assert cloud.planes.running == {}
    assert wanted(cloud.folder) == []


def test_a_preview_does_not_know_what_only_a_control_plane_says(cloud: Cloud) -> None:
    planned = cloud.resource(CLUSTER).preview(STANDARD)

    for output in ("endpoint", "masterAuth", "selfLink", "masterVersion"):
        assert planned[output] is UNKNOWN, output
    assert planned["name"] == "alpha"
    assert planned["location"] == REGION
    assert planned["effectiveLabels"] == {"goog-pulumi-provisioned": "true"}
    assert cloud.planes.running == {}


def test_a_refresh_finds_that_a_control_plane_is_gone(cloud: Cloud) -> None:
    cluster = cloud.cluster()
    assert cluster.read().properties == cluster.outputs

    cloud.planes.stop("alpha")

    assert cluster.read().id == ""
    cloud.provider = cloud.run()
    again = cloud.make(CLUSTER, STANDARD)
    assert again.outputs["endpoint"] == cloud.planes.running["alpha"].endpoint


def test_a_control_plane_that_does_not_start_leaves_nothing(cloud: Cloud) -> None:
    cloud.network()
    cloud.planes.broken.add("alpha")

    with pytest.raises(ProviderError, match="control plane of cluster alpha: its etcd ended"):
        cloud.make(CLUSTER, STANDARD)
    cloud.planes.broken.clear()
    cloud.make(CLUSTER, STANDARD)


def test_a_protected_cluster_cannot_be_deleted(cloud: Cloud) -> None:
    cluster = cloud.cluster(deletionProtection=None)

    with pytest.raises(ProviderError, match="Cannot destroy cluster because deletion_protection"):
        cluster.delete()
    cluster.update({**STANDARD, "deletionProtection": False})
    cluster.delete()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"network": "none"}, 'Project "localcloud" has no network named "none"'),
        ({"network": None}, 'is not valid for Network "default"'),
        ({"subnetwork": None}, 'Network "mesh" requires specifying a subnetwork'),
        ({"subnetwork": "none"}, 'Subnetwork "none" not found in region "europe-west4"'),
        ({"location": "us-east1"}, 'Subnetwork "nodes" not found in region "us-east1"'),
        ({"network": "second"}, 'is not valid for Network "second"'),
        ({"initialNodeCount": None}, "Cluster.initial_node_count must be greater than zero"),
        (
            {"ipAllocationPolicy": {"clusterSecondaryRangeName": "pod"}},
            'Pod secondary range "pod" not found in network',
        ),
        (
            {
                "ipAllocationPolicy": {
                    "clusterSecondaryRangeName": "pods",
                    "servicesSecondaryRangeName": "svc",
                }
            },
            'Services secondary range "svc" not found in network',
        ),
        (
            {
                "ipAllocationPolicy": {
                    "clusterSecondaryRangeName": "pods",
                    "servicesSecondaryRangeName": "pods",
                }
            },
            "should not be the same as service secondary range name",
        ),
        (
            {"privateClusterConfig": {"masterIpv4CidrBlock": "10.0.0.0/28"}},
            "conflicts with existing subnetwork 'nodes'",
        ),
        ({"privateClusterConfig": {"masterIpv4CidrBlock": "10.9.0.0/24"}}, "It must be a /28"),
        (
            {"workloadIdentityConfig": {"workloadPool": "other.svc.id.goog"}},
            'the only supported identity namespace for the project is "localcloud.svc.id.goog"',
        ),
        (
            {"networkPolicy": {"enabled": True}, "datapathProvider": "ADVANCED_DATAPATH"},
            "DatapathProvider=ADVANCED_DATAPATH is not allowed",
        ),
        ({"nodeLocations": ["us-east1-b"]}, 'Node location "us-east1-b" is not a zone of region'),
        (
            {"masterAuthorizedNetworksConfig": {"cidrBlocks": [{"cidrBlock": "192.0.2.1/24"}]}},
            "Invalid value for master authorized network",
        ),
        (
            {"nodeConfig": {"serviceAccount": "nodes-of@localcloud.iam.gserviceaccount.com"}},
            "Service account nodes-of@localcloud.iam.gserviceaccount.com does not exist",
        ),
        ({"initialNodeCount": 100}, "has room for 256 nodes, and 300 are wanted"),
        ({"initialNodeCount": 2, "defaultMaxPodsPerNode": 8}, None),
        (
            {
                "initialNodeCount": None,
                "removeDefaultNodePool": None,
                "enableAutopilot": True,
                "location": f"{REGION}-a",
            },
            "Autopilot clusters must be regional clusters",
        ),
    ],
)
def test_a_cluster_that_gke_would_refuse_is_refused(
    cloud: Cloud, changes: dict[str, Any], reason: str | None
) -> None:
    cloud.network()
    cloud.make(NETWORK, NET, name="second")

    if reason is None:
        cloud.make(CLUSTER, {**STANDARD, **changes})
        return
    with pytest.raises(ProviderError, match=reason):
        cloud.make(CLUSTER, {**STANDARD, **changes})
    assert cloud.planes.running == {}


def test_control_planes_of_one_network_do_not_meet(cloud: Cloud) -> None:
    private = {"enablePrivateNodes": True, "masterIpv4CidrBlock": "172.16.0.0/28"}
    cloud.cluster(privateClusterConfig=private)
    cloud.make(SUBNETWORK, _second_subnetwork())
    other = {**STANDARD, "name": "beta", "subnetwork": "second", "privateClusterConfig": private}

    with pytest.raises(
        ProviderError, match=r"172.16.0.0/28 conflicts with existing cluster 'alpha'"
    ):
        cloud.make(CLUSTER, other)
    private = {**private, "masterIpv4CidrBlock": "172.16.0.16/28"}
    cloud.make(CLUSTER, {**other, "privateClusterConfig": private})


def _second_subnetwork() -> dict[str, Any]:
    secondary = [
        {"rangeName": "pods", "ipCidrRange": "10.5.0.0/16"},
        {"rangeName": "services", "ipCidrRange": "10.8.16.0/20"},
    ]
    more = {"name": "second", "ipCidrRange": "10.1.0.0/20", "secondaryIpRanges": secondary}
    return {**SUB, **more}


def test_services_of_two_clusters_have_ranges_of_their_own(cloud: Cloud) -> None:
    cloud.cluster()

    with pytest.raises(ProviderError, match="is already in use by projects/localcloud/locations"):
        cloud.make(CLUSTER, STANDARD, name="beta")


def test_ranges_that_nobody_gave_are_free_ones(cloud: Cloud) -> None:
    cloud.cluster(ipAllocationPolicy=None)
    cloud.make(CLUSTER, STANDARD, name="beta", ipAllocationPolicy={"servicesIpv4CidrBlock": "/20"})
    beta = cloud.make(
        CLUSTER, STANDARD, name="gamma", ipAllocationPolicy={"clusterIpv4CidrBlock": "10.64.0.0/14"}
    )

    assert beta.outputs["servicesIpv4Cidr"] == "34.118.224.0/20"
    with pytest.raises(ProviderError, match="conflicts with existing cluster"):
        cloud.make(SUBNETWORK, _second_subnetwork(), ipCidrRange="10.64.0.0/24")


def test_a_network_of_a_cluster_stays(cloud: Cloud) -> None:
    network, subnetwork = cloud.network()
    cluster = cloud.make(CLUSTER, STANDARD)

    for used in (network, subnetwork):
        with pytest.raises(ProviderError, match="is already being used by"):
            used.delete()
    with pytest.raises(ProviderError, match="Cannot remove secondary range 'pods'"):
        subnetwork.update({**SUB, "secondaryIpRanges": SUB["secondaryIpRanges"][1:]})
    cluster.delete()
    subnetwork.delete()
    network.delete()


def test_two_clusters_of_one_name_would_be_one_control_plane(cloud: Cloud) -> None:
    cloud.cluster()
    cloud.make(SUBNETWORK, _second_subnetwork(), region="us-east1")

    with pytest.raises(ProviderError, match="one control plane for a cluster's name"):
        cloud.make(CLUSTER, STANDARD, location="us-east1", subnetwork="second")


def test_node_pools_belong_to_a_cluster(cloud: Cloud) -> None:
    cluster = cloud.cluster()
    pool = cloud.make(POOL, POOL_OF_ALPHA)

    assert pool.id == f"{PATH}/nodePools/pool"
    assert len(pool.outputs["instanceGroupUrls"]) == 3, "one a zone"
    assert pool.outputs["nodeLocations"] == [f"{REGION}-{zone}" for zone in "abc"]
    cluster.delete()
    assert pool.read().id == ""
    pool.delete()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cluster": "none"}, "Error 404: The resource '.*clusters/none' was not found"),
        ({"location": "us-east1"}, "us-east1/clusters/alpha' was not found"),
        ({"initialNodeCount": 90}, "has room for 256 nodes, and 270 are wanted"),
        ({"nodeLocations": ["us-east1-b"]}, "is not a zone of region"),
        ({"management": {"autoUpgrade": False}}, "Auto_upgrade must be true when release_channel"),
        ({"nodeConfig": {"serviceAccount": "a@localcloud.iam.gserviceaccount.com"}}, "not exist"),
        ({"networkConfig": {"podRange": "none"}}, 'Pod secondary range "none" not found'),
    ],
)
def test_a_node_pool_that_gke_would_refuse_is_refused(
    cloud: Cloud, changes: dict[str, Any], reason: str
) -> None:
    cloud.cluster(releaseChannel={"channel": "REGULAR"})

    with pytest.raises(ProviderError, match=reason):
        cloud.make(POOL, {**POOL_OF_ALPHA, **changes})


def test_pools_share_the_addresses_of_their_cluster(cloud: Cloud) -> None:
    cloud.cluster()
    cloud.make(POOL, POOL_OF_ALPHA, initialNodeCount=60)

    with pytest.raises(ProviderError, match=r"IP_SPACE_EXHAUSTED.*256 nodes, and 270 are wanted"):
        cloud.make(POOL, POOL_OF_ALPHA, name="second", initialNodeCount=30)


def test_autopilot_has_no_node_pools(cloud: Cloud) -> None:
    cloud.cluster(initialNodeCount=None, removeDefaultNodePool=None, enableAutopilot=True)

    with pytest.raises(ProviderError, match="do not support mutating node pools"):
        cloud.make(POOL, POOL_OF_ALPHA)


def test_an_account_is_there_before_it_is_used(cloud: Cloud) -> None:
    cloud.network()
    email = "nodes-of-alpha@localcloud.iam.gserviceaccount.com"
    grant = {"project": "localcloud", "role": "roles/logging.logWriter"}
    grant["member"] = f"serviceAccount:{email}"
    with pytest.raises(ProviderError, match=f"Service account {email} does not exist"):
        cloud.make(MEMBER, grant)

    planned = cloud.resource(ACCOUNT).preview({"accountId": "nodes-of-alpha"})
    account = cloud.make(ACCOUNT, {"accountId": "nodes-of-alpha"})
    member = cloud.make(MEMBER, grant)
    cluster = cloud.make(CLUSTER, STANDARD, nodeConfig={"serviceAccount": email})

    assert planned["email"] == account.outputs["email"] == email
    assert member.id == f"localcloud/roles/logging.logWriter/{grant['member']}"
    assert member.read().properties["role"] == "roles/logging.logWriter"
    assert cloud.make(MEMBER, grant).id == member.id, "granting twice is no mistake"
    cluster.delete()
    member.delete()
    assert member.read().id == ""


@pytest.mark.parametrize(
    ("changes", "replaces"),
    [
        ({"location": "us-east1"}, ["location"]),
        ({"name": "beta"}, ["name"]),
        ({"subnetwork": "other"}, ["subnetwork"]),
        ({"datapathProvider": "ADVANCED_DATAPATH"}, ["datapathProvider"]),
        (
            {"ipAllocationPolicy": {"clusterSecondaryRangeName": "pods"}},
            ["ipAllocationPolicy.servicesSecondaryRangeName"],
        ),
        ({"network": UNKNOWN}, ["network"]),
        ({"project": "localcloud-two"}, ["project"]),
        ({"resourceLabels": {"team": "mesh"}}, []),
        ({"releaseChannel": {"channel": "RAPID"}}, []),
        ({"deletionProtection": True}, []),
    ],
)
def test_what_replaces_a_cluster(
    cloud: Cloud, changes: dict[str, Any], replaces: list[str]
) -> None:
    cluster = cloud.cluster()

    found = cluster.diff({**STANDARD, **changes})

    assert found.changes
    assert list(found.replaces) == replaces
    renamed = "name" in changes
    assert found.delete_before_replace is bool(replaces and not renamed), "its name is taken"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"network": "projects/localcloud/global/networks/mesh"},
        {"description": None},
        {"enableShieldedNodes": True},
        {"initialNodeCount": None},
        {"project": "localcloud"},
    ],
)
def test_what_means_the_same_is_no_change(cloud: Cloud, changes: dict[str, Any]) -> None:
    found = cloud.cluster().diff({**STANDARD, **changes})
    assert not found.changes, found.detailed


def test_a_change_in_place_keeps_the_control_plane(cloud: Cloud) -> None:
    cluster = cloud.cluster()
    before = cluster.outputs

    after = cluster.update({**STANDARD, "resourceLabels": {"team": "mesh"}})

    assert after["endpoint"] == before["endpoint"]
    assert after["pulumiLabels"] == {"team": "mesh"}
    assert cluster.read().properties == after
