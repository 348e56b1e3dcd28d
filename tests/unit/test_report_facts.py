"""What is said of a plan, by small plans that are written here: what happens, how heavy it is."""

import re
from typing import Any

import pytest

from localcloud.paths import CHECKOUT
from report import headline, masking, tables
from report.facts import Weight
from report.places import Link, placed
from report.plan import Plan, Step
from tests.unit.plans import KIND, component, labelled, mesh, step

CLASSES = sorted(
    {
        name
        for file in (CHECKOUT / "components").glob("*.py")
        for name in re.findall(rf'"{KIND}(\w+)"', file.read_text(encoding="utf-8"))
    }
)


def test_nothing_is_nothing() -> None:
    assert mesh() == [(Weight.NOTHING, "nothing changes")]


def test_what_is_only_recorded_is_nothing() -> None:
    quiet = step("c1-gateway", "update", "kubernetes:x:Gateway", detailed={"status": "update"})

    ((weight, text),) = mesh(quiet)
    assert weight is Weight.NOTHING
    assert "only recorded (1 entry)" in text


def test_a_cluster_that_joins_takes_all_of_its_own_and_its_links() -> None:
    plan = (
        component("Cluster", "c4", "create"),
        step("c4-kubernetes", "create", "pulumi:providers:kubernetes", within="Cluster::c4"),
        component("Peering", "c1-to-c4-peering", "create"),
        component("Peering", "c4-to-c1-peering", "create"),
    )

    assert mesh(*plan) == [(Weight.GROWS, "`c4` joins the mesh of 3 clusters with 2 links")]


def test_a_cluster_that_leaves_breaks_the_calls_to_it() -> None:
    plan = (
        component("Cluster", "c4", "delete"),
        component("Peering", "c1-to-c4-peering", "delete"),
    )

    assert mesh(*plan) == [
        (
            Weight.BREAKS,
            "`c4` leaves the mesh of 4 clusters and takes along 1 link: calls to it end",
        )
    ]


def test_a_mesh_begins_and_ends_as_a_whole() -> None:
    for op, weight, words in (
        ("create", Weight.GROWS, "a new mesh of 2 clusters"),
        ("delete", Weight.BREAKS, "the whole mesh goes: 2 clusters"),
    ):
        members = [component("Cluster", name, op) for name in ("a", "b")]
        root = step("k", op, "tls:x:Key", within="RootAuthority::root-authority")
        plan = Plan(steps=(*members, component("RootAuthority", "root-authority", op), root))
        (fact,) = headline.facts(plan, placed(plan))

        assert (fact.weight, fact.text[: len(words)]) == (weight, words)


def test_another_root_is_the_heaviest_news_and_takes_its_intermediates_along() -> None:
    plan = (
        step("c1-trust-certificate", "replace", "tls:x:Cert", within="Trust::c1-trust"),
        component("Trust", "c1-trust"),
        component("RootAuthority", "root-authority"),
        step("root-authority-key", "replace", "tls:x:Key", within="RootAuthority::root-authority"),
    )

    ((weight, text),) = mesh(*plan)
    assert weight is Weight.BREAKS
    assert "every link breaks until istiod and ztunnel have restarted in all 3 clusters" in text


def test_other_intermediates_under_the_same_root_need_no_restart() -> None:
    plan = (
        component("Trust", "c1-trust"),
        step("c1-trust-certificate", "replace", "tls:x:Cert", within="Trust::c1-trust"),
    )

    ((weight, text),) = mesh(*plan)
    assert weight is Weight.TOUCHES
    assert text.endswith("`c1`; istiod takes them up without a restart")


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (
            "kubernetes:x:ServiceMeshController",
            {"spec": {"version": "1"}},
            {"spec": {"version": "2"}},
        ),
        (
            "kubernetes:helm.sh/v3:Release",
            {"name": "istiod", "version": "1"},
            {"name": "istiod", "version": "2"},
        ),
    ],
)
def test_the_mesh_version_is_told_once_for_all_clusters(kind: str, old: Any, new: Any) -> None:
    plan = [step(f"c{n}-mesh", "update", kind, old=old, new=new) for n in (1, 2)]

    ((weight, text),) = mesh(*plan)
    assert weight is Weight.TOUCHES
    assert text.startswith("mesh version 1 → 2 in 2 clusters")


@pytest.mark.parametrize(
    ("key", "old", "new", "weight"),
    [
        ("team", "a", "b", Weight.GROWS),
        ("solo.io/service-scope", "", "global", Weight.TOUCHES),
        ("solo.io/service-scope", "global", "global-only", Weight.TOUCHES),
        ("solo.io/service-scope", "global", "", Weight.BREAKS),
        ("istio.io/dataplane-mode", "", "ambient", Weight.TOUCHES),
        ("istio.io/dataplane-mode", "ambient", "", Weight.BREAKS),
        ("istio.io/use-waypoint", "auto", "", Weight.BREAKS),
    ],
)
def test_a_label_weighs_what_it_does(key: str, old: str, new: str, weight: Weight) -> None:
    before, after = ({key: value} if value else {} for value in (old, new))

    ((found, text),) = mesh(labelled("c1-details", before, after, "kubernetes:core/v1:Service"))
    assert found is weight
    assert "Service `details`" in text
    assert "`c1`" in text


def test_another_pod_template_rolls_pods_and_another_label_beside_it_is_not_told_as_harmless() -> (
    None
):
    def deployment(image: str, team: str) -> dict[str, Any]:
        return {
            "metadata": {"name": "web", "labels": {"team": team}},
            "spec": {"template": {"spec": {"containers": [{"image": image}]}}},
        }

    ((weight, text),) = mesh(
        step(
            "c1-web",
            "update",
            "kubernetes:apps/v1:Deployment",
            old=deployment("a:1", "x"),
            new=deployment("a:2", "y"),
        )
    )
    assert weight is Weight.TOUCHES
    assert text == "pods are rolled: Deployment `web` in `c1`"


def test_links_come_and_go_between_clusters_that_stay() -> None:
    plan = (
        component("Peering", "c1-to-c2-peering", "delete"),
        component("Peering", "c2-to-c3-peering", "create"),
    )

    assert mesh(*plan) == [
        (Weight.BREAKS, "1 link is removed: calls over it end"),
        (Weight.GROWS, "1 link is added"),
    ]


def test_what_no_rule_knows_is_told_too() -> None:
    unknown = step("c1-thing", "delete", "strange:x:Thing")

    assert mesh(unknown) == [(Weight.BREAKS, "1 resource is deleted: `c1-thing` in `c1`")]


@pytest.mark.parametrize("op", ["create", "update", "replace", "delete"])
@pytest.mark.parametrize("name", CLASSES)
def test_no_change_of_any_component_is_passed_over(op: str, name: str) -> None:
    owner = "c1-to-c2-peering" if name == "Peering" else "c1-thing"
    inside = step("c1-x", op, "x:y:Z", within=f"{name}::{owner}", old={"a": 1}, new={"a": 2})

    assert mesh(component(name, owner), inside)[0][0] > Weight.NOTHING


def test_a_preview_that_failed_says_nothing_of_the_mesh() -> None:
    plan = Plan(steps=(component("Cluster", "c1", "create"),), errors=("it broke\nhere",))
    (fact,) = headline.facts(plan, placed(plan))

    assert fact.weight is Weight.BREAKS
    assert fact.text == "the preview failed, and nothing is known: it broke"


def test_what_only_grows_is_said_to_touch_nothing() -> None:
    members = (component("Cluster", "c1"), component("Cluster", "c2", "create"))
    quiet, loud = (
        step("c1-thing", "update", "x:y:Thing", old={}, new=new)
        for new in ({"status": 1}, {"a": 1})
    )

    def said(*steps: Step) -> str:
        plan = Plan(steps=(*members, *steps))
        places = placed(plan)
        return headline.headline(headline.facts(plan, places), places)

    assert headline.UNTOUCHED in said(quiet)
    assert headline.UNTOUCHED not in said(loud)


NAMESPACE = {"metadata": {"name": "shop", "labels": {"istio.io/dataplane-mode": "ambient"}}}
PATCH = "kubernetes:core/v1:NamespacePatch"


def test_a_namespace_that_is_there_joins_with_all_its_pods_though_its_patch_is_new() -> None:
    patch = step("c1-shop", "create", PATCH, new=NAMESPACE)

    ((weight, text),) = mesh(patch)
    assert weight is Weight.TOUCHES
    assert text == "Namespace `shop` of `c1` joins the mesh with all its pods"


def test_a_namespace_that_is_new_has_no_pods_that_would_join() -> None:
    made = step("c1-shop", "create", "kubernetes:core/v1:Namespace", new=NAMESPACE)

    assert mesh(made) == [(Weight.GROWS, "1 resource is added: Namespace `shop` in `c1`")]


def test_a_patch_that_goes_takes_its_labels_off_what_stays() -> None:
    patch = step("c1-shop", "delete", PATCH, old=NAMESPACE)

    ((weight, text),) = mesh(patch)
    assert weight is Weight.BREAKS
    assert "leaves the mesh" in text


def test_a_cluster_joins_with_the_namespaces_that_it_brings() -> None:
    plan = (component("Cluster", "c4", "create"), step("c4-shop", "create", PATCH, new=NAMESPACE))

    assert mesh(*plan) == [
        (
            Weight.TOUCHES,
            "`c4` joins the mesh of 3 clusters; a namespace that is there joins with all its pods",
        )
    ]


def test_the_heavier_of_two_labels_of_one_object_is_told_too() -> None:
    scope, ambient = "solo.io/service-scope", "istio.io/dataplane-mode"
    found = mesh(labelled("c1-shop", {scope: "global"}, {ambient: "ambient"}, "kubernetes:x:Y"))

    assert [weight for weight, _ in found] == [Weight.BREAKS, Weight.TOUCHES]


@pytest.mark.parametrize(
    ("kind", "spec", "weight"),
    [
        ("ServiceEntry", {}, Weight.TOUCHES),
        ("AuthorizationPolicy", {}, Weight.TOUCHES),
        ("HTTPRoute", {"parentRefs": [{"kind": "Service"}]}, Weight.TOUCHES),
        ("HTTPRoute", {"parentRefs": [{"kind": "Gateway"}]}, Weight.GROWS),
        ("Service", {}, Weight.GROWS),
    ],
)
def test_what_running_calls_meet_at_once_is_no_mere_growth(
    kind: str, spec: dict[str, Any], weight: Weight
) -> None:
    new = {"metadata": {"name": "x", "namespace": "shop"}, "spec": spec}

    ((found, _),) = mesh(step("c1-x", "create", f"kubernetes:x/v1:{kind}", new=new))
    assert found is weight


def test_a_policy_in_a_namespace_that_is_as_new_meets_nobody() -> None:
    made = step("c1-shop", "create", "kubernetes:core/v1:Namespace", new=NAMESPACE)
    new = {"metadata": {"name": "x", "namespace": "shop"}}
    policy = step("c1-x", "create", "kubernetes:x/v1:AuthorizationPolicy", new=new)

    assert [weight for weight, _ in mesh(made, policy)] == [Weight.GROWS]


def test_another_root_that_is_given_shows_in_the_issuers_alone() -> None:
    certificate = step(
        "c1-trust-certificate",
        "replace",
        "tls:index/locallySignedCert:LocallySignedCert",
        within="Trust::c1-trust",
        old={"caCertPem": masking.CERTIFICATE},
        new={"caCertPem": masking.CERTIFICATE},
        differing=(("caCertPem",),),
    )

    ((weight, text),) = mesh(component("Trust", "c1-trust"), certificate)
    assert weight is Weight.BREAKS
    assert "the root certificate is replaced" in text


def test_a_root_of_which_only_records_change_is_not_replaced() -> None:
    quiet = step(
        "root-authority-key",
        "update",
        "tls:x:Key",
        within="RootAuthority::root-authority",
        detailed={"status": "update"},
    )

    assert mesh(component("RootAuthority", "root-authority"), quiet)[0][0] is Weight.NOTHING


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("1.28.3-patch0", "1.28.4", "are upgraded in place"),
        ("1.28.10", "1.28.9", "go back in place"),
        ("1.28.3", "1.28.3-patch1", "are upgraded in place"),
    ],
)
def test_a_mesh_that_goes_back_is_not_called_upgraded(old: str, new: str, words: str) -> None:
    before, after = ({"spec": {"version": version}} for version in (old, new))
    kind = "kubernetes:x:ServiceMeshController"

    ((_, text),) = mesh(step("c1-mesh", "update", kind, old=before, new=after))
    assert words in text


def test_what_else_changes_with_a_version_is_told() -> None:
    old, new = {"version": "1", "trustDomain": "a"}, {"version": "2", "trustDomain": "b"}
    kind = "kubernetes:x:ServiceMeshController"

    found = mesh(step("c1-mesh", "update", kind, old={"spec": old}, new={"spec": new}))
    assert "in more than its version in `c1`" in found[1][1]


def test_an_operation_that_no_rule_knows_is_told_of_every_component() -> None:
    for name in ("IstioHelm", "GlooOperator", "EastWestGateway", "Peering"):
        owner = "c1-to-c2-peering" if name == "Peering" else "c1-thing"
        adopted = step("c1-x", "import", "x:y:Z", within=f"{name}::{owner}")

        assert "taken over (import)" in mesh(component(name, owner), adopted)[0][1]


def test_a_long_error_leaves_room_for_other_headlines() -> None:
    plan = Plan(steps=(), errors=("x" * 100_000,))

    assert len(headline.headline(headline.facts(plan, placed(plan)), placed(plan))) < 500


def test_a_cluster_outside_the_mesh_neither_joins_nor_counts() -> None:
    beside = step("mgmt", "create", f"{KIND}Cluster", outputs={"network": "", "trustDomain": ""})
    inside = step("mgmt-plane-thing", "create", "x:y:Z", within="ManagementPlane::mgmt-plane")

    assert mesh(beside, component("ManagementPlane", "mgmt-plane", "create"), inside) == [
        (Weight.GROWS, "1 resource is added: `mgmt-plane-thing` in `mgmt`")
    ]
    places = placed(Plan(steps=(beside, inside)))
    assert (places.joins, places.clusters) == ((), ("mgmt",))


def _gke(op: str) -> tuple[Step, ...]:
    inside = "GkeCluster::c3-gke"
    return (
        component("GkeCluster", "c3-gke", op),
        step("c3-gke-cluster", op, "gcp:container/cluster:Cluster", within=inside),
        component("GkeNodePools", "c3-gke-pools", op),
        step("c3-a", op, "gcp:container/nodePool:NodePool", within="GkeNodePools::c3-gke-pools"),
        step("c3-b", op, "gcp:container/nodePool:NodePool", within="GkeNodePools::c3-gke-pools"),
        component("GkeNetwork", "c3-gke-network", op),
        step("c3-s", op, "gcp:compute/x:Subnetwork", within="GkeNetwork::c3-gke-network"),
    )


def test_a_gke_cluster_that_goes_takes_along_all_that_runs_in_it_and_that_comes_first() -> None:
    members = [component("Cluster", name) for name in ("c1", "c2")]
    plan = Plan(steps=(*members, component("Cluster", "c3", "delete"), *_gke("delete")))
    places = placed(plan)
    found = [fact.text for fact in headline.facts(plan, places)]

    assert found == [
        "GKE cluster `c3` is deleted with everything that runs in it",
        "with GKE cluster `c3` go 2 node pools and 1 subnetwork",
        "`c3` leaves the mesh of 3 clusters: calls to it end",
    ]


def test_a_gke_cluster_that_is_replaced_is_empty() -> None:
    weight, text = mesh(*_gke("replace"))[0]
    assert weight is Weight.BREAKS
    assert text.startswith("GKE cluster `c3` is replaced with everything that runs in it: a new")


@pytest.mark.parametrize(
    ("owner", "kind", "wrapped"),
    [
        ("ServiceMesh::c1-mesh", "kubernetes:x:ServiceMeshController", ("spec",)),
        ("IstioHelm::c1-istio", "kubernetes:helm.sh/v3:Release", ("values", "meshConfig")),
    ],
)
def test_another_trust_domain_is_another_identity_of_every_workload(
    owner: str, kind: str, wrapped: tuple[str, ...]
) -> None:
    def side(domain: str) -> dict[str, Any]:
        found: dict[str, Any] = {"trustDomain": domain}
        for key in reversed(wrapped):
            found = {key: found}
        return found

    changed = step("c1-x", "update", kind, within=owner, old=side("one"), new=side("two"))

    ((weight, text),) = mesh(component(*owner.split("::")), changed)
    assert weight is Weight.BREAKS
    assert "every workload identity of `c1` changes: trust domain `one` → `two`" in text
    assert "policies that name principals of `one` match nobody" in text


def test_what_else_changes_with_a_trust_domain_is_told() -> None:
    old, new = ({"spec": {"trustDomain": word, "x": word}} for word in ("one", "two"))
    kind, owner = "kubernetes:x:ServiceMeshController", "ServiceMesh::c1-mesh"
    changed = step("c1-x", "update", kind, within=owner, old=old, new=new)

    texts = [text for _, text in mesh(component("ServiceMesh", "c1-mesh"), changed)]
    assert texts[1] == "Istio's installation changes in place in `c1`"


def test_another_traffic_distribution_moves_calls_between_clusters() -> None:
    key = "networking.istio.io/traffic-distribution"
    old, new = (
        {"metadata": {"name": "shop", "annotations": found}} for found in ({}, {key: "Any"})
    )

    ((weight, text),) = mesh(
        step("c1-shop", "update", "kubernetes:core/v1:Namespace", old=old, new=new)
    )
    assert weight is Weight.TOUCHES
    assert text.startswith("Namespace `shop` of `c1` distributes calls by `Any` instead of the")


def _allowing(*principals: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"action": "ALLOW"}
    if principals:
        spec["rules"] = [{"from": [{"source": {"principals": list(principals)}}]}]
    return {"metadata": {"name": "api"}, "spec": spec}


@pytest.mark.parametrize(
    ("old", "new", "weight", "words"),
    [
        ((), ("d/a",), Weight.TOUCHES, "`d/a` may call from now on"),
        (("d/a",), ("d/a", "d/b"), Weight.TOUCHES, "`d/b` may call from now on"),
        (("d/a",), ("d/b",), Weight.BREAKS, "`d/b` may call from now on; `d/a` may call no more"),
        (("d/a",), (), Weight.BREAKS, "`d/a` may call no more"),
    ],
)
def test_who_may_call_a_host_is_told_by_name(
    old: tuple[str, ...], new: tuple[str, ...], weight: Weight, words: str
) -> None:
    kind = "kubernetes:x/v1:AuthorizationPolicy"
    change = step("c1-x", "update", kind, old=_allowing(*old), new=_allowing(*new))

    assert mesh(change) == [
        (weight, f"AuthorizationPolicy `api` of `c1` lets others through: {words}")
    ]


def test_a_policy_that_says_more_than_whom_it_allows_is_told_in_general_words() -> None:
    new = _allowing("d/a")
    new["spec"]["rules"][0]["to"] = [{"operation": {"ports": ["443"]}}]
    kind = "kubernetes:x/v1:AuthorizationPolicy"

    ((_, text),) = mesh(step("c1-x", "update", kind, old=_allowing("d/a"), new=new))
    assert "changed in place" in text


def test_clusters_stand_in_their_natural_order_whenever_the_engine_comes_to_them() -> None:
    rolled = [step(f"c{n}-x", "update", "x:y:Z", old={"a": 1}, new={"a": 2}) for n in (10, 9, 1)]

    assert mesh(*rolled, clusters=10)[0][1].endswith("in `c1`, `c9` and `c10`")
    joining = (component("Cluster", name, "create") for name in ("d10", "d9"))
    assert mesh(*joining)[0][1].startswith("`d9` and `d10` join")


def test_a_link_both_ways_begins_with_the_cluster_that_comes_first() -> None:
    assert tables.arrows([Link("c10", "c9"), Link("c9", "c10")]) == "`c9` ⇄ `c10`"
