"""The Helm route in the graph: what waits for what, what is made, and what is left alone."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from components import istio_crds, plan, program, readiness
from components.access import Access
from components.naming import OWNER_ANNOTATION
from components.ownership import Inventory
from components.settings import Settings
from tests.engine import STACK, Recorder
from tests.graph.test_gates import Scripted, told
from tests.mesh import LICENSE, OUTPUTS, OWNER, access, build, settings

CRD = "CustomResourceDefinition"
GATEWAYS = "gateways.gateway.networking.k8s.io"
ROUTES = "httproutes.gateway.networking.k8s.io"
ENVOY = "envoyfilters.networking.istio.io"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "POLL", 0.001)


def helm(names: list[str], platform: str | None = None, **values: Any) -> Settings:
    config = settings(names, mesh={"install": "helm"}, **values)
    if platform is None:
        return config
    first = config.clusters[0].model_copy(update={"platform": platform})
    return config.model_copy(update={"clusters": (first, *config.clusters[1:])})


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(helm(["alpha", "beta"], "gke"))


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("alpha-mesh-base", "alpha-trust-namespace"),
        ("alpha-mesh-istiod", "alpha-trust-cacerts"),
        ("alpha-mesh-istiod", "alpha-mesh-base"),
        ("alpha-mesh-istiod", "alpha-mesh-gateway-api"),
        ("alpha-mesh-istiod", "alpha-mesh-license"),
        ("alpha-mesh-cni", "alpha-mesh-base"),
        ("alpha-mesh-cni", "alpha-mesh-quota"),
        ("alpha-mesh-ztunnel", "alpha-mesh-istiod"),
        ("alpha-mesh-ztunnel", "alpha-mesh-cni"),
        ("alpha-mesh-ztunnel", "alpha-mesh-quota"),
        ("alpha-eastwest-gateway", "alpha-mesh-istiod"),
        ("alpha-eastwest-gateway", "alpha-mesh-cni"),
        ("alpha-eastwest-gateway", "alpha-mesh-ztunnel"),
        ("alpha-eastwest-gateway", "alpha-mesh-gateway-api"),
        ("alpha-to-beta-peering-gateway", "alpha-mesh-istiod"),
        ("alpha-to-beta-peering-gateway", "beta-mesh-istiod"),
    ],
)
def test_up_waits_and_destroy_runs_backwards(mesh: Recorder, later: str, earlier: str) -> None:
    assert earlier in mesh.reachable(later), f"{later} may outlive or precede {earlier}"


def test_what_needs_no_certificate_does_not_wait_for_one(mesh: Recorder) -> None:
    for name in ("alpha-mesh-base", "alpha-mesh-cni", "alpha-mesh-gateway-api"):
        assert "alpha-trust-cacerts" not in mesh.reachable(name), f"{name} waits for RSA keys"


def test_nothing_of_the_other_route_is_made(mesh: Recorder) -> None:
    tokens = {r.type for r in mesh.seen.values() if r.type.startswith("ambientmesh:")}

    assert "ambientmesh:index:IstioHelm" in tokens
    assert not tokens & {"ambientmesh:index:GlooOperator", "ambientmesh:index:ServiceMesh"}


def test_a_preview_plans_what_up_registers_and_knows_every_value(mesh: Recorder) -> None:
    planned = build(helm(["alpha", "beta"], "gke"), preview=True)

    assert set(planned.seen) - {STACK} == set(mesh.seen) - {STACK}
    for name, request in planned.seen.items():
        if request.type.endswith(":Release"):
            assert planned.inputs(name)["namespace"] == "istio-system", "unknown would replace it"


@pytest.mark.parametrize("platform", [None, "gke", "openshift"])
def test_the_plan_names_every_object_that_is_registered(platform: str | None) -> None:
    config = helm(["alpha", "beta"], platform)
    mesh = build(config)
    registered, releases = set(), set()
    for name, request in mesh.seen.items():
        if request.type.startswith("kubernetes:") and mesh.provider(name) == "alpha-kubernetes":
            inputs = mesh.inputs(name)
            if "helm.sh" in request.type:
                releases.add((inputs["namespace"], inputs["name"], name))
            else:
                meta = inputs["metadata"]
                registered.add((inputs["kind"], meta.get("namespace", ""), meta["name"]))

    assert registered == plan.objects(config, "alpha"), "what is not planned is not guarded"
    assert releases == {
        (item.namespace, item.name, item.resource) for item in plan.releases(config, "alpha")
    }, "what a killed Helm leaves of a release that is not planned is never removed"


def test_the_license_is_in_a_secret_and_in_no_release(mesh: Recorder) -> None:
    name = "alpha-mesh-license"

    assert mesh.inputs(name)["stringData"] == {"license": LICENSE, "license-key": LICENSE}
    assert mesh.is_secret(name, "stringData", "license")
    for other, request in mesh.seen.items():
        if other not in ("alpha-mesh-license", "beta-mesh-license"):
            assert LICENSE not in str(request.object), other


def test_without_a_license_there_is_neither_secret_nor_reference() -> None:
    mesh = build(helm(["alpha"]), license_key=None)

    assert "alpha-mesh-license" not in mesh.seen
    assert "license" not in mesh.inputs("alpha-mesh-istiod")["values"]


def test_only_gke_needs_a_quota(mesh: Recorder) -> None:
    spec = mesh.inputs("alpha-mesh-quota")["spec"]

    assert spec["scopeSelector"]["matchExpressions"][0]["values"] == ["system-node-critical"]
    assert "beta-mesh-quota" not in mesh.seen


@pytest.mark.parametrize(
    ("charts", "chart", "version"),
    [
        ({}, "oci://us-docker.pkg.dev/soloio-img/istio-helm/istiod", "1.26.2-solo"),
        ({"istio": "my/charts"}, "my/charts/istiod", None),
    ],
)
def test_charts_come_from_their_registry_by_version_or_from_a_folder(
    charts: dict[str, str], chart: str, version: str | None
) -> None:
    mesh = build(helm(["alpha"], meshVersion="1.26.2", charts=charts))
    found = mesh.inputs("alpha-mesh-istiod")

    assert (found["chart"], found.get("version")) == (chart, version)
    assert mesh.inputs("alpha-mesh-gateway-api")["chart"] == ".local/gateway-api/v1.3.0"


def holding(config: Settings, crds: Mapping[str, Mapping[str, str]]) -> dict[str, Access]:
    """Return access to clusters of which alpha has these CRDs, with these annotations."""
    found = access(config)
    keys = {(CRD, "", name): {"annotations": meta} for name, meta in crds.items()}
    inventory = Inventory(cluster="alpha", owner=OWNER, found=keys)
    old = found["alpha"]
    found["alpha"] = Access(kubeconfig=old.kubeconfig, reader=old.reader, inventory=inventory)
    return found


def own(crds: Mapping[str, Mapping[str, str]]) -> list[str]:
    keys = {(CRD, "", name): {"annotations": meta} for name, meta in crds.items()}
    return istio_crds.own(Inventory(cluster="alpha", owner=OWNER, found=keys), "v1.4.1")


OURS, THEIRS = {OWNER_ANNOTATION: OWNER}, {OWNER_ANNOTATION: "organization/ambientmesh/other"}


def test_crds_are_made_where_there_are_none_and_kept_up_where_they_are_ours() -> None:
    assert len(own({})) == 6
    assert own(dict.fromkeys(own({}), OURS)) == own({})
    # A bundle that grew: what is new is ours too.
    assert own({GATEWAYS: OURS, ROUTES: OURS}) == own({})


@pytest.mark.parametrize("theirs", [{}, THEIRS])
def test_bundles_of_somebody_else_are_neither_changed_nor_completed(theirs: Any) -> None:
    assert own({GATEWAYS: theirs}) == []
    assert own({GATEWAYS: theirs, ROUTES: OURS}) == [ROUTES], "what is ours stays ours"


def test_with_foreign_crds_there_is_no_release_of_them() -> None:
    config = helm(["alpha"])
    helmed = {"meta.helm.sh/release-name": "istio-base"}
    in_place = helmed | {"meta.helm.sh/release-namespace": "istio-system"}
    mesh = build(
        config,
        found=holding(
            config, {GATEWAYS: {}, ENVOY: helmed, "gateways.networking.istio.io": in_place}
        ),
    )

    assert "alpha-mesh-gateway-api" not in mesh.seen
    assert mesh.inputs("alpha-mesh-base")["values"]["base"] == {"excludedCRDs": [ENVOY]}


def test_crds_are_looked_at_on_this_route_only() -> None:
    assert (CRD, "", GATEWAYS) in plan.looked_at(helm(["alpha"]), "alpha")
    assert (CRD, "", GATEWAYS) not in plan.objects(helm(["alpha"]), "alpha")
    assert (CRD, "", GATEWAYS) not in plan.looked_at(settings(["alpha"]), "alpha")


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("deployments/istiod", "Deployment istio-system/istiod"),
        ("daemonsets/istio-cni-node", "DaemonSet istio-system/istio-cni-node"),
        ("daemonsets/ztunnel", "DaemonSet istio-system/ztunnel"),
    ],
)
def test_a_workload_that_is_not_rolled_out_ends_up_with_its_name(path: str, what: str) -> None:
    config = helm(["alpha"], bookinfo={"enabled": False}, timeouts={"mesh": "1s"})
    found = access(config)
    old = found["alpha"]
    reader = Scripted({path: {"status": {"updatedReplicas": 1, "availableReplicas": 0}}})
    found["alpha"] = Access(kubeconfig=old.kubeconfig, reader=reader, inventory=old.inventory)

    message = told(lambda: pulumi.Output.all(**program.build(config, found, {})), outputs=OUTPUTS)

    assert message.startswith(f"alpha: {what}: 1 pods wanted, 1 updated, 0 available")
    assert "(timeouts.mesh)" in message
