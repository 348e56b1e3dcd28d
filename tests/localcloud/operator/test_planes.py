"""A mesh on real API servers: what is there when all is right, and what a link says when not."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.localcloud.operator.authorities import Root
from tests.localcloud.operator.mesh import (
    CLUSTER,
    DAEMON_SETS,
    GATEWAYS,
    HBONE,
    ISTIOD,
    NETWORK,
    SERVICES,
    Pair,
)
from tests.localcloud.operator.objects import until

pytestmark = pytest.mark.planes

PEER = f"{GATEWAYS}/istio-remote-peer-cluster2"
CLASSES = "/apis/gateway.networking.k8s.io/v1/gatewayclasses"


def names(items: list[Any]) -> set[str]:
    return {item["metadata"]["name"] for item in items}


def test_a_mesh_comes_up_with_its_workloads_and_classes(pair: Pair) -> None:
    for cluster in (pair.one, pair.two):
        assert cluster.phase() == ("SUCCEEDED", "")
        assert cluster.api.get(ISTIOD)["status"]["availableReplicas"] == 1
        agents = {
            item["metadata"]["name"]: item["status"]["numberAvailable"]
            for item in cluster.api.items(DAEMON_SETS)
        }
        assert agents == {"istio-cni-node": 3, "ztunnel": 3}
        classes = cluster.api.items(CLASSES)
        assert names(classes) == {"istio", "istio-eastwest", "istio-remote", "istio-waypoint"}
        assert {c["status"] for item in classes for c in item["status"]["conditions"]} == {"True"}


def test_an_east_west_gateway_has_an_address_of_its_planes_range(pair: Pair) -> None:
    assert ip_address(pair.one.address()) in ip_network("127.64.0.0/16")
    assert ip_address(pair.two.address()) in ip_network("127.65.0.0/16")


def test_a_link_that_is_right_says_so_in_three_conditions_on_both_sides(pair: Pair) -> None:
    for own, other in ((pair.one, pair.two), (pair.two, pair.one)):
        for kind in ("PeeringSucceeded", "PeerConnected", "PeerDataPlaneProgrammed"):
            found = own.condition(f"istio-remote-peer-{other.name}", f"gloo.solo.io/{kind}")
            assert found[:2] == ("True", "Connected")
            assert other.address() in found[2]


def trust_domain(domain: str) -> dict[str, Any]:
    return {"metadata": {"annotations": {"gateway.istio.io/trust-domain": domain}}}


def labels(**found: str) -> dict[str, Any]:
    return {"metadata": {"labels": found}}


def at(address: str) -> dict[str, Any]:
    return {"spec": {"addresses": [{"type": "IPAddress", "value": address}]}}


WRONG = {
    "network": (labels(**{NETWORK: "elsewhere"}), "NetworkMismatch", "'elsewhere'"),
    "address": (at("127.65.255.9"), "NoAnswer", "nothing answers at 127.65.255.9:15012"),
    "trust domain": (trust_domain("cluster.local"), "TrustDomainMismatch", "'cluster.local'"),
    "own name": (labels(**{CLUSTER: "cluster1"}), "SelfLoop", "this cluster"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_peer_is_red_alone_until_it_is_mended(pair: Pair, case: str) -> None:
    patch, reason, told = WRONG[case]

    pair.one.api.patch(PEER, patch)

    assert told in pair.one.broken("cluster2", reason)
    assert pair.two.link("cluster1")[0] == "True"
    pair.link()
    pair.connected()


def test_a_peer_at_the_address_of_its_own_cluster_is_a_loop(pair: Pair) -> None:
    pair.one.api.patch(PEER, at(pair.one.address()))

    assert "own east-west gateway" in pair.one.broken("cluster2", "SelfLoop")
    pair.link()
    pair.connected()


def test_a_foreign_root_on_one_side_is_told_on_both_links(pair: Pair) -> None:
    right = pair.root.signer.sign("cluster2")
    pair.two.cacerts(Root("foreign").signer.sign("cluster2"))
    assert pair.one.broken("cluster2", "RootChanged").startswith("cluster2: ")
    assert pair.two.broken("cluster1", "RootChanged").startswith("cluster2: ")

    pair.two.restart_istiod()
    assert "cluster1 trusts" in pair.one.broken("cluster2", "RootMismatch")
    pair.two.broken("cluster1", "RootMismatch")

    pair.two.cacerts(right)
    pair.two.broken("cluster1", "RootChanged")
    pair.two.restart_istiod()
    pair.connected()


def test_another_network_of_a_namespace_is_told_on_both_links(pair: Pair) -> None:
    pair.two.namespace("istio-system", **{NETWORK: "late"})
    assert "'late' now" in pair.one.broken("cluster2", "NetworkChanged")
    assert "'late' now" in pair.two.broken("cluster1", "NetworkChanged")

    pair.two.namespace("istio-system", **{NETWORK: "cluster2"})
    pair.connected()


def test_a_waypoint_is_reached_inside_its_cluster_only(pair: Pair) -> None:
    pair.one.gateway("waypoint", "istio-waypoint", {**HBONE, "name": "mesh"})
    until(lambda: pair.one.condition("waypoint", "Programmed")[0] == "True", "waypoint")

    service = pair.one.api.get(f"{SERVICES}/waypoint")["spec"]
    addresses = pair.one.api.get(f"{GATEWAYS}/waypoint")["status"]["addresses"]

    assert service["type"] == "ClusterIP"
    assert [item["value"] for item in addresses] == [service["clusterIP"]]
    pair.one.delete(f"{GATEWAYS}/waypoint")
