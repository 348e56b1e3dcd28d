"""Which services span the clusters, and the entries that stand for them on the other planes."""

from dataclasses import replace
from typing import Any

import pytest

from localcloud.operator.authority import Authority
from localcloud.operator.istiod import Istiod
from localcloud.operator.peering import CLUSTER
from localcloud.operator.services import SCOPE, entries, published, reconcile, scope
from localcloud.operator.sides import Published, Side
from tests.localcloud.operator.links import HERE, THERE, side
from tests.localcloud.operator.seen import Seen, context

HOME = "istio-system"
AMBIENT = {"istio.io/dataplane-mode": "ambient"}
WEB = Published(
    namespace="shop", name="web", ports=(("http", 80, "HTTP"),), endpoints=2, subjects=("s",)
)
OWN, REMOTE = side("one", HERE), side("two", THERE)


def namespace(**labels: str) -> dict[str, Any]:
    return {"kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}


def service(**content: Any) -> dict[str, Any]:
    labels = content.pop("labels", {SCOPE: "global"})
    port = {"name": "http", "port": 80, "protocol": "TCP"}
    return {
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop", "labels": labels},
        "spec": {"selector": {"app": "web"}, "ports": [port], **content},
    }


def endpoints(*ready: bool) -> dict[str, Any]:
    return {
        "kind": "EndpointSlice",
        "metadata": {
            "name": "web-1",
            "namespace": "shop",
            "labels": {"kubernetes.io/service-name": "web"},
        },
        "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": is_}} for is_ in ready],
    }


DEPLOYMENT = {
    "kind": "Deployment",
    "metadata": {"name": "web-v1", "namespace": "shop"},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": "web", "version": "v1"}},
            "spec": {"serviceAccountName": "web"},
        }
    },
}


@pytest.mark.parametrize(
    ("own", "around", "expected"),
    [
        ({SCOPE: "global"}, AMBIENT, "global"),
        ({SCOPE: "global-only"}, AMBIENT, "global-only"),
        ({}, {**AMBIENT, SCOPE: "global"}, "global"),
        ({SCOPE: "global-only"}, {**AMBIENT, SCOPE: "global"}, "global-only"),
        ({SCOPE: "cluster"}, {**AMBIENT, SCOPE: "global"}, ""),
        ({SCOPE: "local"}, {**AMBIENT, SCOPE: "global"}, ""),
        ({SCOPE: ""}, {**AMBIENT, SCOPE: "global"}, ""),
        ({}, AMBIENT, ""),
        ({SCOPE: "global"}, {}, ""),
    ],
)
def test_a_services_label_wins_over_its_namespaces(
    own: dict[str, str], around: dict[str, str], expected: str
) -> None:
    assert scope(service(labels=own), namespace(**around)) == expected


def test_a_service_is_published_with_what_is_ready_behind_it_and_who_runs_it() -> None:
    seen = Seen(namespace(**AMBIENT), service(), endpoints(True, False, True), DEPLOYMENT)

    assert published(context(seen), "one.td") == (
        replace(WEB, subjects=("spiffe://one.td/ns/shop/sa/web",)),
    )


def test_a_service_without_a_selector_has_the_identity_of_nobody() -> None:
    (found,) = published(
        context(Seen(namespace(**AMBIENT), service(selector=None), DEPLOYMENT)), "one.td"
    )

    assert (found.endpoints, found.subjects) == (0, ())


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [f"{item['kind']} {item['metadata']['name']}" for item in found]


def test_a_service_of_both_has_a_global_name_and_an_entry_for_the_remote_network() -> None:
    own, remote = replace(OWN, services=(WEB,)), replace(REMOTE, services=(WEB,))

    front, behind = entries(HOME, own, [remote], {("shop", "web")})

    assert front["metadata"]["name"] == "autogen.shop.web"
    assert front["spec"]["hosts"] == ["web.shop.mesh.internal"]
    assert front["spec"]["ports"] == [{"name": "http", "number": 80, "protocol": "HTTP"}]
    assert behind["metadata"]["name"] == "autogen.two.shop.web"
    assert behind["metadata"]["labels"]["solo.io/source-cluster"] == "two"
    assert behind["spec"]["network"] == "two-net"
    wanted = front["spec"]["workloadSelector"]["labels"].items()
    assert wanted <= behind["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("own", "remote", "linked", "left"),
    [
        ((WEB,), (), True, ["ServiceEntry autogen.shop.web"]),
        ((WEB,), (replace(WEB, endpoints=0),), True, ["ServiceEntry autogen.shop.web"]),
        ((WEB,), (WEB,), False, ["ServiceEntry autogen.shop.web"]),
        ((), (WEB,), True, []),
    ],
    ids=["not labelled there", "nothing ready there", "no link", "not labelled here"],
)
def test_what_ends_an_entry(
    own: tuple[Published, ...], remote: tuple[Published, ...], left: list[str], *, linked: bool
) -> None:
    sides = [replace(REMOTE, services=remote)] if linked else []

    assert kinds(entries(HOME, replace(OWN, services=own), sides, {("shop", "web")})) == left


def test_a_service_that_is_only_elsewhere_is_reached_all_the_same() -> None:
    found = entries(HOME, OWN, [replace(REMOTE, services=(WEB,))], set())

    assert kinds(found) == ["ServiceEntry autogen.shop.web", "WorkloadEntry autogen.two.shop.web"]


def test_two_remotes_have_an_entry_each() -> None:
    sides = [replace(side(name, THERE), services=(WEB,)) for name in ("two", "three")]

    found = kinds(entries(HOME, replace(OWN, services=(WEB,)), sides, {("shop", "web")}))

    assert found[1:] == [
        "WorkloadEntry autogen.two.shop.web",
        "WorkloadEntry autogen.three.shop.web",
    ]


RUNNING = Istiod(
    namespace=HOME,
    cluster="one",
    trust_domain="one.td",
    version="1.28.3-solo",
    network="one-net",
    network_now="one-net",
    root="r",
    authority=Authority(root="r"),
)


def peer(status: str) -> dict[str, Any]:
    condition = {"type": "gloo.solo.io/PeerConnected", "status": status}
    return {
        "kind": "Gateway",
        "metadata": {"name": "p", "namespace": "g", "labels": {CLUSTER: "two"}},
        "spec": {},
        "status": {"conditions": [condition]},
    }


@pytest.mark.parametrize("status", ["True", "False"])
def test_only_a_link_that_is_connected_carries_endpoints(status: str) -> None:
    seen = Seen(service(), peer(status))
    sides: list[Side] = [
        replace(REMOTE, services=(WEB,)),
        replace(side("three", ""), services=(WEB,)),
    ]

    reconcile(context(seen), RUNNING, replace(OWN, services=(WEB,)), sides)

    expected = ["WorkloadEntry autogen.two.shop.web"] if status == "True" else []
    assert kinds(seen.applied) == ["ServiceEntry autogen.shop.web", *expected]


def test_entries_that_nobody_needs_go_and_those_of_others_stay() -> None:
    stale, *_ = entries(HOME, replace(OWN, services=(WEB,)), [], set())
    foreign = {"kind": "ServiceEntry", "metadata": {"name": "autogen.mine", "namespace": HOME}}
    seen = Seen(stale, foreign)

    reconcile(context(seen), RUNNING, OWN, [])

    assert seen.deleted == [("ServiceEntry", "autogen.shop.web")]
