"""The stand-in gcp plugin serves the real engine, and the kubernetes plugin its clusters."""

from collections.abc import Iterator

import pytest

from localcloud.plugins.gcp.store import Store
from localcloud.stack import Stack
from localcloud.world import World
from tests.localcloud.plugins.program_kit import stack_of

pytestmark = [pytest.mark.engine, pytest.mark.planes]
PROGRAM = """
import pulumi, pulumi_gcp as gcp, pulumi_kubernetes as k8s

config = pulumi.Config()
google = pulumi.ResourceOptions(provider=gcp.Provider(
    "google", project="localcloud", region="europe-west4"))
account = gcp.serviceaccount.Account("nodes", account_id="nodes-of-alpha", opts=google)
role = gcp.projects.IAMMember("writer", project="localcloud", member=account.member,
    role="roles/container.defaultNodeServiceAccount", opts=google)
network = gcp.compute.Network("mesh", auto_create_subnetworks=False, opts=google)
subnetwork = gcp.compute.Subnetwork("nodes", network=network.id, ip_cidr_range="10.0.0.0/20",
    secondary_ip_ranges=[{"range_name": "pods", "ip_cidr_range": "10.4.0.0/16"},
                         {"range_name": "services", "ip_cidr_range": "10.8.0.0/20"}], opts=google)
router = gcp.compute.Router("router", network=network.name, opts=google)
gcp.compute.RouterNat("nat", router=router.name, nat_ip_allocate_option="AUTO_ONLY",
    source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS", subnetworks=[
        {"name": subnetwork.id, "source_ip_ranges_to_nats": ["ALL_IP_RANGES"]}], opts=google)
gcp.compute.Firewall("hbone", network=network.id, source_ranges=["10.0.0.0/20"],
    allows=[{"protocol": "tcp", "ports": ["15008"]}], opts=google)
cluster = gcp.container.Cluster("alpha", name="alpha", location="europe-west4",
    network=network.id, subnetwork=subnetwork.id, initial_node_count=1,
    remove_default_node_pool=True, deletion_protection=False,
    ip_allocation_policy={"cluster_secondary_range_name": "pods",
                          "services_secondary_range_name": "services"},
    private_cluster_config={"enable_private_nodes": True,
                            "master_ipv4_cidr_block": "172.16.0.0/28"},
    master_authorized_networks_config={"cidr_blocks": [{"cidr_block": "192.0.2.0/24"}]},
    release_channel={"channel": "REGULAR"}, resource_labels={"team": config.get("team") or "mesh"},
    node_config={"service_account": account.email},
    opts=pulumi.ResourceOptions(provider=google.provider, ignore_changes=["nodeConfig"]))
gcp.container.NodePool("pool", cluster=cluster.name, location="europe-west4",
    initial_node_count=1, autoscaling={"min_node_count": 1, "max_node_count": 3},
    management={"auto_repair": True, "auto_upgrade": True},
    node_config={"machine_type": "e2-standard-4", "service_account": account.email},
    opts=pulumi.ResourceOptions(provider=google.provider, deleted_with=cluster))
def kubeconfig(found):
    return {"apiVersion": "v1", "kind": "Config", "current-context": "alpha",
        "contexts": [{"name": "alpha", "context": {"cluster": "alpha", "user": "alpha"}}],
        "clusters": [{"name": "alpha", "cluster": {"server": f"https://{found[0]}",
            "certificate-authority-data": found[1]["cluster_ca_certificate"]}}],
        "users": [{"name": "alpha", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1", "interactiveMode": "Never",
            "command": "gke-gcloud-auth-plugin", "provideClusterInfo": True}}}]}
provider = k8s.Provider("cluster", cluster_identifier="alpha", kubeconfig=pulumi.Output.json_dumps(
    pulumi.Output.all(cluster.endpoint, cluster.master_auth).apply(kubeconfig)))
k8s.core.v1.ConfigMap("map", metadata={"name": "map"}, data={"a": "b"},
    opts=pulumi.ResourceOptions(provider=provider))
pulumi.export("network", network.self_link)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Yield a stack of the program above in a world without planes."""
    base = tmp_path_factory.mktemp("gcp-engine")
    made = stack_of(PROGRAM, base)
    made.configure({})
    with World(base / "world", planes=()):
        yield made


def test_a_cluster_lives_from_the_first_preview_to_the_end(stack: Stack) -> None:
    preview = stack.run("preview")
    assert preview.code == 0, preview.output
    first = stack.run("up")
    assert first.code == 0, first.output
    assert preview.operations == first.operations, "a preview lists what an up makes"
    world = World.attach(stack.world)
    assert world.plane("alpha").api().find("/api/v1/namespaces/default/configmaps/map")

    again = stack.run("up")
    assert (again.code, again.changes) == (0, {}), again.output
    refreshed = stack.run("refresh")
    assert (refreshed.code, refreshed.changes) == (0, {}), refreshed.output

    stack.configure({"ambientmesh:team": "other"})
    changed = stack.run("up")
    assert (changed.code, changed.changes) == (0, {"update": 1}), changed.output

    gone = stack.run("destroy")
    assert gone.code == 0, gone.output
    assert set(gone.operations) == set(first.operations)
    assert Store(stack.gcp).all() == []
    assert not (stack.world / "planes" / "alpha").exists()
