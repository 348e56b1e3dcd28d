"""Waypoints and the way out: shapes, verdicts, and what a stack file may not say of them."""

import asyncio
import json
from typing import Any

import pytest

from components import egress, naming, waypoint, waypoint_checks, waypoint_gates
from components.access import Access
from components.ownership import Inventory
from components.settings import ConfigurationError, EgressHost, parse
from tests.mesh import OWNER, Memory, settings

TWO = [{"name": "alpha", "context": "a"}, {"name": "beta", "context": "b"}]
HOST = EgressHost(host="httpbin.org", allow=("bookinfo-ratings", "shop/till", "bookinfo-ratings"))
SHOP = {"name": "shop", "create": True}


def test_a_policy_names_callers_by_the_clusters_own_trust_domain() -> None:
    spec = egress.policy_spec(HOST, "alpha.example")

    (rule,) = spec["rules"]
    assert rule["from"][0]["source"]["principals"] == [
        "alpha.example/ns/bookinfo/sa/bookinfo-ratings",
        "alpha.example/ns/shop/sa/till",
    ]
    assert "cluster.local" not in json.dumps(spec)


def test_a_host_that_nobody_may_call_has_an_allowing_policy_without_rules() -> None:
    spec = egress.policy_spec(EgressHost(host="example.com"), "alpha")

    assert spec["action"] == "ALLOW"
    assert "rules" not in spec, "an ALLOW policy without rules matches nothing, so all is denied"


def test_the_gateway_encrypts_and_checks_the_certificate() -> None:
    assert egress.entry_spec(HOST)["ports"] == [
        {"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 443}
    ]
    tls = egress.rule_spec(HOST)["trafficPolicy"]["tls"]
    assert tls == {"mode": "SIMPLE"}, "with sni, the certificate would not be compared"


def test_objects_of_a_host_are_called_like_it_or_shortly() -> None:
    long = [f"{'a' * 60}.{end}.example.com" for end in ("one", "two")]

    assert naming.host_objects("httpbin.org") == "httpbin.org"
    names = {naming.host_objects(host) for host in long}
    assert len(names) == 2
    assert all(len(name) <= 63 for name in names)


@pytest.mark.parametrize(
    ("conditions", "state"),
    [
        ([], "pending"),
        ([{"type": "WaypointAccepted", "status": "False"}], "pending"),
        ([{"type": "WaypointAccepted", "status": "True", "observedGeneration": "1"}], "pending"),
        ([{"type": "WaypointAccepted", "status": "True", "observedGeneration": "2"}], "ready"),
    ],
)
def test_a_policy_is_enforced_in_its_present_generation(
    conditions: list[dict[str, str]], state: str
) -> None:
    obj = {"metadata": {"generation": 2}, "status": {"conditions": conditions}}

    assert waypoint_gates.enforced_verdict(obj).state == state


def test_a_gateway_of_another_class_is_no_waypoint() -> None:
    verdict = waypoint_gates.waypoint_verdict({"spec": {"gatewayClassName": "istio"}})

    assert (verdict.state, verdict.reason) == ("failed", "its class is istio, not istio-waypoint")
    assert "Solo" in waypoint_gates.automatic_verdict(None).reason


def test_services_behind_a_waypoint_are_told() -> None:
    entry = {"name": "bookinfo", "waypoint": "auto", "services": (
        {"name": "productpage", "scope": "global"},)}  # fmt: skip
    config, plain = settings(["alpha"], namespaces=(entry,)), settings(["alpha"])

    assert ["productpage.bookinfo" in line for line in waypoint.warnings(config)] == [True]
    assert list(waypoint.warnings(plain)) == []


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "waypoint called none": (
        {"namespaces": [SHOP | {"waypoint": "none"}]},
        "namespaces[0].waypoint: found 'none'", "write 'auto'"),
    "waypoint called like a service": (
        {"namespaces": [{"name": "bookinfo", "waypoint": "reviews"}]},
        "namespaces[0].waypoint: found 'reviews'", "write 'bookinfo-waypoint'"),
    "waypoint called like a listed service": (
        {"namespaces": [SHOP | {"waypoint": "web", "services": [
            {"name": "web", "scope": "global"}]}]},
        "namespaces[0].waypoint: found 'web'", "write 'shop-waypoint'"),
    "route without waypoint": (
        {"bookinfo": {"reviewsRoute": True}},
        "bookinfo.reviewsRoute: found true, but namespace bookinfo has no waypoint",
        "give bookinfo waypoint: auto"),
    "route without Bookinfo": (
        {"bookinfo": {"reviewsRoute": True, "enabled": False}},
        "bookinfo.reviewsRoute: found true, but bookinfo.enabled", "take reviewsRoute out"),
    "host of the mesh": (
        {"egress": {"hosts": [{"host": "web.shop.mesh.internal"}]}},
        "egress.hosts[0].host: found 'web.shop.mesh.internal'", "take it out"),
    "host in no namespace": (
        {"egress": {"hosts": [{"host": "example.com", "namespace": "shop"}]}},
        "egress.hosts[0].namespace: found 'shop', which is not in the mesh of alpha",
        "list it under namespaces"),
    "host in a namespace of another cluster": (
        {"namespaces": [SHOP | {"clusters": ["alpha"]}],
         "egress": {"hosts": [{"host": "example.com", "namespace": "shop"}]}},
        "found 'shop', which is not in the mesh of beta", "leave beta out of egress.clusters"),
    "host in a namespace outside the mesh": (
        {"namespaces": [SHOP | {"ambient": False}],
         "egress": {"hosts": [{"host": "example.com", "namespace": "shop"}]}},
        "which is not in the mesh of alpha", "list it under namespaces"),
    "unknown caller": (
        {"egress": {"hosts": [{"host": "example.com", "allow": ["bookinfo-rating"]}]}},
        "egress.hosts[0].allow[0]: found 'bookinfo-rating'", "bookinfo-ratings, bookinfo-reviews"),
    "the egress' own namespace": (
        {"namespaces": [{"name": "istio-egress"}], "egress": {}},
        "namespaces[0].name: found 'istio-egress'", "take the entry out"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_told_with_key_and_fix(case: str) -> None:
    values, found, fix = WRONG[case]
    raw = {key: json.dumps(value) for key, value in {"clusters": TWO, **values}.items()}

    with pytest.raises(ConfigurationError) as caught:
        parse(raw)

    lines = [line for line in str(caught.value).splitlines() if found in line]
    assert lines, str(caught.value)
    assert fix in lines[0]
    assert "allowed: " in lines[0]


def test_a_machine_among_the_sample_may_be_let_out() -> None:
    gce = {"project": "my-project", "zone": "europe-west4-a"}
    vm = {"name": "vm1", "namespace": "bookinfo", "gce": gce}
    keys = {"vms": [{**vm, "cluster": "alpha"}]}
    hosts = {"egress": {"hosts": [{"host": "example.com", "allow": ["vm1"]}]}}
    raw = {key: json.dumps(value) for key, value in {"clusters": TWO, **keys, **hosts}.items()}

    assert parse(raw).egress
    with pytest.raises(ConfigurationError, match="found 'vm1'"):
        parse({key: value for key, value in raw.items() if key != "vms"})


class There(Memory):
    """A cluster that has one Gateway and one Service under any name."""

    def __init__(
        self, gateway: dict[str, Any] | None, service: dict[str, Any] | None = None
    ) -> None:
        super().__init__()
        self.found = {"gateways": gateway, "services": service}

    async def get(self, path: str) -> dict[str, Any] | None:
        return self.found[path.split("/")[-2]]


@pytest.mark.parametrize(
    ("name", "gateway", "service", "told"),
    [
        ("auto", None, None, ""),
        ("auto", {"metadata": {}, "spec": {"gatewayClassName": "istio-waypoint"}}, None, ""),
        ("auto", {"metadata": {}, "spec": {"gatewayClassName": "istio"}}, None, "of class istio"),
        ("auto", {"metadata": {"annotations": {"ambientmesh.dev/owner": "other"}},
                  "spec": {"gatewayClassName": "istio-waypoint"}}, None, "of stack other"),
        ("door", None, {"metadata": {}}, "no waypoint's"),
        ("door", None,
         {"metadata": {"labels": {"gateway.networking.k8s.io/gateway-name": "door"}}}, ""),
    ],
)  # fmt: skip
def test_what_is_in_the_way_of_a_waypoint_is_told(
    name: str, gateway: dict[str, Any] | None, service: dict[str, Any] | None, told: str
) -> None:
    config = settings(["alpha"], namespaces=({"name": "shop", "waypoint": name},))
    access = Access(
        kubeconfig={},
        reader=There(gateway, service),
        inventory=Inventory(cluster="alpha", owner=OWNER),
    )

    lines = asyncio.run(waypoint_checks.check(config, {"alpha": access}))

    assert len(lines) == (1 if told else 0)
    assert told in "".join(lines)
