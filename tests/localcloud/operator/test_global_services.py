"""Global services on real API servers: entries come and go with labels, pods and links."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.localcloud.operator.mesh import GATEWAYS, Cluster, Pair
from tests.localcloud.operator.objects import NAMESPACES, until

pytestmark = pytest.mark.planes

ENTRIES = "/apis/networking.istio.io/v1/namespaces/istio-system"
SHOP = f"{NAMESPACES}/shop"
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
ROUTES = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes"
SCOPE = "solo.io/service-scope"


def shop(cluster: Cluster) -> None:
    cluster.namespace("shop", **{"istio.io/dataplane-mode": "ambient"})
    meta = {"labels": {SCOPE: "global"}}
    spec: dict[str, Any] = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}]}
    cluster.apply(f"{SHOP}/services", "Service", "web", metadata=meta, spec=spec)
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    cluster.apply(DEPLOYMENT.removesuffix("/web"), "Deployment", "web", spec=spec)


def entries(cluster: Cluster) -> set[str]:
    return {
        item["metadata"]["name"]
        for kind in ("serviceentries", "workloadentries")
        for item in cluster.api.items(f"{ENTRIES}/{kind}")
    }


def has(cluster: Cluster, *names: str) -> None:
    until(lambda: entries(cluster) == set(names), lambda: f"{cluster.name}: {entries(cluster)}")


@pytest.fixture
def shops(pair: Pair) -> Iterator[Pair]:
    for cluster in (pair.one, pair.two):
        shop(cluster)
    has(pair.one, "autogen.shop.web", "autogen.cluster2.shop.web")
    has(pair.two, "autogen.shop.web", "autogen.cluster1.shop.web")
    yield pair
    for cluster in (pair.one, pair.two):
        cluster.delete(DEPLOYMENT)
        cluster.delete(SHOP)
    for cluster in (pair.one, pair.two):
        has(cluster)


def test_endpoints_that_end_on_one_side_end_on_the_other(shops: Pair) -> None:
    shops.two.api.patch(DEPLOYMENT, {"spec": {"replicas": 0}})
    has(shops.one, "autogen.shop.web")

    shops.two.api.patch(DEPLOYMENT, {"spec": {"replicas": 1}})
    has(shops.one, "autogen.shop.web", "autogen.cluster2.shop.web")


def test_a_label_that_goes_takes_the_entries_along(shops: Pair) -> None:
    shops.one.api.patch(f"{SHOP}/services/web", {"metadata": {"labels": {SCOPE: None}}})

    has(shops.one)
    has(shops.two, "autogen.shop.web")


def test_a_link_that_goes_takes_the_remotes_entries_along(shops: Pair) -> None:
    shops.one.delete(f"{GATEWAYS}/istio-remote-peer-cluster2")
    has(shops.one, "autogen.shop.web")

    shops.link()
    shops.connected()
    has(shops.one, "autogen.shop.web", "autogen.cluster2.shop.web")


def test_a_route_to_a_global_host_is_resolved_only_if_there_is_one(shops: Pair) -> None:
    def condition() -> str:
        parents = shops.one.api.get(f"{ROUTES}/web").get("status", {}).get("parents") or []
        found = [c for parent in parents for c in parent["conditions"]]
        return next((c["status"] for c in found if c["type"] == "ResolvedRefs"), "")

    backend = {
        "group": "networking.istio.io",
        "kind": "Hostname",
        "name": "web.shop.mesh.internal",
        "port": 80,
    }
    parent = {"group": "", "kind": "Service", "name": "web"}
    spec = {"parentRefs": [parent], "rules": [{"backendRefs": [backend]}]}
    shops.one.apply(ROUTES, "HTTPRoute", "web", spec=spec)
    until(lambda: condition() == "True", condition)

    shops.one.api.patch(f"{SHOP}/services/web", {"metadata": {"labels": {SCOPE: "cluster"}}})
    until(lambda: condition() == "False", condition)
