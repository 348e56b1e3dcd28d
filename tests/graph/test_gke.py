"""GKE clusters in the graph: what is made, in which order, and what dies with what."""

import json
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

from components import gke_fleet, gke_needs, gke_plan
from components.settings import Settings
from tests.engine import STACK, Recorder
from tests.mesh import build, everything

LOCATION = "europe-west4"
PARTS = {
    "": "ambientmesh:index:GkeCluster",
    "-network": "ambientmesh:index:GkeNetwork",
    "-network-subnetwork": "gcp:compute/subnetwork:Subnetwork",
    "-network-router": "gcp:compute/router:Router",
    "-network-nat": "gcp:compute/routerNat:RouterNat",
    "-firewall": "ambientmesh:index:GkeFirewall",
    "-firewall-control-plane": "gcp:compute/firewall:Firewall",
    "-firewall-mesh": "gcp:compute/firewall:Firewall",
    "-nodes": "ambientmesh:index:GkeNodeAccount",
    "-nodes-account": "gcp:serviceaccount/account:Account",
    "-nodes-role": "gcp:projects/iAMMember:IAMMember",
    "-cluster": "gcp:container/cluster:Cluster",
    "-pools": "ambientmesh:index:GkeNodePools",
    "-pools-default": "gcp:container/nodePool:NodePool",
}


def fleet(*names: str, clusters: dict[str, dict[str, Any]] | None = None, **keys: Any) -> Settings:
    """Return settings for GKE clusters of these names.

    Args:
        names: of the clusters.
        clusters: what the ``gke`` of one says besides its location, by its name.
        keys: of the stack file, besides.
    """
    own = clusters or {}
    values: dict[str, Any] = {
        "clusters": tuple(
            {"name": name, "gke": {"location": LOCATION, **own.get(name, {})}} for name in names
        ),
        "gcp": {"project": "my-project"},
        **keys,
    }
    return Settings.model_validate_json(json.dumps(values))


@pytest.fixture(scope="module")
def made() -> Recorder:
    return build(fleet("alpha", "beta"))


@pytest.fixture(scope="module")
def whole() -> Recorder:
    """Return every part of the mesh, on clusters that the stack makes."""
    location = {"location": LOCATION}
    clusters = [{"name": name, "gke": location} for name in ("cluster1", "cluster2")]
    return build(everything(clusters=clusters, gcp={"project": "my-project"}))


def before(recorder: Recorder, name: str) -> set[str]:
    """Return everything that is there before a resource: also its provider, and what that needs."""
    found: set[str] = set()
    todo = [name]
    while todo:
        here = todo.pop()
        if here == STACK:
            continue
        provider = recorder.provider(here)
        for edge in (recorder.edges(here) | ({provider} if provider else set())) - found:
            found.add(edge)
            todo.append(edge)
    return found


def dies_with(recorder: Recorder, name: str) -> str | None:
    """Return what a resource is deleted with: its own option, or that of who contains it."""
    while name != STACK:
        if urn := recorder.seen[name].deletedWith:
            return recorder.names[urn]
        name = recorder.parent(name)
    return None


def objects(recorder: Recorder) -> list[str]:
    """Return the Kubernetes objects and releases of all clusters."""
    return [name for name, seen in recorder.seen.items() if seen.type.startswith("kubernetes:")]


def test_a_cluster_is_made_of_these_and_named_by_its_own_name(made: Recorder) -> None:
    for cluster in ("alpha", "beta"):
        prefix = f"{cluster}-gke"
        found = {
            name.removeprefix(prefix): seen.type
            for name, seen in made.seen.items()
            if name.startswith(prefix)
        }
        assert found == PARTS
        assert made.parent(prefix) == cluster


def test_what_is_made_takes_no_more_of_a_quota(made: Recorder) -> None:
    config = fleet("alpha", "beta")
    found = gke_needs.needs(config, gke_plan.plans(config).values(), made.seen)

    assert not {"NETWORKS", "SUBNETWORKS", "ROUTERS"} & {need.metric for need in found}
    of_gke = 2 * (gke_needs.GKES_RULES + 1)  # and one of each east-west gateway
    assert {need.amount for need in found if need.metric == "FIREWALLS"} == {of_gke}


def test_a_preview_lists_what_an_up_makes(made: Recorder) -> None:
    planned = build(fleet("alpha", "beta"), preview=True)

    assert set(planned.seen) | {STACK} == set(made.seen) | {STACK}


def test_every_project_has_one_provider_and_every_resource_names_it() -> None:
    mesh = build(fleet("alpha", "beta", clusters={"beta": {"project": "other-project"}}))

    providers = {n for n, seen in mesh.seen.items() if seen.type == "pulumi:providers:gcp"}
    assert providers == {"gcp-my-project-provider", "gcp-other-project-provider"}
    for name, seen in mesh.seen.items():
        if seen.type.startswith("gcp:"):
            beta = name.startswith(("beta", "gcp-other"))
            project = "other-project" if beta else "my-project"
            assert mesh.provider(name) == f"gcp-{project}-provider", name
            assert mesh.inputs(name)["project"] == project, name


def test_a_machines_region_and_zone_are_nobodys_business(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the state they would be a difference to every other machine."""
    monkeypatch.setenv("GOOGLE_REGION", "us-central1")
    monkeypatch.setenv("CLOUDSDK_COMPUTE_ZONE", "us-central1-a")

    provider = build(fleet("alpha")).seen["gcp-my-project-provider"]
    assert dict(provider.object) == {"project": "my-project"}
    assert provider.version == version("pulumi-gcp")


def test_a_kubeconfig_holds_a_plugin_and_no_credential(made: Recorder) -> None:
    text = made.inputs("alpha-kubernetes")["kubeconfig"]
    config = json.loads(text)

    assert made.is_secret("alpha-kubernetes", "kubeconfig")
    assert "token" not in text
    [user] = config["users"]
    assert list(user["user"]) == ["exec"]
    plugin = user["user"]["exec"]
    assert plugin["command"] == "gke-gcloud-auth-plugin"
    assert plugin["apiVersion"] == "client.authentication.k8s.io/v1beta1"
    assert (plugin["interactiveMode"], plugin["provideClusterInfo"]) == ("Never", True)
    # Else it would enter clusters as whom gcloud is logged in as, and not as who made them.
    assert plugin["args"] == ["--use_application_default_credentials"]
    assert plugin["installHint"]


def test_without_authorized_networks_a_control_plane_is_reached_by_its_name(made: Recorder) -> None:
    config = json.loads(made.inputs("alpha-kubernetes")["kubeconfig"])
    cluster = made.inputs("alpha-gke-cluster")

    assert config["clusters"][0]["cluster"] == {"server": "https://gke-1.example.goog"}
    endpoints = cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]
    assert endpoints == {"allowExternalTraffic": True}
    assert cluster["masterAuthorizedNetworksConfig"]["cidrBlocks"] == [], "nobody by its address"


def test_authorized_networks_reach_a_control_plane_by_its_address() -> None:
    networks = [{"cidr": "192.0.2.0/24", "name": "office"}]
    mesh = build(fleet("alpha", clusters={"alpha": {"authorizedNetworks": networks}}))

    config = json.loads(mesh.inputs("alpha-kubernetes")["kubeconfig"])
    cluster = mesh.inputs("alpha-gke-cluster")

    assert config["clusters"][0]["cluster"] == {
        "server": "https://203.0.113.1",
        "certificate-authority-data": "Y2FuYXJ5",
    }
    assert not cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["allowExternalTraffic"]
    blocks = cluster["masterAuthorizedNetworksConfig"]["cidrBlocks"]
    assert blocks == [{"cidrBlock": "192.0.2.0/24", "displayName": "office"}]


def test_a_cluster_has_its_ranges_and_no_public_nodes(made: Recorder) -> None:
    cluster = made.inputs("alpha-gke-cluster")
    subnetwork = made.inputs("alpha-gke-network-subnetwork")

    private = cluster["privateClusterConfig"]
    assert private["enablePrivateNodes"] is True
    assert private["masterIpv4CidrBlock"] == "10.207.112.0/28"
    assert subnetwork["ipCidrRange"] == "10.207.96.0/20"
    assert subnetwork["secondaryIpRanges"] == [
        {"rangeName": "pods", "ipCidrRange": "10.207.0.0/18"},
        {"rangeName": "services", "ipCidrRange": "10.207.64.0/19"},
    ]
    assert cluster["ipAllocationPolicy"] == {
        "clusterSecondaryRangeName": "pods",
        "servicesSecondaryRangeName": "services",
    }
    [out] = made.inputs("alpha-gke-network-nat")["subnetworks"]
    assert out["name"] == "alpha-nodes"


def test_the_defaults_of_a_cluster_are_these(made: Recorder) -> None:
    cluster = made.inputs("alpha-gke-cluster")
    pool = made.inputs("alpha-gke-pools-default")

    assert cluster["releaseChannel"] == {"channel": "REGULAR"}
    assert cluster["datapathProvider"] == "ADVANCED_DATAPATH"
    assert cluster["gatewayApiConfig"] == {"channel": "CHANNEL_DISABLED"}
    assert cluster["workloadIdentityConfig"] == {"workloadPool": "my-project.svc.id.goog"}
    assert cluster["deletionProtection"] is False, "else no destroy ends"
    assert cluster["removeDefaultNodePool"] is True
    assert pool["autoscaling"] == {"minNodeCount": 1, "maxNodeCount": 3}
    assert pool["nodeConfig"]["machineType"] == "e2-standard-4"
    assert pool["nodeConfig"]["workloadMetadataConfig"] == {"mode": "GKE_METADATA"}
    assert pool["nodeConfig"]["serviceAccount"] == "gke-alpha@my-project.iam.gserviceaccount.com"


def test_the_firewall_lets_the_control_plane_and_the_mesh_in(made: Recorder) -> None:
    webhooks = made.inputs("alpha-gke-firewall-control-plane")
    mesh = made.inputs("alpha-gke-firewall-mesh")
    tags = made.inputs("alpha-gke-pools-default")["nodeConfig"]["tags"]

    assert webhooks["sourceRanges"] == ["10.207.112.0/28"]
    assert webhooks["allows"] == [{"protocol": "tcp", "ports": ["10250", "15017"]}]
    assert mesh["sourceRanges"] == ["10.207.96.0/20", "10.207.0.0/18"]
    assert mesh["allows"] == [{"protocol": "tcp", "ports": ["15008", "15012"]}]
    assert set(webhooks["targetTags"] + mesh["targetTags"]) == set(tags)


def test_autopilot_has_no_pools_and_its_nodes_the_same_account_and_tags() -> None:
    mesh = build(fleet("alpha", clusters={"alpha": {"autopilot": True}}))
    cluster = mesh.inputs("alpha-gke-cluster")

    assert cluster["enableAutopilot"] is True
    assert not {"removeDefaultNodePool", "datapathProvider", "nodeConfig"} & set(cluster)
    account = cluster["clusterAutoscaling"]["autoProvisioningDefaults"]["serviceAccount"]
    assert account == "gke-alpha@my-project.iam.gserviceaccount.com"
    assert cluster["nodePoolAutoConfig"] == {"networkTags": {"tags": ["ambientmesh", "alpha"]}}
    assert not any("pools-" in name for name in mesh.seen)
    assert "alpha-gke-cluster" in before(mesh, "alpha-trust-namespace")


def test_autopilot_is_warned_of_unless_an_allowlist_lets_the_mesh_in() -> None:
    listed = {"autopilot": True, "privilegedAdmission": ["gs://lists/mesh/*"]}
    config = fleet("alpha", "beta", clusters={"alpha": {"autopilot": True}, "beta": listed})

    [line] = gke_fleet.warnings(gke_plan.plans(config))
    assert line.startswith("alpha: Autopilot refuses the CNI agent")
    admitted = build(config).inputs("beta-gke-cluster")["autopilotPrivilegedAdmissions"]
    assert admitted == ["gs://lists/mesh/*"]


def test_an_existing_network_is_used_and_none_is_made() -> None:
    config = fleet("alpha", gcp={"project": "my-project", "network": "shared"})
    mesh = build(config)

    assert "gcp-my-project-network" not in mesh.seen
    assert mesh.inputs("alpha-gke-cluster")["network"] == "shared"
    assert mesh.inputs("alpha-gke-network-subnetwork")["network"] == "shared"


def test_the_nodes_that_only_make_a_cluster_need_no_ssd(made: Recorder) -> None:
    """Three disks of 100 GB are more than a new project has of it in a region."""
    cluster = made.inputs("alpha-gke-cluster")

    assert cluster["removeDefaultNodePool"] is True
    assert cluster["nodeConfig"]["diskType"] == "pd-standard"


@pytest.mark.parametrize(
    ("machine", "disk"),
    [
        ("e2-standard-4", "pd-balanced"),
        ("c3-standard-4", "pd-balanced"),
        ("n4-standard-4", "hyperdisk-balanced"),
        ("c4a-standard-4", "hyperdisk-balanced"),
    ],
)
def test_nodes_have_disks_that_their_machines_take(machine: str, disk: str) -> None:
    mesh = build(fleet("alpha", clusters={"alpha": {"nodePools": [{"machineType": machine}]}}))

    assert mesh.inputs("alpha-gke-pools-default")["nodeConfig"]["diskType"] == disk


def test_an_existing_account_is_used_and_none_is_made() -> None:
    account = "mesh@my-project.iam.gserviceaccount.com"
    mesh = build(fleet("alpha", clusters={"alpha": {"serviceAccount": account}}))

    assert not any(name.startswith("alpha-gke-nodes") for name in mesh.seen)
    assert mesh.inputs("alpha-gke-pools-default")["nodeConfig"]["serviceAccount"] == account


def test_objects_come_after_nodes_and_every_way_to_and_from_them(made: Recorder) -> None:
    needed = {
        "gcp-my-project-network",
        "alpha-gke-network-subnetwork",
        "alpha-gke-network-nat",
        "alpha-gke-firewall-control-plane",
        "alpha-gke-firewall-mesh",
        "alpha-gke-nodes-role",
        "alpha-gke-cluster",
        "alpha-gke-pools-default",
    }
    for name in objects(made):
        if name.startswith("alpha-") and not name.startswith("alpha-to-"):
            assert needed <= before(made, name), f"{name} is deleted after what it needs"


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("alpha-gke-network-subnetwork", "gcp-my-project-network"),
        ("alpha-gke-network-nat", "alpha-gke-network-subnetwork"),
        ("alpha-gke-cluster", "alpha-gke-network-subnetwork"),
        ("alpha-gke-cluster", "alpha-gke-nodes-role"),
        ("alpha-gke-pools-default", "alpha-gke-cluster"),
    ],
)
def test_parts_of_a_cluster_come_in_order(made: Recorder, later: str, earlier: str) -> None:
    assert earlier in made.reachable(later)


def test_one_cluster_never_waits_for_another_but_for_its_address(made: Recorder) -> None:
    for name, seen in made.seen.items():
        if name.startswith("alpha") and seen.type.startswith(("gcp:", "pulumi:providers")):
            assert not any(other.startswith("beta") for other in before(made, name)), name


def test_another_cluster_changes_nothing_of_the_first(made: Recorder) -> None:
    """Neither behind it nor before it in the file."""
    alone = build(fleet("beta"))
    for name, seen in alone.seen.items():
        if name.startswith(("gcp-", "beta-gke")):
            assert seen.object == made.seen[name].object, name


def test_a_cluster_that_is_another_one_is_known_to_be(made: Recorder) -> None:
    moved = build(fleet("alpha", clusters={"alpha": {"cidr": "10.0.0.0/16"}}))

    old = made.inputs("alpha-kubernetes")["clusterIdentifier"]
    assert moved.inputs("alpha-kubernetes")["clusterIdentifier"] != old
    assert old.startswith("alpha-")


LASTING = {
    "eastwest-namespace",
    "eastwest-gateway",
    "ingress-bookinfo-gateway-gateway",
    "ingress-bookinfo-httproute",
    "bookinfo-namespace",
    "namespaces-namespace.shop",
}
"""Objects of every cluster that are deleted for real: load balancers, and what they live in."""


def test_what_may_own_a_load_balancer_is_deleted_for_real(whole: Recorder) -> None:
    for cluster in ("cluster1", "cluster2"):
        kept = {f"{cluster}-{name}" for name in LASTING}
        assert kept <= set(objects(whole))
        assert {dies_with(whole, name) for name in kept} == {None}
    plane = [name for name in objects(whole) if name.startswith("cluster1-management-")]
    assert {dies_with(whole, name) for name in plane} == {None}
    assert any(name.endswith("-platform") for name in plane)


def test_everything_else_in_a_cluster_dies_with_it(whole: Recorder) -> None:
    for name in objects(whole):
        cluster = str(whole.provider(name)).removesuffix("-kubernetes")
        own = name.removeprefix(f"{cluster}-")
        lasts = own in LASTING or own.startswith(("bookinfo-", "management-", "ingress-"))
        # What announces a cluster is in the management cluster, and outlives it.
        lasts |= name == "cluster2-agent-registration" or own.startswith("namespaces-")
        assert dies_with(whole, name) == (None if lasts else f"{cluster}-gke-cluster"), name


def test_who_must_act_on_load_balancers_outlives_them(whole: Recorder) -> None:
    for cluster in ("cluster1", "cluster2"):
        actors = {f"{cluster}-mesh-controller", f"{cluster}-operator-release"}
        actors |= {f"{cluster}-gke-cluster", f"{cluster}-gke-pools-default"}
        for name in ("eastwest-gateway", "ingress-bookinfo-gateway-gateway"):
            assert actors <= before(whole, f"{cluster}-{name}")


def test_nodes_go_with_their_cluster(made: Recorder) -> None:
    assert dies_with(made, "alpha-gke-pools-default") == "alpha-gke-cluster"


def test_what_is_in_an_existing_cluster_is_deleted_for_real() -> None:
    plain = build(everything())

    assert {dies_with(plain, name) for name in objects(plain)} == {None}


def test_node_critical_pods_are_let_in_before_the_mesh(made: Recorder) -> None:
    assert "alpha-mesh-quota" in made.reachable("alpha-mesh-controller")
    quota = made.inputs("alpha-mesh-quota")
    assert quota["metadata"]["name"] == "gcp-critical-pods"
    assert quota["metadata"]["namespace"] == "istio-system"


def test_the_helm_route_knows_that_nodes_are_gkes() -> None:
    mesh = build(fleet("alpha", mesh={"install": "helm"}))

    for release in ("base", "istiod", "cni", "ztunnel"):
        assert mesh.inputs(f"alpha-mesh-{release}")["values"]["global"]["platform"] == "gke"
    for release in ("cni", "ztunnel"):
        assert "alpha-mesh-quota" in mesh.reachable(f"alpha-mesh-{release}")


def test_gkes_own_kinds_of_the_gateway_api_are_not_made_again() -> None:
    own = {"alpha": {"gatewayApi": "standard"}}
    mesh = build(fleet("alpha", clusters=own, mesh={"install": "helm"}))

    assert mesh.inputs("alpha-gke-cluster")["gatewayApiConfig"] == {"channel": "CHANNEL_STANDARD"}
    assert "alpha-mesh-gateway-api" not in mesh.seen


PLAIN = """
import sys
from tests.mesh import build, settings
import components.bootstrap
build(settings(["alpha", "beta"]))
assert "pulumi_gcp" not in sys.modules, "a stack without gke pays for it"
"""


def test_a_stack_without_gke_does_not_import_googles_sdk() -> None:
    subprocess.run([sys.executable, "-c", PLAIN], check=True)  # noqa: S603 this Python
