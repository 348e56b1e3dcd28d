"""What runs in the mesh: which object gets which label, after what, and on whose behalf."""

from typing import Any

import pytest

from components import plan
from components.access import Access
from components.ownership import Inventory
from components.settings import Settings
from tests.engine import Recorder
from tests.mesh import OWNER, access, build, settings

WORKSHOP = {
    "name": "bookinfo",
    "services": (
        {"name": "productpage", "scope": "global", "trafficDistribution": "Any"},
        {"name": "details", "scope": "global-only"},
        {"name": "theirs", "scope": "global"},
    ),
}
SHOP = {
    "name": "shop",
    "scope": "global",
    "clusters": ("beta",),
    "services": ({"name": "web", "scope": "cluster"}, {"name": "plain"}),
}
OWN = {"name": "own", "create": True, "services": ({"name": "later", "scope": "global"},)}
SCOPE = "solo.io/service-scope"


def config(**values: Any) -> Settings:
    given: dict[str, Any] = {
        "namespaces": (WORKSHOP, SHOP, OWN),
        "ingress": {"clusters": ("beta",)},
    }
    return settings(["alpha", "beta"], **{**given, **values})


@pytest.fixture(scope="module")
def mesh() -> Recorder:
    return build(config())


def metadata(mesh: Recorder, name: str) -> dict[str, Any]:
    found: dict[str, Any] = mesh.inputs(name)["metadata"]
    return found


def test_bookinfos_own_services_carry_their_labels_themselves(mesh: Recorder) -> None:
    page = metadata(mesh, "alpha-bookinfo-productpage-service")

    assert page["labels"] == {"app": "productpage", "service": "productpage", SCOPE: "global"}
    assert page["annotations"]["networking.istio.io/traffic-distribution"] == "Any"
    details = metadata(mesh, "alpha-bookinfo-details-service")
    assert details["labels"][SCOPE] == "global-only"
    assert SCOPE not in metadata(mesh, "alpha-bookinfo-reviews-service")["labels"]


def test_a_namespace_of_ours_is_made_and_one_of_others_is_patched(mesh: Recorder) -> None:
    assert mesh.seen["alpha-namespaces-namespace.own"].type == "kubernetes:core/v1:Namespace"
    assert mesh.seen["beta-namespaces-namespace.shop"].type == "kubernetes:core/v1:NamespacePatch"
    assert "alpha-namespaces-namespace.shop" not in mesh.seen, "alpha does not have it"
    assert metadata(mesh, "beta-namespaces-namespace.shop")["labels"] == {
        "istio.io/dataplane-mode": "ambient",
        SCOPE: "global",
    }


def test_a_patch_claims_nothing_and_takes_nothing_by_force(mesh: Recorder) -> None:
    patches = [n for n, r in mesh.seen.items() if r.type.endswith("Patch")]

    assert set(patches) == {"beta-namespaces-namespace.shop", "beta-namespaces-service.shop.web"}
    for name in patches:
        annotations = metadata(mesh, name)["annotations"]
        assert annotations["pulumi.com/patchFieldManager"] == OWNER
        assert "ambientmesh.dev/owner" not in annotations, "it would be taken for ours"
        assert "pulumi.com/patchForce" not in annotations
        waits = not mesh.seen[name].type.endswith(":ServicePatch")
        assert waits == ("pulumi.com/skipAwait" not in annotations), "a Service may lack its pods"
        assert set(mesh.inputs(name)) == {"apiVersion", "kind", "metadata"}


def with_services(*names: str) -> dict[str, Access]:
    found = access(config())
    key = {("Service", "own", name): {"name": name} for name in names}
    return {
        site: Access(
            kubeconfig=item.kubeconfig,
            reader=item.reader,
            inventory=Inventory(cluster=site, owner=OWNER, found=key),
        )
        for site, item in found.items()
    }


def test_a_service_in_a_namespace_of_ours_is_adopted_once_it_is_there(mesh: Recorder) -> None:
    later = build(config(), found=with_services("later"))

    assert set(later.seen) - set(mesh.seen) == {
        "alpha-namespaces-service.own.later",
        "beta-namespaces-service.own.later",
    }
    assert ("Service", "own", "") in plan.looked_at(config(), "alpha")


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        ("beta-namespaces-namespace.shop", "beta-mesh-controller"),
        ("beta-namespaces-service.shop.web", "beta-mesh-controller"),
        ("beta-namespaces-namespace.own", "beta-mesh-controller"),
        ("beta-bookinfo-productpage-service", "beta-mesh-controller"),
        ("beta-ingress-bookinfo-gateway-gateway", "beta-mesh-controller"),
        ("beta-ingress-bookinfo-gateway-gateway", "beta-bookinfo-namespace"),
        ("beta-ingress-bookinfo-httproute", "beta-mesh-controller"),
    ],
)
def test_labels_and_doors_go_before_the_mesh_that_acts_on_them(
    mesh: Recorder, later: str, earlier: str
) -> None:
    assert earlier in mesh.reachable(later)


@pytest.mark.parametrize(
    "name", ["alpha-bookinfo-namespace", "alpha-bookinfo-productpage-v1-deployment",
             "alpha-bookinfo-reviews-service"]
)  # fmt: skip
def test_what_does_not_span_waits_for_no_mesh(mesh: Recorder, name: str) -> None:
    assert "alpha-mesh-controller" not in mesh.reachable(name)


def test_only_the_clusters_that_are_told_to_have_a_way_in(mesh: Recorder) -> None:
    assert [n for n, r in mesh.seen.items() if r.type.endswith(":Ingress")] == ["beta-ingress"]


def test_an_entry_changes_only_what_it_is_about(mesh: Recorder) -> None:
    changed = {**WORKSHOP, "services": ({"name": "reviews", "scope": "global"},)}
    other = build(config(namespaces=(SHOP, changed, OWN), ingress=None))

    different = {
        name
        for name in mesh.seen.keys() & other.seen.keys()
        if mesh.seen[name].type.startswith("kubernetes:")
        and mesh.inputs(name) != other.inputs(name)
    }
    services = ("productpage", "details", "reviews")
    assert different == {f"{c}-bookinfo-{s}-service" for c in ("alpha", "beta") for s in services}


def test_without_entries_there_is_nothing_more_to_see() -> None:
    plain = build(settings(["alpha"]))

    assert not [n for n in plain.seen if "namespaces" in n or "ingress" in n]
    assert metadata(plain, "alpha-bookinfo-namespace")["labels"] == {
        "istio.io/dataplane-mode": "ambient"
    }


def test_the_plan_names_every_object_but_patches(mesh: Recorder) -> None:
    for site in ("alpha", "beta"):
        registered = set()
        for name, request in mesh.seen.items():
            kubernetes = request.type.startswith("kubernetes:") and "helm.sh" not in request.type
            if kubernetes and mesh.provider(name) == f"{site}-kubernetes":
                inputs = mesh.inputs(name)
                where = inputs["metadata"].get("namespace", "")
                if not request.type.endswith("Patch"):
                    registered.add((inputs["kind"], where, inputs["metadata"]["name"]))
        assert registered == plan.objects(config(), site)
