"""What istiod makes of a Gateway, and what it says of it."""

from typing import Any

import pytest

from localcloud.operator.gateways import addresses_of, objects, peer_conditions
from localcloud.operator.peering import Answer

KINDS = ["ServiceAccount", "Deployment", "Service"]
VERSION = "1.28.3-patch0-solo"


def gateway(kind: str, *ports: tuple[str, int], **labels: str) -> dict[str, Any]:
    listeners = [{"name": name, "port": port} for name, port in ports]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "gw", "namespace": "ns", "uid": "u", "labels": labels},
        "spec": {"gatewayClassName": kind, "listeners": listeners},
    }


def made(kind: str, *ports: tuple[str, int], **labels: str) -> dict[str, dict[str, Any]]:
    return {item["kind"]: item for item in objects(gateway(kind, *ports, **labels), VERSION)}


@pytest.mark.parametrize(
    ("kind", "name", "service"),
    [
        ("istio", "gw-istio", "LoadBalancer"),
        ("istio-eastwest", "gw", "LoadBalancer"),
        ("istio-waypoint", "gw", "ClusterIP"),
    ],
)
def test_a_class_decides_on_the_name_and_on_who_can_reach_it(
    kind: str, name: str, service: str
) -> None:
    found = objects(gateway(kind, ("http", 80)), VERSION)

    assert [(o["kind"], o["metadata"]["name"]) for o in found] == [(k, name) for k in KINDS]
    assert found[-1]["spec"]["type"] == service


def test_all_goes_away_with_the_gateway() -> None:
    owner = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway"}
    for item in objects(gateway("istio", ("http", 80)), VERSION):
        assert item["metadata"]["ownerReferences"] == [{**owner, "name": "gw", "uid": "u"}]
        assert item["metadata"]["namespace"] == "ns"


def test_the_service_selects_the_proxies_that_the_deployment_makes() -> None:
    found = made("istio", ("http", 80))
    pods = found["Deployment"]["spec"]["template"]

    assert found["Service"]["spec"]["selector"].items() <= pods["metadata"]["labels"].items()
    assert pods["spec"]["containers"][0]["image"].endswith(f"/proxyv2:{VERSION}")


def test_a_port_of_several_listeners_is_one_port_with_a_name_that_a_service_may_have() -> None:
    found = made("istio", ("a.example", 443), ("b.example", 443), ("x" * 70, 80))

    assert [(port["name"], port["port"]) for port in found["Service"]["spec"]["ports"]] == [
        ("status-port", 15021),
        ("a-example", 443),
        ("x" * 63, 80),
    ]


def test_only_the_service_says_that_it_exposes_istiod() -> None:
    label = "istio.io/expose-istiod"
    found = made("istio-eastwest", ("xds-tls", 15012), **{label: "15012"})

    assert found["Service"]["metadata"]["labels"][label] == "15012"
    assert label not in found["Deployment"]["metadata"]["labels"]
    assert label not in made("istio-eastwest")["Service"]["metadata"]["labels"]


@pytest.mark.parametrize(
    ("version", "kinds"),
    [
        ("1.26.2-solo", ["PeeringSucceeded", "PeerConnected"]),
        ("1.27.2-solo", ["PeeringSucceeded", "PeerConnected"]),
        (VERSION, ["PeeringSucceeded", "PeerConnected", "PeerDataPlaneProgrammed"]),
        ("2.0.0-solo", ["PeeringSucceeded", "PeerConnected", "PeerDataPlaneProgrammed"]),
    ],
)
def test_a_peer_has_the_conditions_of_its_version(version: str, kinds: list[str]) -> None:
    found = peer_conditions(Answer(True, "Connected", "why"), version)

    assert [c.type for c in found] == [
        "Accepted",
        "Programmed",
        *(f"gloo.solo.io/{kind}" for kind in kinds),
    ]
    assert all(c.true for c in found)


def test_a_peer_that_is_not_connected_is_still_accepted_and_programmed() -> None:
    found = peer_conditions(Answer(False, "RootMismatch", "why"), VERSION)

    assert {c.type for c in found if c.true} == {"Accepted", "Programmed"}
    assert {(c.reason, c.message) for c in found if not c.true} == {("RootMismatch", "why")}


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({"spec": {"type": "ClusterIP", "clusterIP": "10.0.0.1"}}, ("10.0.0.1",)),
        ({"spec": {"type": "LoadBalancer", "clusterIP": "10.0.0.1"}}, ()),
        (
            {
                "spec": {"type": "LoadBalancer"},
                "status": {"loadBalancer": {"ingress": [{"ip": "127.64.0.1"}, {"hostname": "h"}]}},
            },
            ("127.64.0.1",),
        ),
    ],
)
def test_a_service_is_reached_at_its_load_balancer_or_at_its_own_address(
    service: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert addresses_of(service) == expected
