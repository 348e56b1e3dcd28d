"""The graph: who is whose child, on which provider, after what."""

import pytest

from components import plan
from tests.engine import STACK, UNKNOWN, Recorder
from tests.mesh import LICENSE, Memory, access, build, everything, settings

TOKENS = {
    "ambientmesh:index:Bookinfo",
    "ambientmesh:index:Cluster",
    "ambientmesh:index:Drill",
    "ambientmesh:index:EastWestGateway",
    "ambientmesh:index:Egress",
    "ambientmesh:index:GceInstance",
    "ambientmesh:index:GkeCluster",
    "ambientmesh:index:GkeFirewall",
    "ambientmesh:index:GkeNetwork",
    "ambientmesh:index:GkeNodeAccount",
    "ambientmesh:index:GkeNodePools",
    "ambientmesh:index:GkeProject",
    "ambientmesh:index:GlooOperator",
    "ambientmesh:index:Ingress",
    "ambientmesh:index:MachineNamespace",
    "ambientmesh:index:Namespaces",
    "ambientmesh:index:ManagementAgent",
    "ambientmesh:index:ManagementPlane",
    "ambientmesh:index:Peering",
    "ambientmesh:index:RelayAuthority",
    "ambientmesh:index:RootAuthority",
    "ambientmesh:index:ServiceMesh",
    "ambientmesh:index:Trust",
    "ambientmesh:index:VirtualMachine",
    "ambientmesh:index:Waypoint",
}


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(settings(["alpha", "beta", "gamma"]))


def test_component_tokens_are_the_published_ones() -> None:
    here = [{"name": name, "context": name} for name in ("cluster1", "cluster2")]
    made = {"name": "cluster3", "gke": {"location": "europe-west4", "project": "my-project"}}
    seen = build(everything(clusters=[*here, made])).seen.values()
    used = {r.type for r in seen if r.type.startswith("ambientmesh:")}

    assert used == TOKENS, "a changed token replaces everything under it in every stack"


def test_every_kubernetes_object_sits_on_its_own_clusters_provider(mesh: Recorder) -> None:
    for name, request in mesh.seen.items():
        if request.type.startswith("kubernetes:"):
            assert mesh.provider(name) == f"{name.split('-')[0]}-kubernetes", name


def test_every_resource_has_a_parent_and_carries_its_name(mesh: Recorder) -> None:
    for name, request in mesh.seen.items():
        parent = mesh.parent(name)
        if request.type.startswith("ambientmesh:") or name == STACK:
            assert parent == STACK
        else:
            assert name.startswith(f"{parent}-"), f"{name} does not carry {parent}"


def test_providers_have_identity_and_a_secret_explicit_kubeconfig(mesh: Recorder) -> None:
    for cluster in ("alpha", "beta", "gamma"):
        name = f"{cluster}-kubernetes"
        assert mesh.inputs(name)["clusterIdentifier"] == cluster
        assert f"canary-{cluster}" in mesh.inputs(name)["kubeconfig"]
        assert mesh.is_secret(name, "kubeconfig"), "a kubeconfig in the state is a credential"


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("alpha-trust-cacerts", "alpha-trust-namespace"),
        ("alpha-mesh-controller", "alpha-trust-cacerts"),
        ("alpha-mesh-controller", "alpha-operator-release"),
        ("alpha-eastwest-gateway", "alpha-mesh-controller"),
        ("alpha-to-beta-peering-gateway", "beta-eastwest-gateway"),
        ("alpha-to-beta-peering-gateway", "alpha-eastwest-gateway"),
        ("alpha-bookinfo-reviews-v1-deployment", "alpha-bookinfo-namespace"),
    ],
)
def test_up_waits_and_destroy_runs_backwards(mesh: Recorder, later: str, earlier: str) -> None:
    assert earlier in mesh.reachable(later), f"{later} may outlive or precede {earlier}"


def test_only_links_join_clusters(mesh: Recorder) -> None:
    clusters = {"alpha", "beta", "gamma"}
    for name in mesh.seen:
        own = name.split("-")[0]
        if own not in clusters or "peering" in name:
            continue
        foreign = {e for e in mesh.reachable(name) if e.split("-")[0] in clusters - {own}}
        assert not foreign, f"{name} waits for another cluster: {foreign}"


def test_the_first_preview_plans_what_up_registers(mesh: Recorder) -> None:
    planned = build(settings(["alpha", "beta", "gamma"]), preview=True)
    registered = {n for n, r in mesh.seen.items() if r.type != "pulumi:pulumi:Stack"}

    assert {n for n in planned.seen if n in registered} == registered


def test_a_remote_address_is_the_only_unknown_of_a_first_preview() -> None:
    config = settings(["alpha", "beta"])
    nothing_there = access(config)
    for cluster in nothing_there.values():
        assert isinstance(cluster.reader, Memory)
        cluster.reader.address = None

    planned = build(config, preview=True, found=nothing_there)

    unknown = {
        name
        for name, request in planned.seen.items()
        if request.type.startswith("kubernetes:") and UNKNOWN in str(planned.inputs(name))
    }
    assert unknown == {
        "alpha-to-beta-peering-gateway",
        "beta-to-alpha-peering-gateway",
        # Keys and certificates do not exist before the first `up`.
        "alpha-trust-cacerts",
        "beta-trust-cacerts",
    }


def test_the_license_travels_as_a_secret(mesh: Recorder) -> None:
    values = mesh.inputs("alpha-operator-release")["values"]

    assert values["manager"]["env"]["SOLO_ISTIO_LICENSE_KEY"] == LICENSE
    path = ("values", "manager", "env", "SOLO_ISTIO_LICENSE_KEY")
    assert mesh.is_secret("alpha-operator-release", *path)


def test_the_ca_key_travels_as_a_secret(mesh: Recorder) -> None:
    assert mesh.is_secret("alpha-trust-cacerts", "data", "ca-key.pem")


def test_every_object_carries_the_owner(mesh: Recorder) -> None:
    for name, request in mesh.seen.items():
        if request.type.startswith("kubernetes:") and not request.type.endswith(":Release"):
            annotations = mesh.inputs(name)["metadata"]["annotations"]
            assert annotations["ambientmesh.dev/owner"] == "organization/ambientmesh/test", name


@pytest.mark.parametrize("bookinfo", [True, False])
def test_the_plan_names_every_object_that_is_registered(*, bookinfo: bool) -> None:
    config = settings(["alpha", "beta", "gamma"], bookinfo={"enabled": bookinfo})
    mesh = build(config)

    for cluster in config.clusters:
        registered = set()
        for name, request in mesh.seen.items():
            is_object = request.type.startswith("kubernetes:") and "helm.sh" not in request.type
            if is_object and mesh.provider(name) == f"{cluster.name}-kubernetes":
                inputs = mesh.inputs(name)
                where = inputs["metadata"].get("namespace", "")
                registered.add((inputs["kind"], where, inputs["metadata"]["name"]))
        assert registered == plan.objects(config, cluster.name), (
            "what is not planned is not guarded"
        )


def test_without_a_license_there_is_no_empty_one() -> None:
    mesh = build(settings(["alpha"]), license_key=None)

    assert "env" not in mesh.inputs("alpha-operator-release")["values"]["manager"]


def test_every_wait_for_a_deletion_ends_with_a_configured_timeout() -> None:
    mesh = build(settings(["alpha", "beta"], timeouts={"deletion": "77s", "mesh": "66s"}))

    awaited = (":Namespace", ":Gateway", ":Deployment", ":Service", ":ServiceMeshController")
    for name, request in mesh.seen.items():
        if request.type.endswith(awaited):
            expected = "66s" if request.type.endswith("Controller") else "77s"
            assert request.customTimeouts.delete == expected, name


def test_every_workload_is_waited_for_no_longer_than_configured() -> None:
    mesh = build(settings(["alpha"], timeouts={"workload": "77s", "operator": "66s"}))

    for name, request in mesh.seen.items():
        if request.type.endswith((":Deployment", ":Service")):
            assert request.customTimeouts.create == "77s", name
            assert request.customTimeouts.update == "77s", name
    assert mesh.inputs("alpha-operator-release")["timeout"] == 66


def test_a_cluster_may_stand_alone() -> None:
    assert not [name for name in build(settings(["alpha"])).seen if "peering" in name]
